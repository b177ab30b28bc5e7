"""From bytes to parts: every part must be readable, and what it is not is named."""

from typing import Any

import pytest

from crypto import canonical
from crypto.jws import b64u, unb64u
from services.evidence import bundle, reading
from services.evidence.finding import Term
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, world
from tests.services.evidence.corpus.case import claiming

PARTS = world.bundle_parts()
DATA = bundle.build(PARTS)


def format_of(data: bytes, media: str | None = None) -> tuple[str, dict[str, Any]]:
    read = reading.read(data, media)
    finding = read.format
    assert (read.material is None) == (not finding.passed)
    return finding.reason, dict(finding.params)


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (DATA, None),
        (DATA, "application/json"),
        (world.sd_jwt().encode(), None),
        (world.sd_jwt().encode(), "application/dc+sd-jwt"),
    ],
    ids=["bundle", "bundle by name", "credential", "credential by name"],
)
def test_our_media_are_read(data: bytes, media: str | None) -> None:
    assert format_of(data, media)[0] in ("bundle", "credential_only")


@pytest.mark.parametrize(
    ("data", "media", "reason"),
    [
        (b"", None, "not_ours"),
        (b"hello", None, "not_ours"),
        (b"eyJhbGciOiJub25lIn0.e30.", None, "not_ours"),
        (b"PK\x03\x04", "application/pdf", "unreadable"),
        (DATA, "application/dc+sd-jwt", "unreadable"),
        (world.sd_jwt().encode(), "application/json", "unreadable"),
        ("可信".encode(), "application/dc+sd-jwt", "unreadable"),
        (b"a" * (bundle.MAX_SIZE + 1), "application/dc+sd-jwt", "too_large"),
    ],
    ids=["empty", "text", "a JWT", "zip", "bundle", "credential", "Chinese", "large"],
)
def test_other_bytes_are_told_apart(data: bytes, media: str | None, reason: str) -> None:
    assert format_of(data, media)[0] == reason


def test_a_media_type_that_is_not_ours_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="text/html"):
        reading.read(DATA, "text/html")


def swapped(part: str, value: Any) -> bytes:
    """Return the bundle with another value at the end of this path."""
    members: Any = canonical.loads(DATA)
    *path, last = part.split(".")
    inner = members
    for name in path:
        inner = inner[int(name) if name.isdigit() else name]
    inner[last] = value
    return canonical.dumps(members)


@pytest.mark.parametrize(
    ("member", "value", "part"),
    [
        ("credential", world.sd_jwt() + "key-binding", "credential"),
        ("credential", world.sd_jwt()[:-1], "credential"),
        ("status", world.signed_list(), "status"),
        ("status", "a.b.c", "status"),
        ("checkpoint", PARTS.place.checkpoint + "\n", "checkpoint"),
        ("issuer.checkpoint", "", "checkpoint"),
        ("evidence.0.document", PARTS.issuer.record, "evidence"),
        ("issuer.record", PARTS.place.receipt, "issuer"),
        ("issuer.record", None, "issuer"),
    ],
    ids=[
        "key binding",
        "cut short",
        "a list",
        "no token",
        "surplus line",
        "empty note",
        "a record",
        "a receipt",
        "null",
    ],
)
def test_the_part_that_cannot_be_read_is_named(member: str, value: Any, part: str) -> None:
    assert format_of(swapped(member, value)) == ("unreadable", {"part": Term(f"part.{part}")})


@pytest.mark.parametrize(
    "disclosure",
    [
        b64u(canonical.dumps([b64u(bytes(16)), "name", "欧阳"])),
        b64u(canonical.dumps([b64u(bytes(16)), "nickname", "欧阳"])),
        b64u(b"[]"),
        "?",
    ],
    ids=["other", "unknown", "empty", "not base64"],
)
def test_what_was_never_disclosed_by_the_issuer_fails_disclosure(disclosure: str) -> None:
    text = f"{world.sd_jwt()}{disclosure}~"

    verdict = judging.judge(world.bundle_parts(text, place=PARTS.place, status=PARTS.status))

    assert judging.reasons(verdict)["disclosure"] == "foreign"
    assert judging.reasons(verdict)["signature"] == "genuine"


def test_disclosures_have_one_order() -> None:
    token, *disclosures, end = world.sd_jwt().split("~")
    text = "~".join([token, *reversed(disclosures), end])

    verdict = judging.judge(world.bundle_parts(text))

    assert judging.reasons(verdict)["disclosure"] == "foreign"


def test_a_test_certificate_is_told_at_the_door_whoever_signed_it() -> None:
    verdict = judging.judge(world.bundle_parts(claiming(vct="test/1")))

    assert judging.reasons(verdict)["format"] == "test"
    assert verdict.result is Outcome.INVALID
    assert verdict.shown is None
    assert {each.reason for each in verdict.checks[1:]} == {"not_reached"}


def test_a_type_that_is_not_known_here_is_named_and_undetermined() -> None:
    text = world.sd_jwt()
    head, payload, signature = text.split("~")[0].split(".")
    members: Any = canonical.loads(unb64u(payload))
    members["vct"] = "honour/2"
    future = f"{head}.{b64u(canonical.dumps(members))}.{signature}~"

    reason, params = format_of(future.encode())

    assert (reason, params) == ("type_unknown", {"type": "honour/2"})
    assert judging.judge(future.encode()).result.value == "undetermined"


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"RIFF\x24\0\0\0WEBPVP8 ",
        b"\0\0\0\x18ftypheic\0\0\0\0",
    ],
)
def test_a_picture_says_that_it_is_one(data: bytes) -> None:
    assert reading.read(data).format.reason == "picture"
