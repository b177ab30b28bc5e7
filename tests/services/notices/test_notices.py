"""Notices: told with the act or not at all, sent once, to nobody who was not meant."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from services.audit import trail
from services.notices import delivery, outbox
from services.notices.channels import FileChannel, Undelivered
from services.notices.outbox import Kind
from services.platform import texts
from services.platform.errors import Conflict, Invalid, NotFound, Tampered
from tests.services.nodes import Node

PERSON = "E417KQ2M9XW4HD0RT4"
OTHER = "E41ANOTHERPERSON00"
PHONE = "13900001111"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "notices"


@pytest.fixture
def sms(folder: Path) -> FileChannel:
    return FileChannel("sms", folder)


class Broken:
    """A gateway that does what a test says."""

    name = "sms"

    def __init__(self, act: Callable[[str], None]) -> None:
        self._act = act

    def send(self, message_id: str, address: str, text: str) -> None:
        assert (address, bool(text)) == (PHONE, True)
        self._act(message_id)


class PowerCut(BaseException):
    """The process dies."""


def reach(node: Node, address: str = PHONE) -> str:
    with node.runtime.writing() as work:
        return outbox.add_contact(work, PERSON, "sms", address)


def tell(node: Node, kind: Kind = Kind.FACTOR_ADDED, **params: str | int) -> str:
    with node.runtime.writing() as work:
        return outbox.tell(work, PERSON, kind, **(params or {"factor": "passkey"}))


def told(node: Node, edu_id: str = PERSON) -> list[Kind]:
    with node.runtime.reading() as work:
        return [notice.kind for notice in outbox.notices(work, edu_id)]


def sent(folder: Path) -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def states(node: Node) -> list[tuple[str, int]]:
    with node.runtime.reading() as work:
        asked = "SELECT state, attempts FROM notice_delivery WHERE channel = 'sms'"
        rows = work.session.execute(text(asked))
        return [(row.state, row.attempts) for row in rows]


def test_a_notice_is_told_exactly_if_the_act_happens(node: Node) -> None:
    with suppress(Conflict), node.runtime.writing() as work:
        outbox.tell(work, PERSON, Kind.LOCKED)
        raise Conflict("already_exists")
    assert told(node) == []
    tell(node)
    assert told(node) == [Kind.FACTOR_ADDED]
    assert told(node, OTHER) == []


def test_it_goes_out_once_to_the_contact_in_both_languages(
    node: Node, sms: FileChannel, folder: Path
) -> None:
    reach(node)
    tell(node)
    assert delivery.deliver(node.runtime, [sms]) == 1
    assert delivery.deliver(node.runtime, [sms]) == 0
    [message] = sent(folder)
    assert message["address"] == PHONE
    zh, en = message["text"].split("\n")
    assert "passkey" in zh
    assert "sign in" in en
    assert [path.stat().st_mode & 0o777 for path in folder.iterdir()] == [0o600]


def test_whoever_cannot_be_reached_gets_a_slip_once(node: Node) -> None:
    tell(node)
    with node.runtime.writing() as work:
        assert outbox.slips(work, [OTHER]) == []
        [slip] = outbox.slips(work, [PERSON])
        assert (slip.edu_id, slip.notice.kind) == (PERSON, Kind.FACTOR_ADDED)
        outbox.close_slips(work, [slip.delivery_id])
        assert outbox.slips(work, [PERSON]) == []


def test_a_new_contact_is_told_to_the_old_one_and_not_to_itself(
    node: Node, sms: FileChannel, folder: Path
) -> None:
    reach(node)
    reach(node, "13800002222")
    delivery.deliver(node.runtime, [sms])
    assert [message["address"] for message in sent(folder)] == [PHONE]
    with node.runtime.reading() as work:
        assert outbox.contacts(work, PERSON) == {"sms": "13800002222"}


def test_ending_a_contact_is_told_to_it(node: Node, sms: FileChannel, folder: Path) -> None:
    contact = reach(node)
    with node.runtime.writing() as work:
        outbox.end_contact(work, PERSON, contact)
        assert outbox.contacts(work, PERSON) == {}
    delivery.deliver(node.runtime, [sms])
    assert len(sent(folder)) == 1
    for person in (PERSON, OTHER):
        with node.runtime.writing() as work, pytest.raises(NotFound, match="contact_unknown"):
            outbox.end_contact(work, person, contact)


@pytest.mark.parametrize("address", ["", "  ", "1" * 201, "139\n0000", "139\x00"])
def test_an_unusable_address_is_refused(sqlite_node: Node, address: str) -> None:
    with pytest.raises(Invalid, match="contact_unusable"):
        reach(sqlite_node, address)
    with sqlite_node.runtime.writing() as work, pytest.raises(Invalid, match="contact_unusable"):
        outbox.add_contact(work, PERSON, outbox.SLIP, PHONE)


def test_reading_is_noted_once_and_only_for_ones_own(node: Node) -> None:
    notice = tell(node)
    with node.runtime.writing() as work:
        outbox.mark_read(work, OTHER, [notice])
        assert outbox.notices(work, PERSON)[0].read_at is None
        outbox.mark_read(work, PERSON, [notice])
        first = outbox.notices(work, PERSON)[0].read_at
    node.clock.now += timedelta(hours=1)
    with node.runtime.writing() as work:
        outbox.mark_read(work, PERSON, [notice])
        assert outbox.notices(work, PERSON)[0].read_at == first


def test_older_pages_can_be_asked_for(sqlite_node: Node) -> None:
    tell(sqlite_node)
    moment = sqlite_node.clock.now
    sqlite_node.clock.now += timedelta(seconds=1)
    tell(sqlite_node, Kind.LOCKED)
    with sqlite_node.runtime.reading() as work:
        later = outbox.notices(work, PERSON, before=moment + timedelta(seconds=1))
    assert [notice.kind for notice in later] == [Kind.FACTOR_ADDED]


# ---- the way out: died before, died after, refused ----


def test_dying_before_the_message_went_loses_nothing(
    node: Node, sms: FileChannel, folder: Path
) -> None:
    reach(node)
    tell(node)

    def die(_message_id: str) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        delivery.deliver(node.runtime, [Broken(die)])
    assert delivery.deliver(node.runtime, [sms]) == 0  # the lease is not over
    node.clock.now += delivery.LEASE
    assert delivery.deliver(node.runtime, [sms]) == 1
    assert len(sent(folder)) == 1
    assert states(node) == [("sent", 2)]


def test_dying_after_the_message_went_doubles_nothing(
    node: Node, sms: FileChannel, folder: Path
) -> None:
    reach(node)
    tell(node)

    def send_and_die(message_id: str) -> None:
        sms.send(message_id, PHONE, "text")
        raise PowerCut

    with pytest.raises(PowerCut):
        delivery.deliver(node.runtime, [Broken(send_and_die)])
    node.clock.now += delivery.LEASE
    assert delivery.deliver(node.runtime, [sms]) == 1
    assert len(sent(folder)) == 1
    assert states(node) == [("sent", 2)]


def test_a_gateway_that_refuses_is_asked_ever_more_rarely_and_at_last_no_more(node: Node) -> None:
    reach(node)
    tell(node)
    asked: list[str] = []

    def refuse(message_id: str) -> None:
        asked.append(message_id)
        raise Undelivered("quota_used")

    waits = timedelta()
    while states(node)[0][0] == "waiting":
        delivery.deliver(node.runtime, [Broken(refuse)])
        node.clock.now += timedelta(minutes=1)
        waits += timedelta(minutes=1)
    assert len(asked) == delivery.MOST_ATTEMPTS
    assert len(set(asked)) == 1
    assert waits > timedelta(hours=2)
    with node.runtime.reading() as work:
        assert (delivery.ALARM, "sms") in trail.alarms(work)
    assert Kind.FACTOR_ADDED in told(node)


def test_one_whose_sender_died_each_time_ends_too(node: Node) -> None:
    reach(node)
    tell(node)

    def die(_message_id: str) -> None:
        raise PowerCut

    for _ in range(delivery.MOST_ATTEMPTS):
        with pytest.raises(PowerCut):
            delivery.deliver(node.runtime, [Broken(die)])
        node.clock.now += delivery.LEASE
    assert delivery.deliver(node.runtime, [Broken(die)]) == 1
    assert states(node) == [("failed", delivery.MOST_ATTEMPTS + 1)]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Undelivered, match="folder_not_writable"):
        FileChannel("sms", tmp_path / "file" / "deeper").send("dlv_1", PHONE, "text")


def test_a_round_has_an_end(sqlite_node: Node, sms: FileChannel) -> None:
    reach(sqlite_node)
    for _ in range(3):
        tell(sqlite_node)
    assert delivery.deliver(sqlite_node.runtime, [sms], most=2) == 2
    assert delivery.deliver(sqlite_node.runtime, [sms], most=2) == 1


# ---- by hand in the database ----


def test_a_contact_changed_by_hand_is_noticed(node: Node, sms: FileChannel, folder: Path) -> None:
    reach(node)
    tell(node)
    with node.runtime.writing() as work:
        work.session.execute(text("UPDATE contact SET edu_id = :other"), {"other": OTHER})
    with node.runtime.reading() as work, pytest.raises(Tampered, match="row_altered"):
        outbox.check_all(work)
    with pytest.raises(Tampered, match="row_altered"):
        delivery.deliver(node.runtime, [sms])
    with node.runtime.writing() as work, pytest.raises(Tampered, match="row_altered"):
        outbox.tell(work, OTHER, Kind.LOCKED)
    assert not folder.exists()


def test_every_kind_has_a_text() -> None:
    assert [kind for kind in Kind if not texts.has("notices", kind.value)] == []
