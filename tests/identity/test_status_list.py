"""Status lists and assertions: what they say, and when they say nothing."""

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, jws, sm3
from crypto.jws import b64u
from identity import instants, status_list
from identity.errors import InvalidStatus
from identity.status_list import Assertion, Snapshot, Status, StatusList
from tests.identity import samples
from tests.identity.samples import ASSERTION, NOW, STATUS, VECTORS, Sequence

KEY = samples.private_key("status").public
TOKEN = samples.status_token()
PAYLOAD: dict[str, Any] = json.loads(jws.parse_compact(TOKEN).payload)
SECOND = timedelta(seconds=1)


def cases() -> list[Any]:
    tests = json.loads((VECTORS / "status_list.json").read_text("utf-8"))["tests"]
    return [pytest.param(test, id=f"{test['bits']}-bits") for test in tests]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidStatus) as caught:
        act()
    return caught.value.code


def read(token: str = TOKEN) -> Snapshot:
    return status_list.verify_list(token, KEY, uri=STATUS.uri)


def resigned(payload: object, typ: str = status_list.LIST_TYP) -> str:
    return jws.sign_compact(
        payload=canonical.dumps(payload), typ=typ, kid=KEY.kid, sign=samples.signer("status")
    )


@pytest.mark.parametrize("case", cases())
def test_the_examples_of_the_standard(case: dict[str, Any]) -> None:
    packed = StatusList.decode(case["lst"], case["bits"])

    assert [packed.get(index) for index in range(len(packed))] == case["statuses"]
    assert packed.encode() == case["lst"] == b64u(bytes.fromhex(case["zlib"]))
    built = StatusList(bytes(len(bytes.fromhex(case["bytes"]))), case["bits"])
    for index, status in enumerate(case["statuses"]):
        built.set(index, status)
    assert built.encode() == packed.encode()


@given(
    bits=st.sampled_from([1, 2, 4, 8]),
    data=st.binary(min_size=1, max_size=40),
    changes=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 255))),
)
def test_setting_a_status_changes_no_other(
    bits: int, data: bytes, changes: list[tuple[int, int]]
) -> None:
    packed = StatusList(data, bits)
    model = [packed.get(index) for index in range(len(packed))]
    for place, value in changes:
        index, status = place % len(packed), value % 2**bits
        packed.set(index, status)
        model[index] = status

    again = StatusList.decode(packed.encode(), bits)
    assert [again.get(index) for index in range(len(again))] == model


def test_a_new_list_is_all_valid_and_small() -> None:
    empty = StatusList.empty()

    assert len(empty) == status_list.LIST_SIZE >= 100_000
    assert {empty.get(index) for index in range(0, len(empty), 97)} == {Status.VALID}
    assert len(empty.encode()) < 200


@pytest.mark.parametrize("index", [-1, 16_384])
def test_there_is_no_status_outside_the_list(index: int) -> None:
    with pytest.raises(IndexError):
        samples.statuses().get(index)
    with pytest.raises(IndexError):
        samples.statuses().set(index, 1)


@pytest.mark.parametrize("status", [-1, 4])
def test_a_status_fits_its_bits(status: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        samples.statuses().set(0, status)


def test_other_widths_do_not_exist() -> None:
    with pytest.raises(ValueError, match="bits"):
        StatusList(b"", 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eNo76fITAAPfAg",  # cut short
        b64u(zlib.compress(b"\x00") + b"x"),
        b64u(zlib.compress(b"")),
        b64u(b"not zlib"),
        b64u(zlib.compress(bytes(5 * 1024 * 1024))),  # a bomb: 5 MiB in 5 KB
    ],
)
def test_what_is_no_packed_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"zlib|cut short"):
        StatusList.decode(text)


def test_a_bomb_is_not_inflated() -> None:
    bomb = b64u(zlib.compress(bytes(200 * 1024 * 1024), 9))
    with pytest.raises(ValueError, match="too long"):
        StatusList.decode(bomb)


def test_a_published_list_says_what_was_set() -> None:
    snapshot = read()

    assert snapshot.status(0) is Status.VALID
    assert snapshot.status(17) is Status.INVALID
    assert snapshot.status(423) is Status.SUSPENDED
    assert (snapshot.seq, snapshot.issued_at, snapshot.ttl) == (7, NOW, timedelta(minutes=15))
    assert snapshot.expires_at == NOW + timedelta(hours=24)


