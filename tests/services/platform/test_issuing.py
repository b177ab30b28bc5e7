"""Entries stand in the log of their own year, in order, also when clocks do not behave."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from ledger import entry, sql_store
from ledger.errors import InvalidEntry, LogClosed
from services.platform import issuing
from services.platform.errors import Conflict
from services.platform.issuing import Appended, EntryDraft
from services.platform.work import Runtime
from tests.services.conftest import Ticking

SCHOOL = "inst_A"
NEW_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)
"""Midnight in Shanghai."""


def draft(number: int) -> EntryDraft:
    return EntryDraft("credential", number.to_bytes(32), approval=bytes(32))


def append(runtime: Runtime, *numbers: int, institution: str = SCHOOL) -> list[Appended]:
    with runtime.writing() as work:
        drafts = [draft(number) for number in numbers]
        return issuing.append(work, institution=institution, drafts=drafts)


def close(runtime: Runtime, year: int) -> Appended:
    with runtime.writing() as work:
        return issuing.close_year(work, institution=SCHOOL, year=year)


def test_entries_are_appended_in_order(runtime: Runtime, noon: datetime) -> None:
    first, second = append(runtime, 1, 2)
    assert (first.origin, first.index, first.time) == ("kexin.local/log/inst_A/2026", 0, noon)
    assert second.index == 1
    assert append(runtime, 3)[0].index == 2
    read = entry.decode(first.data)
    assert (read.kind, read.issuer, read.digest) == ("credential", SCHOOL, (1).to_bytes(32))
    with runtime.reading() as work:
        log = sql_store.open_log(work.session, first.origin)
        assert log.size == 3
        assert log.entry(0) == first.data


def test_nothing_to_append_makes_no_log(runtime: Runtime) -> None:
    assert append(runtime) == []
    with runtime.reading() as work:
        assert sql_store.heads_to_sign(work.session, limit=10) == []


def test_the_registry_log_names_the_registry_or_whom_it_is_told(runtime: Runtime) -> None:
    with runtime.writing() as work:
        drafts = [
            EntryDraft("record", bytes(32)),
            EntryDraft("record", bytes([1]) * 32, issuer=SCHOOL),
        ]
        made = issuing.append(work, institution=issuing.REGISTRY, drafts=drafts)
    assert [entry.decode(each.data).issuer for each in made] == ["registry", SCHOOL]


def test_times_are_floored_and_never_go_back(runtime: Runtime, ticking: Ticking) -> None:
    ticking.now += timedelta(seconds=19)
    first = append(runtime, 1)[0].time
    assert first == ticking.now - timedelta(seconds=9)
    ticking.now -= timedelta(hours=1)
    assert append(runtime, 2)[0].time == first


def test_the_year_turns_in_shanghai(runtime: Runtime, ticking: Ticking) -> None:
    ticking.now = NEW_YEAR - timedelta(seconds=1)
    assert append(runtime, 1)[0].origin.endswith("/2026")
    ticking.now = NEW_YEAR
    new = append(runtime, 2)[0]
    assert (new.origin.rsplit("/")[-1], new.index) == ("2027", 0)


def test_a_clock_that_goes_back_over_new_year_stays_in_the_new_year(
    runtime: Runtime, ticking: Ticking
) -> None:
    ticking.now = NEW_YEAR
    append(runtime, 1)
    ticking.now -= timedelta(days=1)
    again = append(runtime, 2)[0]
    assert (again.origin.rsplit("/")[-1], again.time) == ("2027", NEW_YEAR)


def test_a_year_is_closed_in_january(runtime: Runtime, ticking: Ticking) -> None:
    append(runtime, 1)
    with pytest.raises(Conflict, match="year_not_over"):
        close(runtime, 2026)
    ticking.now = NEW_YEAR + timedelta(hours=1)
    end = close(runtime, 2026)
    assert (end.index, entry.decode(end.data).kind) == (1, "close")
    with pytest.raises(LogClosed):
        close(runtime, 2026)
    ticking.now = NEW_YEAR - timedelta(days=1)  # and the clock was set back
    assert append(runtime, 2)[0].origin.endswith("/2027")


def test_all_old_logs_are_closed(runtime: Runtime, ticking: Ticking) -> None:
    append(runtime, 1)
    append(runtime, 2, institution="inst_B")
    ticking.now = NEW_YEAR
    append(runtime, 3)
    with runtime.writing() as work:
        assert issuing.close_old_years(work) == 2
        assert issuing.close_old_years(work) == 0


def test_an_entry_twice_is_refused_and_nothing_stays(runtime: Runtime) -> None:
    append(runtime, 1)
    with pytest.raises(InvalidEntry):
        append(runtime, 2, 1)
    assert append(runtime, 2)[0].index == 1


def test_two_writers_share_a_log_without_gap_or_loss(runtime: Runtime) -> None:
    places: list[int] = []

    def write(first: int) -> None:
        for number in range(first, first + 10):
            places.extend(each.index for each in append(runtime, 2 * number, 2 * number + 1))

    threads = [threading.Thread(target=write, args=[start]) for start in (10, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(places) == list(range(40))
