"""One certificate: built, signed and sealed, outside any transaction; nobody has seen it yet.

The provider asks the approval whether exactly this may be signed, and verifies its signature
before it lets go of it. What is stored is under the row's own record key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto import canonical, sm3, sm4
from crypto.entropy import Random
from crypto.provider import KeyRef, Provider, Request
from identity import credential
from identity.approval import Authorization, Grounds
from identity.check_characters import ALPHABET
from identity.credential import Unsigned
from services.honours.rows import Opened
from services.status.lists import Place

CODE_LENGTH = 16
GROUP = 50
"""Certificates that are signed together; credential.read_body remembers as many."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What all certificates of a chunk have in common."""

    provider: Provider
    random: Random
    ref: KeyRef
    grounds: Grounds
    institution: str
    record_keys: Mapping[str, bytes]
    now: datetime


@dataclass(frozen=True, slots=True)
class Signed:
    """A credential with its signature."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate ready to be stored."""

    row: Opened
    place: Place
    digest: bytes
    sealed: bytes
    code_digest: bytes


def make_all(signer: Signer, rows: Sequence[Opened], places: Sequence[Place]) -> list[Made]:
    """Return the certificates of rows. Raises NotAuthorized, CryptoUnavailable.

    A group goes through each step together: what runs in a row runs faster.
    """
    made: list[Made] = []
    for start in range(0, len(rows), GROUP):
        group = rows[start : start + GROUP]
        signed = _sign(signer, group, places[start : start + GROUP])
        made += [make(signer, opened, each) for opened, each in zip(group, signed, strict=True)]
    credential.seal.cache_clear()  # what it remembers is about persons
    return made


def make(signer: Signer, opened: Opened, signed: Signed) -> Made:
    """Return a signed certificate as it will be stored."""
    code = new_code(signer.random)
    content = canonical.dumps({"code": code, "credential": signed.text})
    number = opened.row["number"].encode()
    return Made(
        row=opened,
        place=signed.place,
        digest=credential.digest(signed.text.partition("~")[0]),
        sealed=sm4.seal(signer.record_keys[opened.row["id"]], content, number),
        code_digest=sm3.digest(code.encode()),
    )


def _sign(signer: Signer, rows: Sequence[Opened], places: Sequence[Place]) -> list[Signed]:
    unsigned = [
        credential.build(
            opened.statement,
            issuer=signer.institution,
            issued_at=signer.now,
            number=opened.row["number"],
            status=place.ref,
            random=signer.random,
        )
        for opened, place in zip(rows, places, strict=True)
    ]
    requests = [
        Request(credential.signing_input(each, kid=signer.ref.kid), _why(signer, opened, each))
        for opened, each in zip(rows, unsigned, strict=True)
    ]
    signatures = signer.provider.sign_all(signer.ref, typ=credential.TYP, requests=requests)
    return [
        Signed(place, credential.signed(each, request.message, signature))
        for place, each, request, signature in zip(
            places, unsigned, requests, signatures, strict=True
        )
    ]


def _why(signer: Signer, opened: Opened, unsigned: Unsigned) -> Authorization:
    return Authorization(
        grounds=signer.grounds,
        position=opened.row["position"],
        salt=opened.salt,
        disclosures=unsigned.disclosures,
        decoys=unsigned.decoys,
    )


def new_code(random: Random) -> str:
    """Return the code of a paper: 16 symbols, 79 random bits."""
    value, symbols = int.from_bytes(random(24)), ""
    for _ in range(CODE_LENGTH):
        value, place = divmod(value, len(ALPHABET))
        symbols += ALPHABET[place]
    return symbols
