"""A roster row at rest and as a statement: the one way between claims, storage and manifest.

At rest     {"claims", "salt"} as canonical JSON, SM4-GCM under the row's own record key, so that
            destroying the key forgets the person (design 4)
Statement   what the approver signs and the issuer's key states (identity.statement): the row's
            claims, and what its programme says of all of them
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crypto import canonical, sm4
from crypto.entropy import Random
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from identity import approval
from identity.credential_types import HONOUR
from identity.statement import Notice, Statement
from services.honours import queries
from services.platform.errors import NotFound, Tampered
from services.platform.record_keys import RecordKeys
from services.platform.work import Work


@dataclass(frozen=True, slots=True)
class Opened:
    """A row with what is sealed in it."""

    row: Mapping[Any, Any]
    claims: Mapping[str, str]
    salt: bytes
    statement: Statement

    @property
    def commitment(self) -> bytes:
        """What the manifest shows of the row."""
        written = approval.issue_row(self.statement, self.row["position"])
        return approval.row_commitment(self.salt, written)


def seal(key: bytes, row_id: str, claims: Mapping[str, str], random: Random) -> bytes:
    """Return the sealed column of a new row."""
    content = {"claims": dict(claims), "salt": b64u(random(approval.SALT_SIZE))}
    return sm4.seal(key, canonical.dumps(content), row_id.encode())


def open_rows(
    work: Work,
    programme: Mapping[Any, Any],
    found: Sequence[Mapping[Any, Any]],
    record_keys: Mapping[str, bytes] | None = None,
) -> list[Opened]:
    """Return rows with their claims, by record keys that the caller has or that are looked up.

    Raises NotFound record_forgotten, InvalidCiphertext, Tampered.
    """
    keys = record_keys
    if keys is None:
        keys = RecordKeys.of(work.runtime).open_many(work.session, [row["id"] for row in found])
    replaced = _superseded(work, found)
    opened = []
    for row in found:
        claims, salt = _content(sm4.unseal(keys[row["id"]], row["sealed"], row["id"].encode()))
        statement = statement_of(programme, claims, replaced.get(row["supersedes"]))
        opened.append(Opened(row, claims, salt, statement))
    return opened


def open_claims(row: Mapping[Any, Any], key: bytes) -> dict[str, str]:
    """Return the claims of one row by its record key. Raises InvalidCiphertext, Tampered."""
    return _content(sm4.unseal(key, row["sealed"], row["id"].encode()))[0]


def statement_of(
    programme: Mapping[Any, Any], claims: Mapping[str, str], supersedes: bytes | None = None
) -> Statement:
    """Return what a certificate of a programme states."""
    number = programme["approval_number"]
    return Statement(
        type=HONOUR.name,
        level=programme["level"],
        category=programme["category"],
        claims=claims,
        notice=None if number is None else Notice(number),
        supersedes=supersedes,
    )


def _superseded(work: Work, found: Sequence[Mapping[Any, Any]]) -> dict[str | None, bytes]:
    """Return the digests of the credentials that rows replace, by number."""
    numbers = sorted({row["supersedes"] for row in found} - {None})
    known = queries.certificates_of(work.session, numbers)
    for number in numbers:
        if number not in known:
            raise NotFound("certificate_unknown", number=number)
    return {number: certificate["credential"] for number, certificate in known.items()}


def _content(data: bytes) -> tuple[dict[str, str], bytes]:
    try:
        match canonical.loads(data):
            case {"claims": dict(claims), "salt": str(salt)}:
                return {name: str(value) for name, value in claims.items()}, unb64u(salt)
    except InvalidEncoding:
        pass
    raise Tampered("row_altered", table="batch_row")
