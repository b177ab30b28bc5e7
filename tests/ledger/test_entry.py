"""Entries have one form, and time in a log goes one way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical
from crypto.jws import b64u
from ledger import entry
from ledger.entry import KINDS, WITH_APPROVAL, Entry
from ledger.errors import InvalidEntry
from tests.ledger.samples import INSTITUTION, NOON, altered, an_entry

DIGESTS = st.binary(min_size=32, max_size=32)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    kind = draw(st.sampled_from(sorted(KINDS)))
    return Entry(
        kind,
        draw(st.from_regex(entry.ISSUER, fullmatch=True)),
        draw(st.datetimes(timezones=st.just(UTC))).replace(microsecond=0),
        draw(DIGESTS),
        draw(DIGESTS) if kind in WITH_APPROVAL else None,
    )


@given(made=entries())
def test_what_is_written_reads_back(made: Entry) -> None:
    assert entry.decode(made.encode()) == made
    assert entry.parse(made.to_json()) == made


def test_one_altered_byte_is_another_entry_or_none() -> None:
    text = an_entry(1).encode().decode()
    for changed in altered(text):
        try:
            read = entry.decode(changed.encode())
        except InvalidEntry:
            continue
        assert read != an_entry(1)
        assert read.encode() == changed.encode()


def members(**changes: Any) -> dict[str, Any]:
    """The members of an entry with some changed; None takes one away."""
    changed = {**an_entry(1).to_json(), **changes}
    return {name: value for name, value in changed.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": None}, "entry_members"),
        ({"extra": "x"}, "entry_members"),
        ({"digest": None}, "entry_members"),
        ({"format": "kexin/entry/v2"}, "entry_format"),
        ({"format": 1}, "entry_format"),
        ({"kind": "grade"}, "entry_kind"),
        ({"kind": ["credential"]}, "entry_kind"),
        ({"issuer": ""}, "entry_issuer"),
        ({"issuer": "inst 41"}, "entry_issuer"),
        ({"issuer": "x" * 65}, "entry_issuer"),
        ({"issuer": f"{INSTITUTION}\n"}, "entry_issuer"),
        ({"time": "2026-11-24T04:00:00+00:00"}, "entry_time"),
        ({"time": 1795492800}, "entry_time"),
        ({"digest": b64u(bytes(31))}, "entry_digest"),
        ({"digest": b64u(bytes(32)) + "="}, "entry_digest"),
        ({"digest": "*" * 43}, "entry_digest"),
        ({"approval": None}, "entry_approval"),
        ({"approval": b64u(bytes(33))}, "entry_approval"),
        ({"approval": "A" * 42 + "B"}, "entry_approval"),
        ({"kind": "record"}, "entry_approval"),
        ({"kind": "close", "approval": ""}, "entry_approval"),
    ],
)
def test_other_members_are_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidEntry) as caught:
        entry.parse(members(**changes))
    assert caught.value.code == code


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(InvalidEntry) as caught:
        entry.parse(["kexin/entry/v1"])
    assert caught.value.code == "entry_members"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}x",
        b'{"format":"kexin/entry/v1", "kind":"close"}',
        an_entry(1).encode() + b"\n",
        an_entry(1).encode().replace(b'{"approval"', b'{"kind":"close","approval"'),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidEntry) as caught:
        entry.decode(data)
    assert caught.value.code == "entry_encoding"


def test_an_entry_of_a_fraction_of_a_second_cannot_be_made() -> None:
    with pytest.raises(InvalidEntry) as caught:
        an_entry(1, time=NOON + timedelta(microseconds=1))
    assert caught.value.code == "entry_time"


def test_bytes_are_canonical_json() -> None:
    assert canonical.loads(an_entry(1).encode()) == an_entry(1).to_json()


LAST = datetime(2026, 11, 24, 3, 50, tzinfo=UTC)


def test_the_first_entry_has_the_time_of_its_period() -> None:
    now = NOON + timedelta(seconds=599)
    assert entry.next_time(None, now, 600) == NOON
    assert entry.next_time(None, now, 1) == now


def test_time_follows_the_clock_but_never_goes_back() -> None:
    assert entry.next_time(LAST, NOON, 600) == NOON
    assert entry.next_time(NOON, LAST, 600) == NOON, "the clock went back"
    assert entry.next_time(NOON, NOON + timedelta(seconds=300), 600) == NOON


@given(times=st.lists(st.integers(0, 10**6), min_size=1, max_size=20), period=st.integers(1, 86400))
def test_times_never_sink_and_never_run_ahead_of_the_latest_clock(
    times: list[int], period: int
) -> None:
    last, latest = None, NOON
    for offset in times:
        now = NOON + timedelta(seconds=offset)
        latest = max(latest, now)
        following = entry.next_time(last, now, period)
        assert last is None or following >= last
        assert following <= latest
        last = following
