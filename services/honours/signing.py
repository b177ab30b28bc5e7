"""One certificate: built, signed and sealed, outside any transaction; nobody has seen it yet.

The provider asks the approval whether exactly this may be signed, and verifies its signature
before it lets go of it. What is stored is under the row's own record key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crypto import canonical, sm3, sm4
from crypto.entropy import Random
from crypto.provider import KeyRef, Provider
from identity import credential
from identity.approval import Authorization, Grounds
from identity.check_characters import ALPHABET
from identity.credential import Unsigned
from services.honours.rows import Opened
from services.status.lists import Place

CODE_LENGTH = 16
GROUP = 50
"""Certificates that are built at once; credential.read_body remembers as many."""


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
class Draft:
    """A certificate before its signature."""

    place: Place
    unsigned: Unsigned


@dataclass(frozen=True, slots=True)
class Made:
    """A signed certificate."""

    row: Opened
    place: Place
    digest: bytes
    sealed: bytes
    code_digest: bytes


def make_all(signer: Signer, rows: Sequence[Opened], places: Sequence[Place]) -> list[Made]:
    """Return the certificates of rows. Raises NotAuthorized, CryptoUnavailable.

    A group is built before the first of it is signed: what runs in a row runs faster.
    """
    made: list[Made] = []
    for start in range(0, len(rows), GROUP):
        group = rows[start : start + GROUP]
        drafts = [
            draft(signer, opened, place)
            for opened, place in zip(group, places[start : start + GROUP], strict=True)
        ]
        made += [make(signer, opened, each) for opened, each in zip(group, drafts, strict=True)]
    return made


def draft(signer: Signer, opened: Opened, place: Place) -> Draft:
    """Return the certificate of a row, not signed yet."""
    unsigned = credential.build(
        opened.statement,
        issuer=signer.institution,
        issued_at=signer.now,
        number=opened.row["number"],
        status=place.ref,
        random=signer.random,
    )
    return Draft(place, unsigned)


def make(signer: Signer, opened: Opened, draft: Draft) -> Made:
    """Return the signed certificate of a row. Raises NotAuthorized, CryptoUnavailable."""
    unsigned = draft.unsigned
    why = Authorization(
        grounds=signer.grounds,
        position=opened.row["position"],
        salt=opened.salt,
        disclosures=unsigned.disclosures,
        decoys=unsigned.decoys,
    )
    text = credential.sign(
        unsigned,
        kid=signer.ref.kid,
        sign=signer.provider.signer(signer.ref, credential.TYP, why),
    )
    code = new_code(signer.random)
    content = canonical.dumps({"code": code, "credential": text})
    return Made(
        row=opened,
        place=draft.place,
        digest=credential.digest(text.partition("~")[0]),
        sealed=sm4.seal(
            signer.record_keys[opened.row["id"]], content, opened.row["number"].encode()
        ),
        code_digest=sm3.digest(code.encode()),
    )


def new_code(random: Random) -> str:
    """Return the code of a paper: 16 symbols, 79 random bits."""
    value, symbols = int.from_bytes(random(24)), ""
    for _ in range(CODE_LENGTH):
        value, place = divmod(value, len(ALPHABET))
        symbols += ALPHABET[place]
    return symbols
