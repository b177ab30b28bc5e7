"""A hundred certificates on paper, which stand for ten thousand (bench/paper.py makes those).

Right        each says what was signed of its own pupil, to a reader, a camera and a verifier
Made again   the pages are the same; only status and signature are of another moment
Memory       does not grow with what was made
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from identity import credential
from services.evidence import bundle, pdf
from services.evidence.verdict import Outcome, verify
from services.honours.paper import prints, service
from services.honours.paper.service import File
from tests.services import verifying
from tests.services.honours import classes
from tests.services.honours.paper import archival, reading
from tests.services.honours.paper.test_service import batch_of
from tests.services.nodes import Node

pytestmark = pytest.mark.slow
COUNT = 100
PAGE_BYTES = 4096
GROWN_MIB = 6
"""Of the 12 MiB and more of files that are made; measured: one and a half."""


@pytest.fixture
def hundred(sqlite_node: Node) -> Node:
    classes.issue(sqlite_node, classes.pupils(COUNT))
    return sqlite_node


def made(node: Node) -> Iterator[File]:
    return service.files_of(node.runtime, batch_of(node))


def test_each_is_right_and_no_other(hundred: Node) -> None:
    node, files = hundred, list(made(hundred))
    trust = verifying.trusted(node)
    names = [pupil[classes.NAME] for pupil in classes.pupils(COUNT)]

    assert [each.path[-26:-4] for each in files] == node.numbers()
    assert len({each.path for each in files}) == COUNT
    codes = set()
    for file, number, name in zip(files, node.numbers(), names, strict=True):
        words = reading.text(file.data)
        address = reading.code(reading.seen(file.data, dpi=150))
        codes.add(address.rpartition("/")[2])
        assert name + "同学：" in words
        assert number in words
        assert address.rpartition("/")[2] in words
        attached = credential.parse(bundle.parse(pdf.attachment(file.data)).credential)
        assert (attached.claims["name"], attached.body.number) == (name, number)
        assert verify(file.data, trust=trust, now=node.clock.now).result is Outcome.VALID
        assert archival.broken(file.data) == []
        assert len(file.data) < 80_000
    assert len(codes) == COUNT


def drawn(data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return the drawing of a page, and the subsets of fonts that it uses."""
    with reading.opened(data) as document:
        page: Any = document.pages[0]
        faces = [face for font in page.Resources.Font.values() for face in font.DescendantFonts]
        return page.Contents.read_bytes(), tuple(
            str(face.FontDescriptor.FontName) for face in faces
        )


def test_made_again_the_pages_are_the_same(hundred: Node) -> None:
    first, second = list(made(hundred)), list(made(hundred))

    assert [each.path for each in first] == [each.path for each in second]
    assert [drawn(each.data) for each in first] == [drawn(each.data) for each in second]
    assert len({drawn(each.data) for each in first}) == COUNT
    assert all(a.data != b.data for a, b in zip(first, second, strict=True))


def test_a_print_file_made_again_has_the_same_bytes(hundred: Node) -> None:
    batch_id = batch_of(hundred)
    first, second = (list(prints.pages_of(hundred.runtime, batch_id)) for _ in range(2))

    assert first == second
    assert sum(reading.pages(each.data) for each in first) == COUNT


def resident() -> float:
    """Return what the process holds now, in MiB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 2**20


def test_memory_does_not_grow_with_what_was_made(hundred: Node) -> None:
    assert sum(1 for _ in made(hundred)) == COUNT  # fonts are loaded, caches are full
    before = resident()
    sizes = [len(file.data) for _ in range(3) for file in made(hundred)]

    assert sum(sizes) > 2 * GROWN_MIB * 2**20
    assert resident() - before < GROWN_MIB
