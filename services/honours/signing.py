"""One certificate: built, signed and sealed, outside any transaction; nobody has seen it yet.

The provider asks the approval whether exactly this may be signed, and verifies its signature
before it lets go of it. What is stored is under the row's own record key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crypto import canonical, sm3, sm4
from crypto.entropy import Random
from crypto.provider import KeyRef, Provider
from identity import credential
from identity.approval import Authorization, Grounds
from identity.check_characters import ALPHABET
from services.honours.rows import Opened
from services.status.lists import Place

CODE_LENGTH = 16


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
class Made:
    """A signed certificate."""

    row: Opened
    place: Place
    digest: bytes
    sealed: bytes
    code_digest: bytes


def make(signer: Signer, opened: Opened, place: Place) -> Made:
    """Return the certificate of a row. Raises NotAuthorized, CryptoUnavailable."""
    number = opened.row["number"]
    unsigned = credential.build(
        opened.statement,
        issuer=signer.institution,
        issued_at=signer.now,
        number=number,
        status=place.ref,
        random=signer.random,
    )
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
        place=place,
        digest=credential.digest(text.partition("~")[0]),
        sealed=sm4.seal(signer.record_keys[opened.row["id"]], content, number.encode()),
        code_digest=sm3.digest(code.encode()),
    )


def new_code(random: Random) -> str:
    """Return the code of a paper: 16 symbols, 79 random bits."""
    value, symbols = int.from_bytes(random(24)), ""
    for _ in range(CODE_LENGTH):
        value, place = divmod(value, len(ALPHABET))
        symbols += ALPHABET[place]
    return symbols
