"""The look of paper: whose it is, what may be in it, and that nobody else changes it."""

from typing import Any

import pytest
from sqlalchemy import text

from services.honours.paper import looks, preview
from services.honours.paper.looks import Look
from services.honours.paper.wording import Signatory
from services.platform.errors import Invalid, NotFound, Refused, Tampered
from tests.services.nodes import Node

HEAD = Signatory("校长", "周明远")


def change(node: Node, subject: str, look: Look, login: str = "school-a-preparer") -> None:
    with node.runtime.writing() as work:
        looks.change(work, node.operator(login), subject, look)


def of_programme(node: Node) -> Look:
    with node.runtime.reading() as work:
        return looks.of_programme_id(work, node.programmes["school-a"])


def test_a_programmes_look_goes_before_its_institutions(sqlite_node: Node) -> None:
    node = sqlite_node
    assert of_programme(node) == Look()
    change(node, node.ids["school-a"], Look("blue", None, (HEAD,)))
    assert of_programme(node) == Look("blue", None, (HEAD,))
    change(node, node.programmes["school-a"], Look("plain", "奖状", (HEAD, HEAD), 150, -25))
    assert of_programme(node) == Look("plain", "奖状", (HEAD, HEAD), 150, -25)


def test_a_look_is_replaced(sqlite_node: Node) -> None:
    node = sqlite_node
    subject = node.programmes["school-a"]
    change(node, subject, Look("blue"))
    change(node, subject, Look("plain"))
    with node.runtime.reading() as work:
        assert looks.of_subject(work, subject) == Look("plain")
        assert looks.of_subject(work, node.ids["school-a"]) == Look()


@pytest.mark.parametrize("login", ["school-a-approver", "school-b-preparer", "registrar-1"])
def test_only_a_preparer_of_the_school_changes_it(sqlite_node: Node, login: str) -> None:
    with pytest.raises(Refused):
        change(sqlite_node, sqlite_node.ids["school-a"], Look("blue"), login)


@pytest.mark.parametrize("subject", ["prg_none", "inst_none"])
def test_a_subject_that_is_not_there(sqlite_node: Node, subject: str) -> None:
    with pytest.raises(NotFound):
        change(sqlite_node, subject, Look())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"design": "gold"}, "look_design"),
        ({"title": "很长很长很长很长很长的标题"}, "look_title"),
        ({"title": ""}, "look_title"),
        ({"title": "a\u202eb"}, "look_title"),
        ({"title": "/ByteRange"}, "look_title"),
        ({"signatories": (HEAD,) * 4}, "look_signatories"),
        ({"signatories": (Signatory("", "周明远"),)}, "look_signatories"),
        ({"signatories": (Signatory("校长", "<b>"),)}, "look_signatories"),
        ({"offset_x": 3001}, "look_offset"),
        ({"offset_y": -3001}, "look_offset"),
        ({"signatories": (Signatory("校长", "\U00031350"),)}, "glyph_missing"),
    ],
)
def test_what_cannot_be_printed_is_not_kept(
    sqlite_node: Node, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        change(sqlite_node, sqlite_node.ids["school-a"], Look(**changes))
    assert caught.value.code == code


def test_a_look_that_was_changed_in_the_database_is_refused(sqlite_node: Node) -> None:
    node = sqlite_node
    change(node, node.ids["school-a"], Look("blue", None, (HEAD,)))
    with node.runtime.writing() as work:
        work.session.execute(text("UPDATE paper_look SET signatories = '[]'"))
    with pytest.raises(Tampered):
        of_programme(node)


def test_a_preview_is_a_picture_of_nobody_marked_as_a_test(sqlite_node: Node) -> None:
    node = sqlite_node
    change(node, node.ids["school-a"], Look("plain", "奖状", (HEAD,)))
    with node.runtime.reading() as work:
        picture = preview.picture(work, node.ids["school-a"])
        shown = preview.content(work, node.ids["school-a"], Look("plain", "奖状", (HEAD,)))

    assert picture.startswith(b"\x89PNG")
    assert isinstance(shown["sheets"], list)
    [sheet] = shown["sheets"]
    assert isinstance(sheet, dict)
    assert (sheet["test"], sheet["title"]) == (True, "奖状")
