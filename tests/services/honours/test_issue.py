"""The issuing job from approval to bundle: one certificate a row, whatever happens meanwhile."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crypto.provider import KeyRef, Provider, Use
from identity import approval, codes, credential
from services.audit import trail
from services.evidence.verdict import Outcome
from services.honours import approving, bundles, issue, signing
from services.honours.rows import Opened
from services.honours.signing import Made, Signed, Signer
from services.platform import issuing
from services.platform.errors import Conflict, Refused, Unavailable
from services.platform.jobs import queue
from services.platform.jobs.queue import LostLease
from services.platform.jobs.runner import Runner
from services.platform.record_keys import RecordKeys
from services.platform.work import Work
from services.registry import institutions, keys
from services.status import lists
from services.status.lists import Place
from tests.services import verifying
from tests.services.honours import classes, invariants, working
from tests.services.honours.classes import pupils
from tests.services.nodes import Node
from tests.services.registry import registrars


def test_a_batch_of_several_chunks(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issue, "CHUNK", 4)
    numbers = classes.issue(node, pupils(10))
    assert len(numbers) == 10
    assert numbers == sorted(numbers)
    invariants.check(node)
    data = bundles.of_number(node.runtime, numbers[3])
    assert verifying.offline(node, data).result is Outcome.VALID
    assert verifying.online(node, data).result is Outcome.VALID


def test_nothing_is_handed_out_before_its_anchor(sqlite_node: Node) -> None:
    batch_id = classes.approved(sqlite_node, pupils(1)).batch_id
    working.finish(sqlite_node.runtime, working.claimed(sqlite_node.runtime))
    [row] = classes.certificates(sqlite_node, batch_id)
    assert row["state"] == "SIGNED"
    with pytest.raises(Conflict, match="anchor_not_final"):
        bundles.of_number(sqlite_node.runtime, row["number"])
    registrars.anchor(sqlite_node)
    assert classes.states(sqlite_node, batch_id) == {"ISSUED": 1}
    assert bundles.of_number(sqlite_node.runtime, row["number"])


def test_a_new_key_signs_when_the_anchored_record_names_it(node: Node) -> None:
    school = node.ids["school-a"]
    first = classes.approved(node, pupils(2)).batch_id
    node.work()
    [old] = working.signers(node, first)
    node.clock.now += timedelta(seconds=1)
    new = registrars.new_key(node, school)

    second = classes.approved(node, pupils(2, first=2)).batch_id
    node.work()
    assert working.signers(node, second) == {old}, "no record names the new key yet"

    registrars.record(node, school)
    third = classes.approved(node, pupils(2, first=4)).batch_id
    assert working.waits_for(node, third) == "record_not_anchored"
    registrars.anchor(node)
    node.work()
    assert working.signers(node, third) == {new}
    for row in classes.certificates(node):
        data = bundles.of_number(node.runtime, row["number"])
        assert verifying.online(node, data).result is Outcome.VALID


def test_certificates_of_a_retired_key_stay_valid(node: Node) -> None:
    school = node.ids["school-a"]
    first = classes.approved(node, pupils(2)).batch_id
    node.work()
    [old] = working.signers(node, first)
    node.clock.now += timedelta(seconds=1)
    new = registrars.new_key(node, school)
    registrars.anchor(node)
    registrars.retire(node, old)

    second = classes.approved(node, pupils(2, first=2)).batch_id
    assert working.waits_for(node, second) == "issuer_key_not_recorded"
    registrars.record(node, school)
    registrars.anchor(node)
    node.work()
    assert working.signers(node, second) == {new}
    for row in classes.certificates(node):
        data = bundles.of_number(node.runtime, row["number"])
        for verdict in (verifying.offline(node, data), verifying.online(node, data)):
            assert verdict.result is Outcome.VALID, verifying.reasons(verdict)


def test_a_key_that_retires_while_a_chunk_is_signed_signs_nothing(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = sqlite_node
    [old] = {ref.kid for ref in _active(node)}
    registrars.new_key(node, node.ids["school-a"])
    batch_id = classes.approved(node, pupils(2)).batch_id
    registrars.anchor(node)
    make = signing.make
    done: list[bool] = []

    def retiring(signer: Signer, opened: Opened, signed: Signed) -> Made:
        if not done:
            done.append(True)
            registrars.retire(node, old)
        return make(signer, opened, signed)

    monkeypatch.setattr(signing, "make", retiring)
    assert working.waits_for(node, batch_id) == "issuer_key_not_recorded"
    assert not classes.certificates(node)


def _active(node: Node) -> list[KeyRef]:
    with node.runtime.reading() as work:
        return keys.active_issuer_refs(work, node.ids["school-a"])


def _end_accreditation(node: Node) -> None:
    school = node.ids["school-a"]
    with node.runtime.writing() as work:
        [held] = institutions.accreditations(work, institutions.load(work, school))
        institutions.end_accreditation(work, node.operator("registrar-1"), school, held["id"])


def test_numbers_of_a_batch_that_lost_its_right_are_void_and_logged(node: Node) -> None:
    before = classes.issue(node, pupils(2))
    batch_id = classes.approved(node, pupils(3, first=2)).batch_id
    registrars.anchor(node)
    _end_accreditation(node)
    with pytest.raises(Conflict, match="not_accredited"):
        node.approve(classes.draft(node, pupils(1, first=9)))
    node.work()
    assert classes.states(node, batch_id) == {"VOID": 3}
    assert {row["void_reason"] for row in classes.rows(node, batch_id)} == {"not_accredited"}
    assert working.progress(node, batch_id).state == "done"
    invariants.check(node)
    verdict = verifying.online(node, bundles.of_number(node.runtime, before[0]))
    assert verdict.result is Outcome.VALID


def test_a_pupil_who_has_the_award_by_then_gets_a_void_number(node: Node) -> None:
    batch_id = classes.draft(node, pupils(3))
    # Two drafts of one pupil cannot be made: take the first out of sight for a moment.
    classes.by_hand(
        node, "UPDATE batch_row SET state = 'CANCELLED' WHERE batch_id = :b", b=batch_id
    )
    other = classes.issue(node, [classes.pupil(1, xjh="", id="")])
    classes.by_hand(
        node, "UPDATE batch_row SET state = 'ON_NOTICE' WHERE batch_id = :b", b=batch_id
    )
    node.approve(batch_id)
    node.work()
    rows = classes.rows(node, batch_id)
    assert [row["void_reason"] for row in rows] == [None, "duplicate", None]
    assert len(other) == 1
    invariants.check(node)


def test_a_forgotten_pupil_gets_a_void_number(node: Node) -> None:
    batch_id = classes.approved(node, pupils(3)).batch_id
    gone = classes.rows(node, batch_id)[1]["id"]
    with node.runtime.writing() as work:
        RecordKeys.of(node.runtime).destroy(work, [gone])
    node.work()
    assert classes.states(node, batch_id) == {"ISSUED": 2, "VOID": 1}
    assert classes.rows(node, batch_id)[1]["void_reason"] == "forgotten"
    invariants.check(node)


def test_an_approved_batch_finishes_after_the_approvals_life(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue, "CHUNK", 2)
    batch_id = classes.approved(node, pupils(4)).batch_id
    lease = issue.run(node.runtime, working.claimed(node.runtime))
    assert (lease.done, lease.ended) == (2, False)
    node.clock.now += approval.LIFE * 2
    lease = working.claimed(node.runtime)  # the first worker is long dead
    working.finish(node.runtime, lease)
    registrars.anchor(node)
    assert classes.states(node, batch_id) == {"ISSUED": 4}
    invariants.check(node)


def test_two_that_draw_one_place_in_the_list_draw_again(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes.approved(node, pupils(3))
    register = lists.register
    tries: list[int] = []

    def register_late(work: Work, credentials: Sequence[tuple[bytes, Place]]) -> None:
        """Somebody else takes one of the places between our look and our insert."""
        if not tries:
            tries.append(1)
            _, place = credentials[1]
            register(work, [(bytes(32), place)])
        register(work, credentials)

    monkeypatch.setattr(lists, "register", register_late)
    node.work()
    assert tries == [1]
    assert Counter(row["state"] for row in classes.certificates(node)) == {"ISSUED": 3}
    invariants.check(node)


def test_a_list_that_is_half_full_is_followed_by_another(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue, "CHUNK", 4)
    monkeypatch.setattr(lists, "LIST_SIZE", 16)
    classes.small_list(node, 16)
    numbers = classes.issue(node, pupils(14))
    assert Counter(_list_of(node, number) for number in numbers) == {1: 8, 2: 6}
    for number in (numbers[0], numbers[13]):
        verdict = verifying.online(node, bundles.of_number(node.runtime, number))
        assert verdict.result is Outcome.VALID
    invariants.check(node)


def _list_of(node: Node, number: str) -> int:
    with node.runtime.reading() as work:
        held = bundles.open_certificate(work, number)
        body = credential.parse(held.text).body
    return int(body.status.uri.rsplit("/", 1)[1])


def test_contention_without_end_is_tried_again_later(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    classes.approved(sqlite_node, pupils(1))

    def always(*_: object) -> None:
        raise Conflict("already_exists")

    monkeypatch.setattr(lists, "register", always)
    with pytest.raises(Unavailable, match="issuing_contended"):
        issue.run(sqlite_node.runtime, working.claimed(sqlite_node.runtime))


def test_a_number_keeps_the_year_of_its_approval_and_the_entry_that_of_its_own(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue, "CHUNK", 2)
    new_year = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
    node.clock.now = new_year - timedelta(minutes=2)
    registrars.trust(node)
    batch_id = classes.approved(node, pupils(4)).batch_id
    issue.run(node.runtime, working.claimed(node.runtime))
    node.clock.now = new_year + timedelta(minutes=5)
    working.finish(node.runtime, working.claimed(node.runtime))
    with node.runtime.writing() as work:
        issuing.close_old_years(work)
    registrars.anchor(node)
    rows = classes.certificates(node, batch_id)
    assert [codes.parse_number(row["number"]).year for row in rows] == [2026] * 4
    assert [row["log_origin"][-4:] for row in rows] == ["2026", "2026", "2027", "2027"]
    assert {row["state"] for row in rows} == {"ISSUED"}
    for row in rows:
        data = bundles.of_number(node.runtime, row["number"])
        assert verifying.offline(node, data).result is Outcome.VALID
    [next_year] = classes.issue(node, pupils(1, first=4))
    assert next_year == codes.number("3141000001", 2027, "comprehensive", 1)
    invariants.check(node)


class _Faulty:
    """A device that flips a bit of its second signature from now on."""

    name = "faulty"
    certified = False

    def __init__(self, provider: Provider) -> None:
        self._device = provider.device
        self.signed = 0

    def generate(self, use: Use) -> KeyRef:
        return self._device.generate(use)

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        signature = bytearray(self._device.sign_e(ref, e))
        self.signed += 1
        if self.signed >= 2:
            signature[-1] ^= 1
        return bytes(signature)


def _raise_alarm(node: Node, name: str, code: str) -> None:
    with node.runtime.writing() as work:
        trail.raise_alarm(work, name, code)


def test_a_faulty_signature_leaves_no_row_and_raises_an_alarm(node: Node) -> None:
    batch_id = classes.approved(node, pupils(3)).batch_id
    device = _Faulty(node.runtime.provider)
    faulty = replace(node.runtime, provider=Provider(device, check=approval.authorize))
    runner = Runner(
        faulty,
        {approving.JOB: issue.run},
        owner="test",
        alarm=lambda name, code: _raise_alarm(node, name, code),
    )
    assert runner.do_job()
    assert device.signed == 2
    assert not classes.certificates(node)
    assert working.progress(node, batch_id).state == "queued"
    with node.runtime.reading() as work:
        assert trail.alarms(work) == [(approving.JOB, "signature_fault")]
    node.work()
    assert classes.states(node, batch_id) == {"ISSUED": 3}
    invariants.check(node)


def test_a_job_that_failed_is_queued_again_for_what_is_left(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue, "CHUNK", 2)
    batch_id = classes.approved(node, pupils(5)).batch_id
    lease = issue.run(node.runtime, working.claimed(node.runtime))
    with node.runtime.writing() as work:
        queue.fail(work, lease, code="row_altered")
    actor = node.operator("school-a-approver")
    with node.runtime.writing() as work, pytest.raises(Refused, match="role_missing"):
        approving.resume(work, node.operator("school-a-preparer"), batch_id)
    with node.runtime.writing() as work:
        approving.resume(work, actor, batch_id)
    assert working.progress(node, batch_id).total == 3
    node.work()
    assert classes.states(node, batch_id) == {"ISSUED": 5}
    with node.runtime.writing() as work, pytest.raises(Conflict, match="batch_not_approved"):
        approving.resume(work, actor, batch_id)
    invariants.check(node)


def test_a_worker_that_lost_its_lease_writes_nothing(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers have one job: the first slept over its lease in the middle of a chunk."""
    monkeypatch.setattr(issue, "CHUNK", 2)
    batch_id = classes.approved(node, pupils(5)).batch_id
    first = working.claimed(node.runtime, "sleeper")
    make = signing.make
    second: list[Any] = []

    def sleeping(signer: Signer, opened: Opened, signed: Signed) -> Made:
        if not second:
            node.clock.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
            second.append(working.claimed(node.runtime, "other"))
            second.append(issue.run(node.runtime, second[0]))
        return make(signer, opened, signed)

    monkeypatch.setattr(signing, "make", sleeping)
    with pytest.raises(LostLease):
        issue.run(node.runtime, first)
    assert len(classes.certificates(node, batch_id)) == 2
    with pytest.raises(LostLease):
        issue.run(node.runtime, first)
    working.finish(node.runtime, second[1])
    registrars.anchor(node)
    assert classes.states(node, batch_id) == {"ISSUED": 5}
    invariants.check(node)
