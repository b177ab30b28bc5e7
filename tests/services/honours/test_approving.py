"""Two people: who may approve what and when, and that nothing else is ever signed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, select, update

from crypto import canonical, jws, sm2, sm4
from crypto.errors import CryptoUnavailable, InvalidCiphertext, NotAuthorized
from crypto.provider import KeyRef, Provider, Use
from identity import approval, codes
from identity.credential_types import NOTICE_SENTENCE
from identity.errors import InvalidCredential
from identity.levels import Role
from services.accounts import operators
from services.accounts.operators import Operator
from services.evidence.verdict import Outcome
from services.honours import approving, bundles, drafting, issue, programmes, queries, rows
from services.honours.approving import Approved
from services.honours.programmes import NewProgramme
from services.honours.rows import Opened
from services.honours.tables import APPROVAL, BATCH, PROGRAMME
from services.platform import guarded
from services.platform.errors import Conflict, Invalid, Refused, Tampered, Unauthenticated
from services.platform.jobs.runner import Runner
from services.platform.record_keys import RecordKeys
from services.platform.work import Work
from services.registry import institutions
from services.registry.institutions import NewAccreditation
from tests.services import verifying
from tests.services.honours import classes, invariants, working
from tests.services.honours.classes import pupils
from tests.services.nodes import Node


def approve(node: Node, login: str, batch_id: str) -> Approved:
    actor = node.operator(login)
    return approving.approve(node.runtime, actor, batch_id, **node.proof(login))


def nothing_happened(node: Node, batch_id: str) -> None:
    assert classes.states(node, batch_id) == {"ON_NOTICE": 2}
    assert not classes.certificates(node)
    with node.runtime.reading() as work:
        assert queries.approval_of(work.session, batch_id) is None
    invariants.check(node)


def test_nobody_approves_what_he_prepared(sqlite_node: Node) -> None:
    node = sqlite_node
    actor = node.operator("school-a-double")
    made = drafting.draft(node.runtime, actor, node.order(), classes.roster(pupils(2)), "名单.csv")
    assert made[0] is not None
    with pytest.raises(Refused, match="approver_is_preparer"):
        approve(node, "school-a-double", made[0])
    nothing_happened(node, made[0])
    approve(node, "school-a-approver", made[0])


def test_two_accounts_are_one_person(sqlite_node: Node) -> None:
    """The preparer has a second account, with the approver's role: the document tells."""
    node = sqlite_node
    school = node.ids["school-a"]
    one = node.add_operator("teacher", (Role.PREPARER, school), number="TEACHER-1")
    two = node.add_operator("deputy-head", (Role.APPROVER, school), number=" teacher-1 ")
    assert one.edu_id == two.edu_id
    batch_id = _draft_as(node, one)
    with pytest.raises(Refused, match="approver_is_preparer"):
        approve(node, "deputy-head", batch_id)
    nothing_happened(node, batch_id)


def _draft_as(node: Node, actor: Operator) -> str:
    data = classes.roster(pupils(2))
    batch_id, _ = drafting.draft(node.runtime, actor, node.order(), data, "名单.csv")
    assert batch_id is not None
    return batch_id


@pytest.mark.parametrize("login", ["school-b-approver", "school-a-preparer", "registrar-1"])
def test_only_an_approver_of_the_school_approves(sqlite_node: Node, login: str) -> None:
    batch_id = classes.draft(sqlite_node, pupils(2))
    with pytest.raises(Refused, match="role_missing"):
        approve(sqlite_node, login, batch_id)
    nothing_happened(sqlite_node, batch_id)


