"""Which certificates of a batch go on paper, and in which order: by class, as the roster has them.

On paper   what is issued and counts: revoked, suspended, superseded and forgotten ones are left out
Final      none before all of the batch are anchored: half a class on paper helps nobody
Errors     NotFound batch_unknown; Conflict batch_not_issued, anchor_not_final; Tampered
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from identity import credential as credentials
from identity.credential import Credential
from identity.status_list import Status
from services.honours import approving, bundles, queries, standing
from services.honours.bundles import Held
from services.honours.workflow import ISSUED, SIGNED
from services.platform.errors import Conflict
from services.platform.record_keys import RecordKeys
from services.platform.work import Runtime, Work

CHUNK = 100
MOST = 100_000
NO_CLASS = "未分班"


@dataclass(frozen=True, slots=True)
class Ready:
    """A certificate, opened, whose paper may be made."""

    held: Held
    credential: Credential

    @property
    def number(self) -> str:
        """Its number."""
        return str(self.held.row["number"])

    @property
    def position(self) -> int:
        """Its place in the roster, from 1 on."""
        return int(self.held.row["position"]) + 1

    @property
    def class_name(self) -> str:
        """The class as signed, or a word for none."""
        return self.credential.claims.get("class", NO_CLASS)


def listed(work: Work, batch_id: str) -> tuple[Mapping[Any, Any], Sequence[Mapping[Any, Any]]]:
    """Return a batch and its certificates that go on paper, in roster order."""
    batch = approving.load(work, batch_id)
    if batch["state"] != approving.DONE:
        raise Conflict("batch_not_issued")
    institutions = [batch["institution_id"]]
    found = queries.certificates(work.session, institutions, batch_id=batch_id, limit=MOST)
    if any(row["state"] == SIGNED for row in found):
        first = next(row for row in found if row["state"] == SIGNED)
        raise Conflict("anchor_not_final", origin=first["log_origin"], index=first["log_index"])
    counting = [row for row in found if row["state"] == ISSUED and row["sealed"] is not None]
    return batch, sorted(counting, key=lambda row: row["position"])


def opened(work: Work, rows: Sequence[Mapping[Any, Any]]) -> list[Ready]:
    """Return certificates with what is sealed in them.

    Those forgotten meanwhile are left out, and those that count no more.
    """
    said = standing.statuses(work, rows)
    ids = [row["row_id"] for row in rows]
    keys = RecordKeys.of(work.runtime).open_existing(work.session, ids)
    found = []
    for row in rows:
        key = keys.get(row["row_id"])
        if key is not None and said[row["number"]] is Status.VALID:
            held = bundles.opened(row, key)
            found.append(Ready(held, credentials.parse(held.text)))
    return found


def by_class(runtime: Runtime, rows: Sequence[Mapping[Any, Any]]) -> list[list[Mapping[Any, Any]]]:
    """Return certificates class by class, the classes in the order in which they first appear."""
    classes: dict[str, list[Mapping[Any, Any]]] = {}
    for chunk in chunks(rows):
        with runtime.reading() as work:
            for ready in opened(work, chunk):
                classes.setdefault(ready.class_name, []).append(ready.held.row)
    return list(classes.values())


def chunks(
    rows: Sequence[Mapping[Any, Any]], size: int = CHUNK
) -> Iterator[Sequence[Mapping[Any, Any]]]:
    """Yield the certificates some at a time, so that memory does not grow with the batch."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
