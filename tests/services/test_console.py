"""Every page of the console opens, in both languages, and says nothing in codes."""

import re

import pytest

from tests.services.browsing import Person
from tests.services.calling import serving
from tests.services.nodes import Node

CODE = re.compile(r"\b[a-z]+_[a-z_]+\b")
NAMES = re.compile(r"inst_\w+|bat_\w+|prg_\w+|opr_\w+|upl_\w+|req_\w+|dlg_\w+")

STAFF = (
    "/work",
    "/batches",
    "/certificates",
    "/changes",
    "/programmes",
    "/delegations",
    "/first-steps",
    "/self-check",
)
CLERK = (*STAFF, "/rosters/new", "/changes/new", "/programmes/new", "/registry/institutions")
REGISTRAR = (
    *("/work", "/registry/institutions", "/registry/institutions/new", "/registry/records"),
    "/operators",
)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("login", "paths"),
    [
        ("school-a-preparer", CLERK),
        ("school-a-approver", STAFF),
        ("registrar-1", REGISTRAR),
        ("auditor", ("/work", "/operators", "/registry/institutions", "/self-check")),
    ],
)
def test_every_page_opens(
    sqlite_issued: Node, login: str, paths: tuple[str, ...], language: str
) -> None:
    with serving(sqlite_issued) as api:
        who = Person(api, login, language).sign_in()
        number = sqlite_issued.numbers()[0]
        more: tuple[str, ...] = ()
        if login.startswith("school-a"):
            batch = who.open("/batches")
            more = (
                next(link for link in batch.links if link.startswith("/batches/bat_")),
                next(link for link in batch.links if link.startswith("/batches/bat_")) + "/paper",
                f"/paper-looks/{sqlite_issued.programmes['school-a']}",
                f"/certificates/{number}",
                f"/certificates/{number}?code=1",
            )
        if login == "school-a-preparer":
            more += (f"/certificates/{number}/replace",)
        if login == "registrar-1":
            school = sqlite_issued.ids["school-a"]
            more = tuple(
                f"{page}/{school}"
                for page in ("/registry/institutions", "/first-steps", "/self-check")
            )
        for path in (*paths, *more):
            page = who.open(path)
            assert page.status == 200, (path, page.text)
            said = NAMES.sub("", page.text)
            assert not CODE.findall(said), (path, CODE.findall(said))
            assert 'lang="' + language in page.html


def test_strangers_are_led_to_the_sign_in(sqlite_node: Node) -> None:
    with serving(sqlite_node) as api:
        nobody = Person(api)
        assert "/work" in nobody.open("/").links
        asked = nobody.open("/batches?state=open")
        assert asked.path == "/sign-in?next=%2Fbatches%3Fstate%3Dopen"
        assert asked.has_form("/sign-in")