def test_an_approval_needs_both_factors_of_its_approver(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = classes.draft(node, pupils(2))
    actor = node.operator("school-a-approver")
    right = node.proof("school-a-approver")
    other = node.proof("school-b-approver")
    for proof in ({**right, "password": "wrong"}, {**right, "code": "000000"}, other):
        with pytest.raises(Unauthenticated, match="sign_in_refused"):
            approving.approve(node.runtime, actor, batch_id, **proof)
    nothing_happened(node, batch_id)
    approving.approve(node.runtime, actor, batch_id, **right)
    with pytest.raises(Conflict, match="batch_not_draft"):
        approving.approve(node.runtime, actor, batch_id, **right)


def test_the_notice_must_be_over(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = classes.draft(node, pupils(2), notice_to="2026-11-24")
    with pytest.raises(Conflict, match="notice_over"):
        approve(node, "school-a-approver", batch_id)
    nothing_happened(node, batch_id)
    node.clock.now = node.clock.now.replace(hour=15, minute=59, second=59)  # 23:59:59 in Shanghai
    with pytest.raises(Conflict, match="notice_over"):
        approve(node, "school-a-approver", batch_id)
    node.clock.now += timedelta(seconds=1)
    approve(node, "school-a-approver", batch_id)


def test_a_disputed_row_holds_the_batch_up(sqlite_node: Node) -> None:
    batch_id = classes.draft(sqlite_node, pupils(2))
    with sqlite_node.runtime.writing() as work:
        rows.change(work, [(_rows(work, batch_id)[1], {"state": "DISPUTED"})])
    with pytest.raises(Conflict, match="event_not_possible"):
        approve(sqlite_node, "school-a-approver", batch_id)


def test_a_refused_approval_costs_no_code(sqlite_node: Node) -> None:
    node = sqlite_node
    early = classes.draft(node, pupils(2), notice_to="2026-11-24")
    actor, proof = node.operator("school-a-approver"), node.proof("school-a-approver")
    with pytest.raises(Conflict, match="notice_over"):
        approving.approve(node.runtime, actor, early, **proof)
    approving.approve(node.runtime, actor, classes.draft(node, pupils(2, first=2)), **proof)


def test_of_two_approvers_at_once_one_succeeds(node: Node) -> None:
    batch_id = classes.draft(node, pupils(2))
    school = node.ids["school-a"]
    logins = ["school-a-approver", "second", "third"]
    for login in logins[1:]:
        node.add_operator(login, (Role.APPROVER, school))
    work = [(node.operator(login), node.proof(login)) for login in logins]

    def attempt(actor: Operator, proof: dict[str, str]) -> Approved | None:
        with suppress(Conflict):
            return approving.approve(node.runtime, actor, batch_id, **proof)
        return None

    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda one: attempt(*one), work))
    assert len([each for each in done if each]) == 1
    node.work()
    assert classes.states(node, batch_id) == {"ISSUED": 2}
    invariants.check(node)


