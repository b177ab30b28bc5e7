"""A whole class of certificates in one log, under one checkpoint, as a node issues them."""

from collections.abc import Sequence

from crypto import sm3
from identity import codes
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.log import Log, MemoryStore
from services.evidence.bundle import Place
from tests.services.evidence import papers, world

ORIGIN = f"{world.NODE}/log/{world.SCHOOL}/2026"


def credentials(count: int) -> list[str]:
    """Return the credentials of so many pupils."""
    return [
        world.sd_jwt(
            {**world.CLAIMS, "name": f"学生{number:03}"},
            number=codes.number(world.CODE, 2026, "comprehensive", number + 1),
            random=world.Numbers(f"pupil {number}"),
        )
        for number in range(count)
    ]


def bundles(count: int) -> list[bytes]:
    """Return their bundles."""
    texts = credentials(count)
    log = Log(MemoryStore(), ORIGIN)
    entries = [
        Entry("credential", world.SCHOOL, world.ISSUED, world.digest(text), sm3.digest(b"approval"))
        for text in texts
    ]
    log.append(entries)
    head = Checkpoint(ORIGIN, log.size, log.root(), world.ANCHORED)
    note = checkpoint.sign(head, world.NODE, world.public("log"), world.signer("log"))
    receipt = world.sealed_receipt(head)
    part = world.registry_part()
    return [
        world.bundle_bytes(
            text, place=Place(entry, at, tuple(log.prove(at)), note, receipt), issuer=part
        )
        for at, (text, entry) in enumerate(zip(texts, entries, strict=True))
    ]


def papers_of(made: Sequence[bytes]) -> list[bytes]:
    """Return signed PDFs around these bundles."""
    return [papers.signed(each) for each in made]
