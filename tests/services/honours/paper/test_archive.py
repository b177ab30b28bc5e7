"""A zip that is sent while it is made: whole, or nobody can take it for whole."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from services.honours.paper import archive
from services.honours.paper.service import File
from tests.conftest import NOON

FILES = [File(f"九(3)班/{n:04d}-{n:022d}.pdf", bytes([n]) * 5000) for n in range(4)]


def pieces() -> list[bytes]:
    return list(archive.zipped(iter(FILES), NOON))


def test_a_zip_is_given_out_piece_by_piece() -> None:
    assert len(pieces()) == 5
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces()))) as read:
        assert read.testzip() is None
        assert read.namelist() == [each.path for each in FILES]
        assert [read.read(each.path) for each in FILES] == [each.data for each in FILES]


def test_asked_for_again_it_is_the_same() -> None:
    assert pieces() == pieces()


def test_a_zip_that_broke_off_is_no_zip() -> None:
    """The list of what is in it comes last: without the last byte there is none to read."""
    whole = b"".join(pieces())
    for length in (0, 1, 5000, len(b"".join(pieces()[:2])), len(whole) - 1, len(whole) - 22):
        with pytest.raises(zipfile.BadZipFile):
            zipfile.ZipFile(io.BytesIO(whole[:length]))


def failing(after: int) -> Iterator[File]:
    yield from FILES[:after]
    raise RuntimeError("out of paper")


@pytest.mark.parametrize("after", range(5))
def test_a_file_that_cannot_be_made_ends_it_without_a_list(after: int) -> None:
    given: list[bytes] = []
    with pytest.raises(RuntimeError, match="out of paper"):
        given.extend(archive.zipped(failing(after), NOON))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(given)))


def test_memory_holds_one_file_at_a_time() -> None:
    made: list[int] = []

    def counted() -> Iterator[File]:
        for number, each in enumerate(FILES):
            made.append(number)
            yield each

    sent = archive.zipped(counted(), NOON)
    next(sent)
    assert made == [0]
    next(sent)
    assert made == [0, 1]
