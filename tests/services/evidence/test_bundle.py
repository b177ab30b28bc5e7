"""Bundles: one form, and nothing else is read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crypto import canonical
from services.evidence import bundle
from services.evidence.errors import UnreadableBundle
from tests.services.evidence import world

PARTS = world.bundle_parts()
DATA = bundle.build(PARTS)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the bundle after a change, in canonical form again."""
    members: Any = canonical.loads(DATA)
    change(members)
    return canonical.dumps(members)


def test_what_is_built_is_read_again() -> None:
    assert bundle.parse(DATA) == PARTS
    assert bundle.build(bundle.parse(DATA)) == DATA


def test_an_issuer_part_travels_alone() -> None:
    alone = bundle.build_issuer(PARTS.issuer)

    assert bundle.parse_issuer(alone) == PARTS.issuer
    assert alone in DATA


def test_a_bundle_without_its_receipt_can_be_built() -> None:
    early = replace(PARTS, place=world.without_receipt(PARTS.place))

    assert bundle.parse(bundle.build(early)) == early


def test_a_bundle_that_could_not_be_read_is_not_built() -> None:
    with pytest.raises(UnreadableBundle):
        bundle.build(replace(PARTS, place=replace(PARTS.place, index=-1)))
    with pytest.raises(UnreadableBundle):
        bundle.build_issuer(replace(PARTS.issuer, salt=b"short"))


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda m: m.pop("renewals"), "bundle"),
        (lambda m: m.update(renewals=["more"]), "bundle"),
        (lambda m: m.update(extra=1), "proof"),
        (lambda m: m.update(credential=None), "bundle"),
        (lambda m: m.update(status=["x"]), "bundle"),
        (lambda m: m.update(checkpoint=1), "bundle"),
        (lambda m: m.pop("entry"), "bundle"),
        (lambda m: m["entry"].update(format="kexin/entry/v2"), "entry"),
        (lambda m: m.update(proof=[]), "proof"),
        (lambda m: m["proof"].update(extra=1), "proof"),
        (lambda m: m["proof"].update(index=-1), "proof"),
        (lambda m: m["proof"].update(index=True), "proof"),
        (lambda m: m["proof"].update(index=2**53 - 1), "proof"),
        (lambda m: m["proof"].update(hashes=["A" * 43] * 54), "proof"),
        (lambda m: m["proof"].update(hashes=["A" * 42]), "proof"),
        (lambda m: m["proof"].update(hashes=["A" * 42 + "B"]), "proof"),
        (lambda m: m["proof"].update(hashes=[1]), "proof"),
        (lambda m: m["evidence"].append(m["evidence"][0]), "evidence"),
        (lambda m: m["evidence"][0].update(kind="seals"), "evidence"),
        (lambda m: m["evidence"][0].update(more=1), "evidence"),
        (lambda m: m["evidence"][0].update(document=None), "evidence"),
        (lambda m: m.update(issuer=None), "issuer"),
        (lambda m: m["issuer"].update(salt="AA"), "issuer"),
        (lambda m: m["issuer"].update(salt="A" * 21 + "B"), "issuer"),
        (lambda m: m["issuer"].pop("salt"), "issuer"),
        (lambda m: m["issuer"].update(extra=1), "proof"),
    ],
)
def test_members_are_all_there_and_no_others(
    change: Callable[[dict[str, Any]], object], part: str
) -> None:
    with pytest.raises(UnreadableBundle) as caught:
        bundle.parse(changed(change))

    assert (caught.value.code, caught.value.params) == ("unreadable", {"part": part})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "unreadable"),
        (DATA[:-1], "unreadable"),
        (DATA + b"\n", "unreadable"),
        (b" " + DATA, "unreadable"),
        (DATA.replace(b'"index":3', b'"index":03'), "unreadable"),
        (DATA.replace(b'"index":3', b'"index":3,"index":3'), "unreadable"),
        (b'{"a":1}', "not_ours"),
        (b"[]", "not_ours"),
        (DATA.replace(b"kexin/bundle/v1", b"kexin/bundle/v2"), "not_ours"),
        (b"{" + b" " * bundle.MAX_SIZE, "too_large"),
    ],
    ids=[
        "empty",
        "cut short",
        "a line more",
        "a space more",
        "leading zero",
        "twice",
        "other JSON",
        "a list",
        "version 2",
        "large",
    ],
)
def test_other_bytes_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableBundle) as caught:
        bundle.parse(data)

    assert caught.value.code == code
