"""The node's signature over a PDF, found by its bytes."""

from collections.abc import Callable

import pytest

from crypto import cms
from services.evidence import file_signature
from services.evidence.errors import Unproven
from tests.services.evidence import papers, world

PAPER = papers.signed()


def fault(data: bytes) -> str:
    with pytest.raises(Unproven) as caught:
        file_signature.read(data)
    return caught.value.code


def test_a_signed_file_is_read() -> None:
    found = file_signature.read(PAPER)

    assert found.signed.certificate.key == world.public("document")
    assert found.signed.signed_at == papers.SIGNED
    cms.verify(found.signed, found.digest)


def test_every_byte_outside_the_signature_counts() -> None:
    for at in (0, 100, PAPER.index(b"Guli"), PAPER.index(b"/Contents"), len(PAPER) - 1):
        changed = PAPER[:at] + bytes([PAPER[at] ^ 1]) + PAPER[at + 1 :]
        try:
            found = file_signature.read(changed)
        except Unproven:
            continue
        assert found.digest != found.signed.digest


def test_a_page_without_a_signature() -> None:
    assert fault(papers.page(world.bundle_bytes())) == "unsigned"


def test_a_second_signature() -> None:
    assert fault(PAPER + b"/ByteRange[0 1 2 3]") == "signatures"


@pytest.mark.parametrize("more", [b"\n", b"1 0 obj\n<<>>\nendobj\n", PAPER[-200:]])
def test_whatever_follows_the_end_is_noticed(more: bytes) -> None:
    assert fault(PAPER + more) == "not_whole"


def test_what_is_missing_at_the_end_is_noticed() -> None:
    assert fault(PAPER[:-1]) == "not_whole"


def shifted(data: bytes) -> bytes:
    """Return the file with a range that leaves more out than the signature."""
    at = data.index(b"/ByteRange[0 ") + len(b"/ByteRange[0 ")
    numbers = data[at : data.index(b"]", at)].split()
    start, after, rest = map(int, numbers)
    wider = b"[0 %d %d %d]" % (start - 10, after, rest)
    return data.replace(b"[0 %b]" % b" ".join(numbers), wider)


def reworded(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (shifted, "not_whole"),
        (reworded(b"/ByteRange[0 ", b"/ByteRange [0 "), "form"),
        (reworded(b"/ByteRange[0 ", b"/ByteRange[1 "), "form"),
        (reworded(b"/ByteRange[0 ", b"/ByteRange[0 0"), "form"),
        (reworded(b"/Contents<30", b"/Contents<31"), "form"),
        (reworded(b"/Contents<3082", b"/Contents<3081"), "form"),
        (reworded(b"/Contents<3082", b"/Contents<30 82"), "form"),
        (reworded(b"0000>>>", b"0001>>>"), "form"),
        (reworded(b"0000>>>", b"000A>>>"), "form"),
        (lambda data: papers.resigned(data, lambda _: b""), "form"),
        (lambda data: papers.resigned(data, lambda _: b"\x30\x82\xff\xff"), "form"),
    ],
)
def test_another_form_is_refused(change: Callable[[bytes], bytes], code: str) -> None:
    assert change(PAPER) != PAPER
    assert fault(change(PAPER)) == code