def test_a_place_beyond_the_list_is_unknown() -> None:
    assert refused(lambda: read().status(16_384)) == "status_unreadable"


def test_a_list_is_fresh_for_its_ttl_and_current_for_a_day() -> None:
    snapshot = read()

    for now in (NOW - status_list.SKEW, NOW, NOW + snapshot.ttl):
        snapshot.check_fresh(now)
    late = NOW + snapshot.ttl + SECOND
    assert refused(lambda: snapshot.check_fresh(late)) == "status_stale"
    snapshot.check_current(late)
    snapshot.check_current(snapshot.expires_at - SECOND)
    assert refused(lambda: snapshot.check_current(snapshot.expires_at)) == "status_expired"
    assert refused(lambda: snapshot.check_fresh(snapshot.expires_at)) == "status_expired"
    early = NOW - status_list.SKEW - SECOND
    assert refused(lambda: snapshot.check_current(early)) == "status_not_yet"


def test_the_age_is_told() -> None:
    with pytest.raises(InvalidStatus) as caught:
        read().check_fresh(NOW + timedelta(hours=1))
    assert caught.value.params == {"age_seconds": 3600}


def test_a_list_of_another_address_is_refused() -> None:
    uri = "https://kexin.zz.example/status/8"

    assert refused(lambda: status_list.verify_list(TOKEN, KEY, uri=uri)) == "status_uri"


def test_a_list_of_another_key_is_refused() -> None:
    other = samples.private_key("log").public
    act: Callable[[], object] = lambda: status_list.verify_list(TOKEN, other, uri=STATUS.uri)  # noqa: E731

    assert refused(act) == "status_signature"


