"""Forgetting a person: nothing readable stays, and nothing else breaks; on both databases."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from services.honours import approving, bundles, drafting, forgetting, persons, queries
from services.honours.dry_run import Accepted
from services.honours.remarks import texts as remarks
from services.honours.tables import BATCH_ROW, CERTIFICATE, ROW_PERSON
from services.honours.titles import Field
from services.platform.errors import Invalid, NotFound, Refused
from services.platform.record_keys import RecordKeys
from tests.services import nodes, verifying
from tests.services.honours import classes
from tests.services.nodes import Node

APPROVER, FIRST = "school-a-approver", "00101"


def forget(node: Node, identifier: str = FIRST, *, login: str = APPROVER) -> forgetting.Forgotten:
    with node.runtime.writing() as work:
        key = persons.key_of(work, Field.STUDENT_NO, identifier)
        return forgetting.forget_person(
            work, node.operator(login), node.ids["school-a"], key, "person_asked"
        )


def test_nothing_sealed_and_no_index_stays(issued: Node) -> None:
    number = issued.numbers("school-a")[0]
    with issued.runtime.reading() as work:
        row = queries.certificate(work.session, number)
        assert row is not None
        before = (row["row_id"], row["person_index"])
    assert forget(issued) == forgetting.Forgotten(1, (number,))
    with issued.runtime.reading() as work:
        session = work.session
        certificate = session.execute(
            select(CERTIFICATE).where(CERTIFICATE.c.number == number)
        ).one()
        kept = session.execute(select(BATCH_ROW).where(BATCH_ROW.c.id == before[0])).one()
        assert (certificate.sealed, kept.sealed) == (None, b"")
        assert before[1] not in (certificate.person_index, kept.person_index)
        whose = select(ROW_PERSON.c.row_id).where(ROW_PERSON.c.row_id == before[0])
        assert not session.execute(whose).all()
        with pytest.raises(NotFound, match="record_forgotten"):
            RecordKeys.of(issued.runtime).open(session, before[0])


def test_neighbours_and_old_files_verify_as_before(issued: Node) -> None:
    first, second = issued.numbers("school-a")[:2]
    kept = bundles.of_number(issued.runtime, first)
    forget(issued)
    assert verifying.online(issued, kept).result.value == "valid", "a file that he kept himself"
    neighbour = bundles.of_number(issued.runtime, second)
    assert verifying.online(issued, neighbour).result.value == "valid"


def test_a_restored_backup_forgets_again(sqlite_issued: Node, tmp_path: Path) -> None:
    """The journal stands beside the database; the backup is of the database alone."""
    node = sqlite_issued
    first, second = node.numbers("school-a")[:2]
    home = node.runtime.settings.home
    node.runtime.database.close()
    backup = shutil.copy(home / "kexin.sqlite3", tmp_path / "backup")
    forget(node)
    node.runtime.database.close()
    for extra in home.glob("kexin.sqlite3-*"):
        extra.unlink()
    shutil.copy(backup, home / "kexin.sqlite3")

    with nodes.opened(home, None, node.clock.now) as restored:
        with restored.runtime.writing() as work:
            assert RecordKeys.of(restored.runtime).replay(work) == 1
        with pytest.raises(NotFound, match="record_forgotten"):
            bundles.of_number(restored.runtime, first)
        data = bundles.of_number(restored.runtime, second)
        assert verifying.online(restored, data).result.value == "valid"


REASON = "钱子子写了两次"


def _remarks(node: Node, batch_id: str) -> list[str | None]:
    with node.runtime.reading() as work:
        batch = approving.load(work, batch_id)
        return [remarks.read(work, batch, kind) for kind in remarks.KINDS]


def _returned(node: Node) -> str:
    """Return a batch with all remarks: one row left out, a note, sent back with a reason."""
    rows = [*classes.pupils(2), classes.pupil(2, name=""), classes.pupil(3, xjh="G1", no="N-3")]
    accepted = Accepted(exclusions={4: REASON, 5: "李子子已转学"})
    batch_id = classes.draft(node, rows, accepted=accepted, note="张子子是新来的")
    with node.runtime.writing() as work:
        approving.send_back(work, node.operator(APPROVER), batch_id, "赵子子的奖项不对")
    assert all(_remarks(node, batch_id))
    return batch_id


@pytest.mark.parametrize(
    "who",
    [(Field.STUDENT_NO, "00001"), (Field.STUDENT_NO, "N-3")],
    ids=["a row of the batch", "a row that was left out"],
)
def test_remarks_are_forgotten_with_any_pupil_of_the_batch(
    node: Node, who: tuple[Field, str]
) -> None:
    batch_id, other = _returned(node), node.draft()
    with node.runtime.reading() as work:
        key = persons.key_of(work, *who)
        before = approving.load(work, batch_id)
        sealed = [before[f"{kind}_sealed"] for kind in remarks.KINDS]
    with node.runtime.writing() as work:
        school = node.ids["school-a"]
        actor = node.operator(APPROVER)
        forgetting.forget_person(work, actor, school, key, "person_asked")
    assert _remarks(node, batch_id) == [None, None, None]
    with node.runtime.reading() as work:
        after = approving.load(work, batch_id)
        assert [after[f"{kind}_sealed"] or None for kind in remarks.KINDS] == [None] * 3
        names = [f"{batch_id}.{kind[0]}" for kind in remarks.KINDS]
        keys = RecordKeys.of(node.runtime).open_existing(work.session, names)
        assert keys == dict.fromkeys(names)
        was = {**after, "exclusions_sealed": sealed[0]}
        assert remarks.read(work, was, "exclusions") is None, "a backup shows nothing either"
        assert (after["excluded"], after["state"]) == (2, approving.RETURNED)
        assert approving.load(work, other)
    with node.runtime.writing() as work, pytest.raises(NotFound, match="person_unknown"):
        forgetting.forget_person(work, actor, school, key, "person_asked")


def test_after_a_forgetting_a_draft_can_be_returned_with_a_reason(node: Node) -> None:
    batch = node.draft()
    forget(node)
    with node.runtime.writing() as work:
        approving.send_back(work, node.operator(APPROVER), batch, "有人要求删除")
    assert _remarks(node, batch) == [None, None, "有人要求删除"]


def test_a_row_that_waits_for_its_signature_becomes_a_void_number(node: Node) -> None:
    batch = node.draft()
    node.approve(batch)
    done = forget(node)
    assert (done.rows, len(done.numbers)) == (1, 1)
    node.work()
    with node.runtime.reading() as work:
        assert queries.row_states(work.session, batch) == {"ISSUED": 29, "VOID": 1}
        reasons = {row["void_reason"] for row in queries.batch_rows(work.session, batch)}
    assert reasons == {None, "forgotten"}


def test_a_draft_with_a_forgotten_row_cannot_be_approved(node: Node) -> None:
    batch = node.draft()
    assert forget(node) == forgetting.Forgotten(1, ())
    with pytest.raises(NotFound, match="record_forgotten"):
        node.approve(batch)


def test_whoever_is_forgotten_may_be_awarded_again(issued: Node) -> None:
    forget(issued)
    text = "姓名,奖项,学号\n张伟,三好学生,00101\n"
    batch, report = drafting.draft(
        issued.runtime,
        issued.operator("school-a-preparer"),
        issued.order(),
        text.encode(),
        "again.csv",
    )
    assert batch is not None, report.problems


def test_only_an_approver_of_the_school_forgets(issued: Node) -> None:
    number = issued.numbers("school-a")[0]
    for login in ("school-a-preparer", "school-b-approver", "registrar-1", "auditor"):
        with pytest.raises(Refused, match="role_missing"):
            forget(issued, login=login)
    with issued.runtime.writing() as work:
        with pytest.raises(NotFound, match="certificate_unknown"):
            forgetting.forget_certificate(
                work, issued.operator("school-b-approver"), number, "person_asked"
            )
        with pytest.raises(Refused, match="role_missing"):
            forgetting.forget_certificate(
                work, issued.operator("school-a-preparer"), number, "person_asked"
            )
        with pytest.raises(Invalid, match="forget_reason"):
            forgetting.forget_certificate(work, issued.operator(APPROVER), number, "he said so")
        with pytest.raises(NotFound, match="certificate_unknown"):
            forgetting.forget_certificate(work, issued.operator(APPROVER), "x" * 22, "ordered")
    assert bundles.of_number(issued.runtime, number)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Field.STUDENT_NO, " 00101 ", "00101"),
        (Field.ID_NUMBER, "11010519491231002x", "11010519491231002X"),
    ],
)
def test_identifiers_are_spelt_as_in_rosters(
    sqlite_node: Node, kind: Field, text: str, value: str
) -> None:
    with sqlite_node.runtime.reading() as work:
        assert persons.key_of(work, kind, text).value == value
        if kind is Field.ID_NUMBER:
            assert persons.key_of(work, Field.XJH, f"G{text.upper()}").value == f"G{value}"
