"""Changes of status by two people, one and in bulk, and what a stranger sees of them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crypto import jws
from crypto.errors import CryptoUnavailable
from identity import approval, credential
from identity.errors import InvalidApproval, InvalidCode
from identity.levels import Role
from services.audit import trail
from services.evidence.verdict import Outcome, Verdict
from services.honours import approving, bundles, changes, programmes, queries, signing
from services.honours.programmes import NewProgramme
from services.honours.rows import Opened
from services.honours.signing import Made, Signed, Signer
from services.platform.errors import Conflict, Invalid, NotFound, Refused, Tampered
from services.registry import keys
from services.status import lists
from tests.services import verifying
from tests.services.honours import classes, invariants, working
from tests.services.honours.classes import CADRE, MODEL, pupil, pupils
from tests.services.nodes import Node
from tests.services.registry import registrars


def state(node: Node, number: str) -> str:
    with node.runtime.reading() as work:
        found = queries.certificate(work.session, number)
    assert found is not None
    return str(found["state"])


def status(verdict: Verdict) -> tuple[str, str]:
    return verdict.result.value, verdict.finding("status").reason


def test_what_a_verifier_sees_of_a_revocation(node: Node) -> None:
    number, other = classes.issue(node, pupils(2))
    old = bundles.of_number(node.runtime, number)
    assert status(verifying.online(node, old)) == ("valid", "valid")

    node.clock.now += timedelta(minutes=5)
    revoked_at = node.clock.now
    classes.change(node, "revoke", [number], "issued_in_error")
    node.clock.now += timedelta(minutes=1)

    # The list tells at once, whatever bundle is asked for; the old bundle alone cannot know.
    assert status(verifying.online(node, old)) == ("invalid", "revoked")
    assert status(verifying.offline(node, old)) == ("valid", "valid")
    new = bundles.of_number(node.runtime, number)
    verdict = verifying.offline(node, new)
    assert status(verdict) == ("invalid", "revoked")
    since = verdict.finding("status").at
    assert since is not None
    assert timedelta() <= since - revoked_at < timedelta(minutes=1)
    before = verifying.offline(node, new, as_of=revoked_at - timedelta(minutes=1))
    assert before.finding("status").reason != "revoked"
    assert status(verifying.online(node, bundles.of_number(node.runtime, other)))[0] == "valid"
    invariants.check(node)


def test_suspended_and_lifted_and_revoked(node: Node) -> None:
    [number] = classes.issue(node, pupils(1))
    data = bundles.of_number(node.runtime, number)
    for action, said, kept in (
        ("suspend", ("invalid", "suspended"), "SUSPENDED"),
        ("lift", ("valid", "valid"), "ISSUED"),
        ("suspend", ("invalid", "suspended"), "SUSPENDED"),
        ("revoke", ("invalid", "revoked"), "REVOKED"),
    ):
        classes.change(node, action, [number], "under_dispute")
        assert state(node, number) == kept
        assert status(verifying.online(node, data)) == said
        fresh = bundles.of_number(node.runtime, number)
        assert status(verifying.offline(node, fresh)) == said
    with node.runtime.reading() as work:
        history = [row["action"] for row in queries.status_changes(work.session, number)]
    assert history == ["suspend", "lift", "suspend", "revoke"]
    invariants.check(node)


def test_a_revoked_pupil_may_have_the_award_again(node: Node) -> None:
    [number] = classes.issue(node, pupils(1))
    classes.change(node, "suspend", [number])
    assert not classes.examine(node, pupils(1)).is_clean
    classes.change(node, "revoke", [number])
    [again] = classes.issue(node, pupils(1))
    assert (state(node, number), state(node, again)) == ("REVOKED", "ISSUED")
    invariants.check(node)


def test_many_in_one_request(node: Node) -> None:
    numbers = classes.issue(node, pupils(60))
    request_id = classes.ask(node, "revoke", numbers[:50])
    actor = node.operator("school-a-approver")
    done = changes.approve(node.runtime, actor, request_id, **node.proof("school-a-approver"))
    assert done == 50
    assert {state(node, number) for number in numbers[:50]} == {"REVOKED"}
    for number, outcome in ((numbers[7], Outcome.INVALID), (numbers[55], Outcome.VALID)):
        data = bundles.of_number(node.runtime, number)
        assert verifying.online(node, data).result is outcome
    invariants.check(node)


def approve(node: Node, login: str, request_id: str) -> int:
    return changes.approve(node.runtime, node.operator(login), request_id, **node.proof(login))


def test_it_takes_two_people_of_the_school(sqlite_issued: Node) -> None:
    node = sqlite_issued
    number, foreign = node.numbers("school-a")[0], node.numbers("school-b")[0]
    double = node.operator("school-a-double")
    with node.runtime.writing() as work:
        own = changes.ask(work, double, action="revoke", reason="other", numbers=[number])
    with pytest.raises(Refused, match="approver_is_preparer"):
        approve(node, "school-a-double", own)
    for login in ("school-a-preparer", "school-b-approver", "registrar-1"):
        with pytest.raises(Refused, match="role_missing"):
            approve(node, login, own)
    for login in ("school-a-approver", "registrar-1", "school-b-preparer"):
        actor = node.operator(login)
        with node.runtime.writing() as work, pytest.raises((Refused, NotFound)):
            changes.ask(work, actor, action="revoke", reason="other", numbers=[number])
    preparer = node.operator("school-a-preparer")
    with node.runtime.writing() as work, pytest.raises(NotFound, match="certificate_unknown"):
        changes.ask(work, preparer, action="revoke", reason="other", numbers=[foreign])
    assert state(node, number) == "ISSUED"
    assert approve(node, "school-a-approver", own) == 1
    assert state(node, number) == "REVOKED"


@pytest.mark.parametrize(
    ("changed", "kind", "code"),
    [
        ({"action": "delete"}, Invalid, "change_reason"),
        ({"action": "supersede"}, Invalid, "change_reason"),
        ({"reason": "because"}, Invalid, "change_reason"),
        ({"numbers": []}, Invalid, "change_numbers"),
        ({"numbers": 2}, Invalid, "change_numbers"),
        ({"numbers": ["34410000012026H000123X"]}, InvalidCode, "certificate_number"),
        ({"numbers": ["34410000012026H000123W"]}, NotFound, "certificate_unknown"),
        ({"action": "lift"}, Conflict, "event_not_possible"),
    ],
)
def test_what_cannot_be_asked(
    sqlite_issued: Node, changed: dict[str, Any], kind: type[Exception], code: str
) -> None:
    node = sqlite_issued
    asked: dict[str, Any] = {"action": "revoke", "reason": "other", "numbers": 1, **changed}
    if isinstance(asked["numbers"], int):
        asked["numbers"] = [node.numbers()[0]] * asked["numbers"]
    actor = node.operator("school-a-preparer")
    with node.runtime.writing() as work, pytest.raises(kind, match=code):
        changes.ask(work, actor, **asked)


def test_a_request_is_decided_once(sqlite_issued: Node) -> None:
    node = sqlite_issued
    number, other = node.numbers()[:2]
    refused = classes.ask(node, "revoke", [number])
    approver = node.operator("school-a-approver")
    with node.runtime.writing() as work:
        with pytest.raises(Refused, match="role_missing"):
            changes.refuse(work, node.operator("school-a-preparer"), refused)
        changes.refuse(work, approver, refused)
    with node.runtime.writing() as work, pytest.raises(Conflict, match="request_not_open"):
        changes.refuse(work, approver, refused)
    with pytest.raises(Conflict, match="request_not_open"):
        approve(node, "school-a-approver", refused)
    done = classes.change(node, "revoke", [other])
    with pytest.raises(Conflict, match="request_not_open"):
        approve(node, "school-a-approver", done)
    with node.runtime.reading() as work, pytest.raises(NotFound, match="request_unknown"):
        changes.load(work, "req_0")
    assert (state(node, number), state(node, other)) == ("ISSUED", "REVOKED")


def test_a_request_that_the_world_overtook_changes_nothing(sqlite_issued: Node) -> None:
    node = sqlite_issued
    numbers = node.numbers()[:3]
    late = classes.ask(node, "suspend", numbers)
    classes.change(node, "revoke", [numbers[1]])
    with pytest.raises(Conflict, match="event_not_possible"):
        approve(node, "school-a-approver", late)
    assert [state(node, each) for each in numbers] == ["ISSUED", "REVOKED", "ISSUED"]
    invariants.check(node)


def test_a_request_changed_by_hand_is_refused(sqlite_issued: Node) -> None:
    node = sqlite_issued
    first, second = node.numbers()[:2]
    request_id = classes.ask(node, "revoke", [first])
    change = "UPDATE status_request SET numbers = :numbers"
    classes.by_hand(node, change, numbers=f'["{second}"]')
    with pytest.raises(Tampered, match="row_altered"):
        approve(node, "school-a-approver", request_id)
    assert state(node, second) == "ISSUED"


def test_two_approvals_of_one_request_at_once(issued: Node) -> None:
    node = issued
    node.add_operator("second", (Role.APPROVER, node.ids["school-a"]))
    request_id = classes.ask(node, "revoke", node.numbers()[:5])
    people = [(node.operator(n), node.proof(n)) for n in ("school-a-approver", "second")]

    def attempt(one: tuple[Any, dict[str, str]]) -> int:
        with suppress(Conflict):
            return changes.approve(node.runtime, one[0], request_id, **one[1])
        return 0

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, people)) == [0, 5]
    invariants.check(node)


def test_two_requests_for_one_certificate_at_once(issued: Node) -> None:
    node = issued
    node.add_operator("second", (Role.APPROVER, node.ids["school-a"]))
    numbers = node.numbers()[:6]
    requests = [classes.ask(node, "revoke", numbers[:4]), classes.ask(node, "suspend", numbers[2:])]
    people = [(node.operator(n), node.proof(n)) for n in ("school-a-approver", "second")]

    def attempt(index: int) -> bool:
        actor, proof = people[index]
        with suppress(Conflict):
            return bool(changes.approve(node.runtime, actor, requests[index], **proof))
        return False

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(attempt, (0, 1))
    # Suspended ones may still be revoked; revoked ones may not be suspended.
    assert first
    assert [state(node, each) for each in numbers[:4]] == ["REVOKED"] * 4
    assert [state(node, each) for each in numbers[4:]] == ["SUSPENDED" if second else "ISSUED"] * 2
    invariants.check(node)


def test_a_list_that_cannot_be_signed_now_is_signed_by_the_worker(
    sqlite_issued: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = sqlite_issued
    number = node.numbers()[0]
    data = bundles.of_number(node.runtime, number)
    with monkeypatch.context() as patch:

        def no_key(*_: object) -> None:
            raise CryptoUnavailable("signature_fault")

        patch.setattr(keys, "node_ref", no_key)
        classes.change(node, "revoke", [number])
    with node.runtime.reading() as work:
        assert (lists.ALARM, "signature_fault") in trail.alarms(work)
    assert status(verifying.online(node, data))[0] == "valid"
    assert lists.publish(node.runtime) == 1
    assert status(verifying.online(node, data)) == ("invalid", "revoked")


def correct(node: Node, rows: Sequence[classes.Pupil], **order: Any) -> list[str]:
    return classes.issue(node, rows, corrects=True, **order)


def test_a_correction_names_and_replaces(node: Node) -> None:
    first, second = classes.issue(node, pupils(2))
    old = bundles.of_number(node.runtime, first)
    renamed = pupil(0, name="赵子龙")
    [successor] = correct(node, [renamed])
    assert (state(node, first), state(node, second)) == ("SUPERSEDED", "ISSUED")
    assert state(node, successor) == "ISSUED"

    verdict = verifying.online(node, bundles.of_number(node.runtime, first))
    assert status(verdict) == ("invalid", "superseded")
    assert successor in str(verdict.to_json())
    assert status(verifying.online(node, old)) == ("invalid", "superseded")
    new = verifying.online(node, bundles.of_number(node.runtime, successor))
    assert new.result is Outcome.VALID
    assert new.shown is not None
    assert new.shown.claims["name"] == "赵子龙"
    with node.runtime.reading() as work:
        held = bundles.open_certificate(work, successor)
        replaced = queries.certificate(work.session, first)
        assert replaced is not None
        assert credential.parse(held.text).body.supersedes == replaced["credential"]
        assert held.row["supersedes"] == first
    invariants.check(node)


def test_a_correction_of_award_and_identifiers(node: Node) -> None:
    """What was wrong may be the award, or an identifier: any that is shared finds the pupil."""
    first, second = classes.issue(node, pupils(2))
    [one] = correct(node, [pupil(0, CADRE)])
    [two] = correct(node, [pupil(1, xjh="", id="", no="00001")])
    assert [state(node, each) for each in (first, second, one, two)] == [
        "SUPERSEDED",
        "SUPERSEDED",
        "ISSUED",
        "ISSUED",
    ]
    [three] = correct(node, [pupil(1, CADRE)])
    assert state(node, three) == "ISSUED"
    invariants.check(node)


@pytest.mark.parametrize("rows", [[pupil(5)], [pupil(0), pupil(5)]])
def test_a_correction_must_find_its_certificate(
    sqlite_node: Node, rows: list[classes.Pupil]
) -> None:
    classes.issue(sqlite_node, pupils(2))
    with pytest.raises(Invalid, match="correction_nothing"):
        classes.draft(sqlite_node, rows, corrects=True)


def test_a_correction_must_find_one_certificate_alone(sqlite_node: Node) -> None:
    node = sqlite_node
    programme_id = _any_award(node)
    classes.issue(node, [pupil(0, MODEL), pupil(0, CADRE)], programme_id=programme_id)
    with pytest.raises(Invalid, match="correction_ambiguous"):
        classes.draft(node, [pupil(0, "优秀团员")], corrects=True, programme_id=programme_id)
    [number] = correct(node, [pupil(0, MODEL, name="赵子龙")], programme_id=programme_id)
    assert state(node, number) == "ISSUED"


def test_two_rows_cannot_correct_one_certificate(sqlite_node: Node) -> None:
    node = sqlite_node
    programme_id = _any_award(node)
    classes.issue(node, [pupil(0, MODEL)], programme_id=programme_id)
    rows = [pupil(0, CADRE), pupil(0, "优秀团员")]
    with pytest.raises(Invalid, match="correction_twice"):
        classes.draft(node, rows, corrects=True, programme_id=programme_id)


def _any_award(node: Node) -> str:
    order = NewProgramme(
        institution_id=node.ids["school-a"],
        name="不限奖项的表彰",
        category="moral",
        level="school",
        awards=(),
        statement=None,
        contest=False,
        approval_number=None,
        notice_days=0,
        open_from="2026-01-01",
        open_to=None,
    )
    with node.runtime.writing() as work:
        return programmes.create(work, node.operator("school-a-preparer"), order)


def test_a_certificate_is_corrected_by_one_draft_at_a_time(sqlite_node: Node) -> None:
    node = sqlite_node
    classes.issue(node, pupils(1))
    classes.draft(node, [pupil(0, name="赵子龙")], corrects=True)
    again = classes.examine(node, [pupil(0, name="赵云")], corrects=True)
    assert [each.code for each in again.problems] == ["duplicate_in_database"]
    with pytest.raises(Invalid, match="correction_nothing"):
        classes.draft(node, [pupil(0, CADRE)], corrects=True)


def _two_corrections(node: Node) -> tuple[str, str, str]:
    """Return a certificate and two approved batches that replace it, against all rules."""
    [number] = classes.issue(node, pupils(1))
    one = classes.draft(node, [pupil(0, name="赵子龙")], corrects=True)
    hide = "UPDATE batch_row SET state = :state, supersedes = :number WHERE batch_id = :batch"
    classes.by_hand(node, hide, state="CANCELLED", number=None, batch=one)
    two = classes.draft(node, [pupil(0, name="赵云")], corrects=True)
    classes.by_hand(node, hide, state="ON_NOTICE", number=number, batch=one)
    for batch_id in (one, two):
        node.approve(batch_id)
    return number, one, two


def test_a_certificate_has_one_successor(node: Node) -> None:
    number, one, two = _two_corrections(node)
    node.work()
    found = [classes.states(node, each) for each in (one, two)]
    assert sorted(found, key=str) == [{"ISSUED": 1}, {"VOID": 1}]
    reasons = {row["void_reason"] for each in (one, two) for row in classes.rows(node, each)}
    assert reasons == {None, "successor_exists"}
    assert state(node, number) == "SUPERSEDED"
    invariants.check(node)


def test_two_workers_give_it_one_successor_too(postgres_node: Node) -> None:
    node = postgres_node
    number, one, two = _two_corrections(node)
    leases = [working.claimed(node.runtime, name) for name in ("first", "second")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda lease: working.finish(node.runtime, lease), leases))
    registrars.anchor(node)
    found = [classes.states(node, each) for each in (one, two)]
    assert sorted(found, key=str) == [{"ISSUED": 1}, {"VOID": 1}]
    assert state(node, number) == "SUPERSEDED"
    invariants.check(node)


def test_what_was_revoked_before_its_correction_was_issued_has_no_successor(node: Node) -> None:
    [number] = classes.issue(node, pupils(1))
    batch_id = classes.approved(node, [pupil(0, name="赵子龙")], corrects=True).batch_id
    classes.change(node, "revoke", [number])
    node.work()
    [row] = classes.rows(node, batch_id)
    assert (row["state"], row["void_reason"]) == ("VOID", "replaced_not_live")
    assert state(node, number) == "REVOKED"
    invariants.check(node)


def test_revoked_between_signing_and_storing(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = sqlite_node
    [number] = classes.issue(node, pupils(1))
    batch_id = classes.approved(node, [pupil(0, name="赵子龙")], corrects=True).batch_id
    make = signing.make
    done: list[str] = []

    def revoking(signer: Signer, opened: Opened, signed: Signed) -> Made:
        if not done:
            done.append(classes.change(node, "revoke", [number]))
        return make(signer, opened, signed)

    monkeypatch.setattr(signing, "make", revoking)
    node.work()
    assert [row["void_reason"] for row in classes.rows(node, batch_id)] == ["replaced_not_live"]
    invariants.check(node)


def test_a_correction_waits_for_the_anchor_of_what_it_replaces(node: Node) -> None:
    first = classes.approved(node, pupils(1)).batch_id
    working.finish(node.runtime, working.claimed(node.runtime))
    assert classes.states(node, first) == {"SIGNED": 1}
    second = classes.approved(node, [pupil(0, name="赵子龙")], corrects=True).batch_id
    assert working.waits_for(node, second) == "replaced_not_anchored"
    registrars.anchor(node)
    node.work()
    assert classes.states(node, first) == {"SUPERSEDED": 1}
    assert classes.states(node, second) == {"ISSUED": 1}
    invariants.check(node)


def test_bulk_correction(node: Node) -> None:
    old = classes.issue(node, pupils(30))
    new = correct(node, [pupil(number, name="王" + classes.GIVEN[number]) for number in range(20)])
    assert [state(node, each) for each in old] == ["SUPERSEDED"] * 20 + ["ISSUED"] * 10
    assert {state(node, each) for each in new} == {"ISSUED"}
    invariants.check(node)


def test_changes_are_approved_to_the_last_row(sqlite_issued: Node) -> None:
    """A manifest is good for its own changes alone, whatever the request's row says later."""
    node = sqlite_issued
    first, second = node.numbers()[:2]
    request_id = classes.change(node, "suspend", [first])
    with node.runtime.reading() as work:
        request = changes.load(work, request_id)
        bound = approving.bound(work, request)
        credential_of = {
            number: queries.certificates_of(work.session, [number])[number]["credential"]
            for number in (first, second)
        }
    change = approval.Change(first, credential_of[first], "suspend", "facts_wrong")
    salt = jws.unb64u(request["salts"][2:-2])
    approval.check_change(bound.grounds, change, position=0, salt=salt)
    for wrong in (
        replace(change, number=second),
        replace(change, credential=credential_of[second]),
        replace(change, reason="other"),
    ):
        with pytest.raises(InvalidApproval, match="approval_row"):
            approval.check_change(bound.grounds, wrong, position=0, salt=salt)
    revoke = replace(change, action="revoke")
    with pytest.raises(InvalidApproval, match="approval_action"):
        approval.check_change(bound.grounds, revoke, position=0, salt=salt)


def test_a_revocation_undone_by_hand_is_never_lifted(node: Node) -> None:
    [number] = classes.issue(node, pupils(1))
    classes.change(node, "revoke", [number], "issued_in_error")
    data = bundles.of_number(node.runtime, number)
    classes.by_hand(node, "UPDATE certificate SET state = 'SUSPENDED'")
    with pytest.raises(Tampered):
        classes.change(node, "lift", [number], "dispute_settled")
    assert status(verifying.online(node, data)) == ("invalid", "revoked")


ROW_BY_HAND = {
    "another institution": (
        "institution_id = (SELECT min(id) FROM institution WHERE id <> certificate.institution_id)"
    ),
    "another code": "code_digest = credential",
    "another credential": "credential = code_digest",
    "another entry": "log_index = log_index - 1",
}


@pytest.mark.parametrize("changed", ROW_BY_HAND.values(), ids=ROW_BY_HAND.keys())
def test_a_certificates_row_is_what_is_sealed_in_it(node: Node, changed: str) -> None:
    [number] = classes.issue(node, pupils(1))
    assert bundles.of_number(node.runtime, number)
    classes.by_hand(node, f"UPDATE certificate SET {changed}")
    with pytest.raises(Tampered):
        bundles.of_number(node.runtime, number)