@given(data=st.data())
def test_one_changed_character_of_a_list_is_never_believed(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    symbol = data.draw(st.sampled_from("AZaz09-_.".replace(TOKEN[place], "")))

    assert refused(lambda: read(TOKEN[:place] + symbol + TOKEN[place + 1 :]))


@pytest.mark.parametrize(
    "change",
    [
        {"surplus": 1},
        {"sub": "x"},
        {"exp": PAYLOAD["iat"]},
        {"exp": PAYLOAD["iat"] + 86_401},
        {"iat": -1},
        {"ttl": 0},
        {"ttl": 86_401},
        {"seq": 0},
        {"status_list": {"bits": 1, "lst": PAYLOAD["status_list"]["lst"]}},
        {"status_list": {"bits": 2, "lst": "eNo"}},
        {"status_list": {"bits": 2, "lst": "!"}},
        {"status_list": {"bits": 2, "lst": 1}},
        {"status_list": {**PAYLOAD["status_list"], "x": 1}},
    ],
)
def test_a_signed_list_outside_the_rules_is_refused(change: dict[str, Any]) -> None:
    token = resigned({**PAYLOAD, **change})

    assert refused(lambda: read(token)) == "status_unreadable"


@pytest.mark.parametrize("name", sorted(PAYLOAD))
def test_no_member_of_a_list_may_be_missing(name: str) -> None:
    token = resigned({key: value for key, value in PAYLOAD.items() if key != name})

    assert refused(lambda: read(token)) == "status_unreadable"


def test_a_token_of_another_type_is_no_list() -> None:
    assert refused(lambda: read(resigned(PAYLOAD, "JWT"))) == "status_unreadable"
    assert refused(lambda: read(resigned([]))) == "status_unreadable"
    assert refused(lambda: read("x")) == "status_unreadable"


SUPERSEDED = replace(
    ASSERTION, status=Status.SUPERSEDED, since=NOW, reason="name_change", successor=samples.NUMBER
)
REVOKED = replace(ASSERTION, status=Status.INVALID, since=NOW, reason="issued_in_error")


@pytest.mark.parametrize(
    "assertion",
    [
        ASSERTION,
        REVOKED,
        SUPERSEDED,
        replace(REVOKED, reason=None),
        replace(REVOKED, status=Status.SUSPENDED),
    ],
)
def test_an_assertion_says_what_was_signed(assertion: Assertion) -> None:
    token = samples.assertion_token(assertion)

    assert status_list.verify_assertion(token, KEY) == assertion
    assert status_list.open_assertion(token) == (assertion, KEY.kid)


def test_an_assertion_lives_a_day() -> None:
    ASSERTION.check_current(NOW)
    ASSERTION.check_current(ASSERTION.expires_at - SECOND)
    end = ASSERTION.expires_at
    assert refused(lambda: ASSERTION.check_current(end)) == "status_expired"
    early = NOW - timedelta(minutes=2)
    assert refused(lambda: ASSERTION.check_current(early)) == "status_not_yet"


@pytest.mark.parametrize(
    ("assertion", "change"),
    [
        (ASSERTION, {"surplus": 1}),
        (ASSERTION, {"uri": "x"}),
        (ASSERTION, {"idx": -1}),
        (ASSERTION, {"status": 4}),
        (ASSERTION, {"credential": "x"}),
        (ASSERTION, {"seq": 0}),
        (ASSERTION, {"exp": instants.seconds(NOW) + 86_401}),
        (ASSERTION, {"since": instants.seconds(NOW)}),
        (ASSERTION, {"reason": "mood"}),
        (ASSERTION, {"successor": samples.NUMBER}),
        (ASSERTION, {"status": 1}),
        (REVOKED, {"reason": "张三"}),
        (REVOKED, {"status": 3}),
        (REVOKED, {"successor": samples.NUMBER}),
        (SUPERSEDED, {"successor": "1"}),
        (SUPERSEDED, {"status": 2}),
    ],
)
def test_an_assertion_outside_the_rules_is_refused(
    assertion: Assertion, change: dict[str, Any]
) -> None:
    token = resigned({**assertion.to_json(), **change}, status_list.ASSERTION_TYP)

    assert refused(lambda: status_list.verify_assertion(token, KEY)) == "status_unreadable"
    assert refused(lambda: status_list.open_assertion(token)) == "status_unreadable"


@pytest.mark.parametrize("name", sorted(ASSERTION.to_json()))
def test_no_member_of_an_assertion_may_be_missing(name: str) -> None:
    payload = {key: value for key, value in ASSERTION.to_json().items() if key != name}
    token = resigned(payload, status_list.ASSERTION_TYP)

    assert refused(lambda: status_list.verify_assertion(token, KEY)) == "status_unreadable"


def test_an_assertion_may_lie_at_the_end_of_the_calendar() -> None:
    end = instants.from_seconds(instants.LATEST_SECONDS)
    last = replace(ASSERTION, issued_at=end - SECOND, expires_at=end)
    token = resigned(last.to_json(), status_list.ASSERTION_TYP)

    assert status_list.verify_assertion(token, KEY) == last


def test_a_list_is_no_assertion() -> None:
    assert refused(lambda: status_list.verify_assertion(TOKEN, KEY)) == "status_unreadable"
    assert refused(lambda: status_list.open_assertion(TOKEN)) == "status_unreadable"
    assert refused(lambda: status_list.open_assertion("x.y")) == "status_unreadable"


def test_an_assertion_of_another_key_is_refused() -> None:
    token = samples.assertion_token()
    other = samples.private_key("log").public

    assert refused(lambda: status_list.verify_assertion(token, other)) == "status_signature"


@given(data=st.data())
def test_one_changed_character_of_an_assertion_is_never_believed(data: st.DataObject) -> None:
    token = samples.assertion_token()
    place = data.draw(st.integers(0, len(token) - 1))
    symbol = data.draw(st.sampled_from("AZaz09-_.".replace(token[place], "")))
    changed = token[:place] + symbol + token[place + 1 :]

    assert refused(lambda: status_list.verify_assertion(changed, KEY))


def test_indices_are_random_and_free() -> None:
    random, taken = Sequence("indices"), set[int]()
    for _ in range(500):
        taken.add(
            status_list.choose_index(random, size=status_list.LIST_SIZE, taken=taken.__contains__)
        )

    assert len(taken) == 500
    ordered = sorted(taken)
    assert ordered[0] < status_list.LIST_SIZE // 50
    assert ordered[-1] > status_list.LIST_SIZE * 49 // 50


def test_a_full_list_says_so() -> None:
    act: Callable[[], object] = lambda: status_list.choose_index(  # noqa: E731
        Sequence("full"), size=8, taken=lambda _: True
    )

    assert refused(act) == "status_list_full"


def test_the_assertion_is_about_one_credential() -> None:
    assert ASSERTION.credential == sm3.digest(samples.sign(samples.build()).split("~")[0].encode())
