"""A roster row at rest and as a statement: the one way between claims, storage and manifest.

At rest     {"claims", "salt"} as canonical JSON, SM4-GCM under the row's own record key, so that
            destroying the key forgets the person (design 4)
Statement   what the approver signs and the issuer's key states (identity.statement): the row's
            claims, and what its programme says of all of them
Written     every row carries a MAC over all its columns: its state, its number and the credential
            that was signed under it among them. A change replaces the row that was read and no
            other: one that changed meanwhile is Conflict row_moved, and who asked looks again
"""

from collections.abc import Iterable, Mapping, Sequence
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
from services.honours.tables import BATCH_ROW, ROW_PERSON
from services.platform import guarded
from services.platform.errors import Conflict, NotFound, Tampered
from services.platform.protect import Protect, lengths
from services.platform.record_keys import RecordKeys
from services.platform.work import Work

Row = Mapping[Any, Any]
MOVED = "row_moved"

_PERSON = ("institution_id", "programme_id", "period")


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


def stamp(protect: Protect, row: Row, persons: Iterable[Row]) -> dict[str, Any]:
    """Return a new row with its MACs, ready to be inserted with these row_persons."""
    whole = {**row, "persons_mac": persons_mac(protect, row["id"], persons)}
    return guarded.stamp(protect, BATCH_ROW, whole)


def persons_mac(protect: Protect, row_id: str, persons: Iterable[Row]) -> bytes:
    """Return the MAC over what row_person says of a row, but for `live`, which moves."""
    told = [
        lengths(each["person_index"], each["award_index"], *(each[n].encode() for n in _PERSON))
        for each in persons
    ]
    return protect.set_mac(ROW_PERSON.name, row_id, 1, told)


def checked(work: Work, found: Iterable[Row]) -> list[Row]:
    """Return rows as they were found. Raises Tampered unless each is as we wrote it."""
    return [guarded.check(work.protect, BATCH_ROW, row) for row in found]


def of_batch(work: Work, batch: Row) -> list[Row]:
    """Return all rows of a batch in order. Raises Tampered, also where one is missing."""
    found = checked(work, queries.batch_rows(work.session, batch["id"]))
    if len(found) != batch["rows"]:
        raise Tampered("rows_altered", table=BATCH_ROW.name)
    return found


def change(work: Work, changes: Sequence[tuple[Row, Row]]) -> None:
    """Change the same columns of rows that were read, each by its own values. Raises Conflict."""
    if not changes:
        return
    new = [
        (row["mac"], guarded.stamp(work.protect, BATCH_ROW, {**row, **values}))
        for row, values in changes
    ]
    columns = [*changes[0][1], "mac"]
    if queries.change_rows(work.session, columns, new) != len(new):
        raise Conflict(MOVED)


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