def test_a_role_that_was_withdrawn_meanwhile_counts_no_more(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = classes.draft(node, pupils(2))
    actor = node.operator("school-a-approver")
    with node.runtime.writing() as work:
        registrar = node.operator("registrar-1")
        operators.withdraw(work, registrar, actor.id, Role.APPROVER, node.ids["school-a"])
    with pytest.raises(Refused, match="role_missing"):
        approving.approve(node.runtime, actor, batch_id, **node.proof("school-a-approver"))
    nothing_happened(node, batch_id)


def test_a_level_above_the_issuers_is_not_approved(sqlite_node: Node) -> None:
    """Even where the programme's row was written by hand: it does not carry our MAC."""
    node = sqlite_node
    batch_id = classes.draft(node, pupils(2))
    classes.by_hand(node, "UPDATE programme SET level = 'provincial'")
    with pytest.raises(Tampered, match="row_altered"):
        approve(node, "school-a-approver", batch_id)


def test_a_school_cannot_be_accredited_above_itself(sqlite_node: Node) -> None:
    node = sqlite_node
    order = NewAccreditation("honour/1", ("school", "city"), node.clock.now, None)
    with node.runtime.writing() as work, pytest.raises(Invalid, match="level_too_high"):
        institutions.accredit(work, node.operator("registrar-1"), node.ids["school-a"], order)


Tamper = Callable[[Work, str], None]


def _restamped(work: Work, table: Table, row_id: str, **values: Any) -> None:
    """Change a row as somebody would who has the node's MAC key, too."""
    found = work.session.execute(select(table).where(table.c.id == row_id)).mappings().one()
    row = {name: value for name, value in found.items() if name != "mac"} | values
    stamped = guarded.stamp(work.protect, table, row)
    work.session.execute(update(table).where(table.c.id == row_id).values(stamped))


def _approval(work: Work, batch_id: str) -> Any:
    found = queries.approval_of(work.session, batch_id)
    assert found is not None
    return found


def _payload(work: Work, batch_id: str) -> dict[str, Any]:
    document: Any = canonical.loads(_approval(work, batch_id)["document"].encode())
    payload: Any = canonical.loads(jws.unb64u(document["payload"]))
    return dict(payload)


def _reseal(work: Work, batch_id: str, payload: Any) -> None:
    """Put another document under a key that is not the approver's."""
    key = sm2.generate()
    sign = lambda message: sm2.sign(key, message)  # noqa: E731
    document = jws.seal_document(payload, typ=approval.TYP, signers=[(key.public.kid, sign)])
    found = _approval(work, batch_id)
    _restamped(work, APPROVAL, found["id"], document=canonical.dumps(document).decode())


def forged(work: Work, batch_id: str) -> None:
    _reseal(work, batch_id, _payload(work, batch_id))


def one_bit(work: Work, batch_id: str) -> None:
    found = _approval(work, batch_id)
    document = found["document"].replace('"payload":"ey', '"payload":"eY', 1)
    _restamped(work, APPROVAL, found["id"], document=document)


def expired(work: Work, batch_id: str) -> None:
    found = _approval(work, batch_id)
    late = found["bound_at"] + approval.LIFE
    _restamped(work, APPROVAL, found["id"], bound_at=late)


def of_another_person(work: Work, batch_id: str) -> None:
    found = _approval(work, batch_id)
    _restamped(work, APPROVAL, found["id"], approver_edu_id="E41ANOTHERPERSON00")


def of_another_preparer(work: Work, batch_id: str) -> None:
    _restamped(work, BATCH, batch_id, preparer_edu_id="E41ANOTHERPERSON00")


def gone(work: Work, batch_id: str) -> None:
    work.session.execute(delete(APPROVAL).where(APPROVAL.c.subject_id == batch_id))


def foreign(work: Work, batch_id: str) -> None:
    """The approval of another batch, signed by the same approver, is put in the place of this."""
    others = select(APPROVAL).where(APPROVAL.c.subject_id != batch_id)
    other = work.session.execute(others).mappings().one()
    found = _approval(work, batch_id)
    _restamped(work, APPROVAL, found["id"], document=other["document"])


def other_programme(work: Work, batch_id: str) -> None:
    row = queries.batch(work.session, batch_id)
    assert row is not None
    _restamped(work, PROGRAMME, row["programme_id"], approval_number="教监管〔2026〕1号")


def _rows(work: Work, batch_id: str) -> Any:
    return queries.batch_rows(work.session, batch_id)


def swapped_rows(work: Work, batch_id: str) -> None:
    first, second = _rows(work, batch_id)
    rows.change(work, [(first, {"position": 7})])
    rows.change(work, [(second, {"position": 0})])
    [moved] = [row for row in _rows(work, batch_id) if row["id"] == first["id"]]
    rows.change(work, [(moved, {"position": 1})])


def _write(work: Work, row: Any, claims: dict[str, str], salt: bytes) -> None:
    key = RecordKeys.of(work.runtime).open(work.session, row["id"])
    content = canonical.dumps({"claims": claims, "salt": jws.b64u(salt)})
    sealed = sm4.seal(key, content, row["id"].encode())
    rows.change(work, [(row, {"sealed": sealed})])


def _opened(work: Work, batch_id: str) -> list[Opened]:
    batch = approving.load(work, batch_id)
    programme = programmes.load(work, batch["programme_id"])
    return rows.open_rows(work, programme, _rows(work, batch_id))


def another_name(work: Work, batch_id: str) -> None:
    opened = _opened(work, batch_id)[1]
    _write(work, opened.row, {**opened.claims, "name": "冒名者"}, opened.salt)


def another_salt(work: Work, batch_id: str) -> None:
    opened = _opened(work, batch_id)[1]
    _write(work, opened.row, dict(opened.claims), bytes(16))


def another_claim(work: Work, batch_id: str) -> None:
    opened = _opened(work, batch_id)[1]
    _write(work, opened.row, {**opened.claims, "rank": "first"}, opened.salt)


def sealed_of_the_neighbour(work: Work, batch_id: str) -> None:
    first, second = _rows(work, batch_id)
    rows.change(work, [(second, {"sealed": first["sealed"]})])


def one_more_row(work: Work, batch_id: str) -> None:
    _, second = _rows(work, batch_id)
    rows.change(work, [(second, {"position": 2})])


SIGNS_NOTHING = [
    (forged, "approval_unreadable|approval_signature"),
    (one_bit, "approval_unreadable|approval_signature"),
    (expired, "approval_expired"),
    (of_another_person, "approval_person"),
    (of_another_preparer, "approval_person"),
    (gone, "authorization_missing"),
    (foreign, "approval_row"),
    (other_programme, "approval_row"),
    (swapped_rows, "approval_row"),
    (another_name, "approval_row"),
    (another_salt, "approval_row"),
    (another_claim, "approval_row"),
    (one_more_row, "approval_row"),
]


@pytest.mark.parametrize(
    ("tamper", "code"), SIGNS_NOTHING, ids=[each.__name__ for each, _ in SIGNS_NOTHING]
)
def test_what_was_not_approved_is_not_signed(sqlite_node: Node, tamper: Tamper, code: str) -> None:
    """Even if whoever tampered knew every key of the node but the approver's."""
    node = sqlite_node
    classes.approved(node, pupils(2, first=2))
    node.work()
    before = len(classes.certificates(node))
    batch_id = classes.approved(node, pupils(2)).batch_id
    with node.runtime.writing() as work:
        tamper(work, batch_id)
    with pytest.raises(NotAuthorized, match=code):
        issue.run(node.runtime, working.claimed(node.runtime))
    assert len(classes.certificates(node)) == before
    assert classes.states(node, batch_id) == {"NUMBERED": 2}


def test_a_row_moved_to_its_neighbour_does_not_open(sqlite_node: Node) -> None:
    batch_id = classes.approved(sqlite_node, pupils(2)).batch_id
    with sqlite_node.runtime.writing() as work:
        sealed_of_the_neighbour(work, batch_id)
    with pytest.raises(InvalidCiphertext):
        issue.run(sqlite_node.runtime, working.claimed(sqlite_node.runtime))
    assert not classes.certificates(sqlite_node)


BY_HAND = {
    "approval": "UPDATE approval SET approver_edu_id = preparer_edu_id || 'X'",
    "approval-time": "UPDATE approval SET bound_at = (SELECT created_at FROM institution LIMIT 1)",
    "batch": "UPDATE batch SET preparer_edu_id = 'E41ANOTHERPERSON00'",
    "programme": "UPDATE programme SET name = '省级三好学生'",
    "approver's key": "UPDATE operator_key SET valid_to = valid_from",
    "issuer's key": "UPDATE institution_key SET valid_to = valid_from",
    "another issuer's key": "UPDATE institution_key SET institution_id = :school",
    "accreditation": "UPDATE accreditation SET levels = 'school,county'",
    "accreditation gone": "DELETE FROM accreditation",
    "institution": "UPDATE institution SET kind = 'city_authority'",
    "number": "UPDATE batch_row SET number = '2' || substr(number, 2)",
    "row's person": "UPDATE batch_row SET person_index = award_index",
}


@pytest.mark.parametrize("statement", BY_HAND.values(), ids=BY_HAND.keys())
def test_a_row_changed_by_hand_stops_the_job_with_an_alarm(
    sqlite_node: Node, statement: str
) -> None:
    node = sqlite_node
    batch_id = classes.approved(node, pupils(2)).batch_id
    values = {"school": node.ids["school-a"]} if ":school" in statement else {}
    classes.by_hand(node, statement, **values)
    alarms: list[tuple[str, str]] = []
    runner = Runner(
        node.runtime,
        {approving.JOB: issue.run},
        owner="test",
        alarm=lambda name, code: alarms.append((name, code)),
    )
    assert runner.do_job()
    assert alarms[0][0] == approving.JOB
    assert alarms[0][1] in ("row_altered", "rows_altered")
    assert not classes.certificates(node)
    assert working.progress(node, batch_id).state == "failed"


class _Refusing:
    """A device that signs nothing."""

    name = "refusing"
    certified = False

    def generate(self, use: Use) -> KeyRef:
        raise CryptoUnavailable("device_refuses")

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        raise CryptoUnavailable("device_refuses")


def test_a_provider_that_refuses_leaves_nothing_half_done(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = classes.approved(node, pupils(2)).batch_id
    provider = Provider(_Refusing(), check=approval.authorize)
    with pytest.raises(CryptoUnavailable, match="device_refuses"):
        issue.run(replace(node.runtime, provider=provider), working.claimed(node.runtime))
    assert classes.states(node, batch_id) == {"NUMBERED": 2}
    node.clock.now += timedelta(minutes=2)
    node.work()
    assert classes.states(node, batch_id) == {"ISSUED": 2}
    invariants.check(node)


def _contest(node: Node) -> str:
    order = NewProgramme(
        institution_id=node.ids["school-a"],
        name="青少年科技竞赛",
        category="discipline_contest",
        level="school",
        awards=(),
        statement=None,
        contest=True,
        approval_number="教监管厅函〔2026〕1号",
        notice_days=5,
        open_from="2026-01-01",
        open_to=None,
    )
    with node.runtime.writing() as work:
        return programmes.create(work, node.operator("school-a-preparer"), order)


def test_a_contest_says_the_compulsory_sentence(sqlite_node: Node) -> None:
    node = sqlite_node
    [number] = classes.issue(node, pupils(1), programme_id=_contest(node))
    verdict = verifying.offline(node, bundles.of_number(node.runtime, number))
    assert verdict.result is Outcome.VALID
    assert verdict.shown is not None
    assert verdict.shown.claims["notice"] == {
        "approval_number": "教监管厅函〔2026〕1号",
        "sentence": NOTICE_SENTENCE,
    }
    assert NOTICE_SENTENCE == "不作为中小学招生入学依据"
    assert codes.parse_number(number).category == "discipline_contest"


def test_a_contest_without_its_sentence_is_approved_and_signed_by_nobody(
    sqlite_node: Node,
) -> None:
    node = sqlite_node
    programme_id = _contest(node)
    batch_id = classes.draft(node, pupils(2), programme_id=programme_id)
    with node.runtime.writing() as work:
        _restamped(work, PROGRAMME, programme_id, approval_number=None)
    approve(node, "school-a-approver", batch_id)
    with pytest.raises(InvalidCredential, match="credential_notice_missing"):
        issue.run(node.runtime, working.claimed(node.runtime))
    assert not classes.certificates(node)
