"""The trust root: a file, its fingerprint, and what is no root."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crypto import canonical, sm3
from identity import trust_root
from identity.errors import InvalidTrust
from tests.identity import samples
from tests.identity.samples import ROOT

PAYLOAD: dict[str, Any] = {
    "format": "kexin/trust-root/v1",
    "issued": "2026-08-01T00:00:00Z",
    "keys": [{**key.jwk()} for key in ROOT.keys],
    "name": ROOT.name,
    "threshold": 2,
}


def blamed(data: bytes) -> object:
    with pytest.raises(InvalidTrust) as caught:
        trust_root.parse(data)
    assert caught.value.code == "trust_root_unreadable"
    return caught.value.params["member"]


def test_a_root_is_read_from_its_file() -> None:
    assert trust_root.parse(ROOT.to_bytes()) == ROOT
    assert canonical.dumps(PAYLOAD) == ROOT.to_bytes()


def test_the_fingerprint_is_of_the_file() -> None:
    assert ROOT.fingerprint == sm3.digest(ROOT.to_bytes())


def test_the_order_in_which_operators_come_does_not_matter() -> None:
    again = trust_root.make(
        name=ROOT.name, issued_at=ROOT.issued_at, threshold=2, keys=ROOT.keys[::-1]
    )

    assert again == ROOT
    assert list(ROOT.by_kid) == sorted(ROOT.by_kid)


def test_one_operator_twice_makes_no_root() -> None:
    key = samples.private_key("operator 1").public
    with pytest.raises(InvalidTrust):
        trust_root.make(
            name="x", issued_at=datetime(2026, 8, 1, tzinfo=UTC), threshold=2, keys=(key, key)
        )


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"format": "kexin/trust-root/v2"}, "format"),
        ({"surplus": 1}, "surplus"),
        ({"issued": ""}, "issued"),
        ({"name": ""}, "name"),
        ({"threshold": 1}, "threshold"),
        ({"threshold": 4}, "threshold"),
        ({"keys": PAYLOAD["keys"][:1]}, "keys"),
        ({"keys": PAYLOAD["keys"][::-1]}, "keys"),
        ({"keys": [PAYLOAD["keys"][0]] * 2}, "keys"),
        ({"keys": [PAYLOAD["keys"][0], {}]}, "keys"),
    ],
)
def test_a_member_outside_the_rules_is_refused(change: dict[str, Any], member: str) -> None:
    assert blamed(canonical.dumps({**PAYLOAD, **change})) == member


@pytest.mark.parametrize("data", [b"", b"[]", ROOT.to_bytes() + b"\n", b"\xff"])
def test_a_file_that_is_not_a_canonical_object_is_refused(data: bytes) -> None:
    assert blamed(data) in ("file", "")
