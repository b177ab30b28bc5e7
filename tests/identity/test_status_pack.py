"""Status packs: whole, or refused."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, jws
from crypto.provider import ALLOWED_TYP, Use
from identity import instants, status_list, status_pack
from identity.errors import InvalidStatus
from tests.identity import samples
from tests.identity.samples import NODE, NOW, STATUS

KEY = samples.private_key("status").public
OTHER = "https://kexin.zz.example/status/8"
LISTS = {
    OTHER: samples.status_token(uri=OTHER),
    STATUS.uri: samples.status_token(),
}
PACK = samples.pack(lists=LISTS)
MEMBERS: dict[str, Any] = json.loads(PACK)
STATED: dict[str, Any] = json.loads(jws.parse_compact(MEMBERS["statement"]).payload)


def refused(act: Callable[[], object]) -> tuple[str, object]:
    with pytest.raises(InvalidStatus) as caught:
        act()
    return caught.value.code, caught.value.params.get("member")


def parsing(data: bytes) -> object:
    code, member = refused(lambda: status_pack.parse(data))
    assert code == "status_pack_unreadable"
    return member


def restated(typ: str = status_pack.TYP, **changes: Any) -> bytes:
    payload = canonical.dumps({**STATED, **changes})
    statement = jws.sign_compact(
        payload=payload, typ=typ, kid=KEY.kid, sign=samples.signer("status")
    )
    return canonical.dumps({**MEMBERS, "statement": statement})


def test_a_pack_carries_the_lists_as_they_are() -> None:
    pack = status_pack.parse(PACK)

    status_pack.check_statement(pack.statement, KEY)
    assert (pack.node, pack.kid) == (NODE, KEY.kid)
    assert (pack.issued_at, pack.expires_at) == (NOW, NOW + status_list.LIFE)
    assert dict(pack.lists) == LISTS
    assert list(pack.lists) == sorted(LISTS)
    assert pack.trust == samples.sealed_list()


def test_a_node_may_have_no_list_yet() -> None:
    pack = status_pack.parse(samples.pack(lists={}, trust=None))

    assert (dict(pack.lists), pack.trust) == ({}, None)


def test_a_pack_ends_with_its_first_list_and_after_a_day_at_most() -> None:
    early = NOW + timedelta(hours=3)
    late = NOW + timedelta(days=3)

    assert status_pack.parse(samples.pack(expires_at=early)).expires_at == early
    assert status_pack.parse(samples.pack(expires_at=late)).expires_at == NOW + status_list.LIFE


def test_a_pack_of_another_key_is_refused() -> None:
    pack = status_pack.parse(PACK)
    other = samples.private_key("log").public

    assert (
        refused(lambda: status_pack.check_statement(pack.statement, other))[0] == "status_signature"
    )


def test_a_pack_from_the_future_is_refused() -> None:
    pack = status_pack.parse(PACK)
    minute = timedelta(seconds=60)

    status_pack.check_issued(pack, NOW - minute)
    early = NOW - minute - timedelta(seconds=1)
    assert refused(lambda: status_pack.check_issued(pack, early))[0] == "status_not_yet"


def test_the_key_of_statuses_may_sign_packs() -> None:
    assert status_pack.TYP in ALLOWED_TYP[Use.STATUS]


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"format": "kexin/status-pack/v2"}, "format"),
        ({"surplus": 1}, "surplus"),
        ({"lists": MEMBERS["lists"][:1]}, "lists"),
        ({"lists": MEMBERS["lists"][::-1]}, "sm3"),
        ({"lists": [*MEMBERS["lists"][:1], "x"]}, "sm3"),
        ({"lists": [*MEMBERS["lists"][:1], "é"]}, "lists"),
        ({"lists": [*MEMBERS["lists"][:1], 7]}, "lists"),
        ({"lists": ["x"] * 4097}, "lists"),
        ({"statement": "x"}, "statement"),
        ({"statement": "x y"}, "statement"),
        ({"trust": None}, "trust"),
        ({"trust": {}}, "trust"),
        ({"trust": "x"}, "trust"),
    ],
)
def test_a_file_that_is_not_what_was_stated_is_refused(change: dict[str, Any], member: str) -> None:
    assert parsing(canonical.dumps({**MEMBERS, **change})) == member


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"surplus": 1}, "surplus"),
        ({"node": "A"}, "node"),
        ({"iat": -1}, "iat"),
        ({"exp": STATED["iat"]}, "exp"),
        ({"exp": STATED["iat"] + 86_401}, "exp"),
        ({"iat": instants.LATEST_SECONDS, "exp": instants.LATEST_SECONDS}, "exp"),
        ({"lists": STATED["lists"][:1]}, "lists"),
        ({"lists": [STATED["lists"][0], {**STATED["lists"][1], "uri": "x"}]}, "uri"),
        ({"lists": [STATED["lists"][0], {**STATED["lists"][1], "x": 1}]}, "x"),
        (
            {
                "lists": [
                    STATED["lists"][0],
                    {**STATED["lists"][1], "uri": STATED["lists"][0]["uri"]},
                ]
            },
            "lists",
        ),
        ({"trust": None}, "trust"),
    ],
)
def test_a_statement_outside_the_rules_is_refused(change: dict[str, Any], member: str) -> None:
    assert parsing(restated(**change)) == member


def test_a_statement_of_another_type_is_none() -> None:
    assert parsing(restated(typ=status_list.LIST_TYP)) == "typ"


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"format": 1}'])
def test_what_is_no_pack_is_refused(data: bytes) -> None:
    assert parsing(data) in {"file", ""}


def test_a_large_file_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_pack, "MAX_SIZE", len(PACK) - 1)

    assert parsing(PACK) == "size"


@given(data=st.data())
def test_one_changed_byte_is_never_believed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(PACK) - 1))
    changed = bytearray(PACK)
    changed[place] ^= data.draw(st.integers(1, 255))

    try:
        pack = status_pack.parse(bytes(changed))
        status_pack.check_statement(pack.statement, KEY)
    except InvalidStatus:
        return
    raise AssertionError("believed")
