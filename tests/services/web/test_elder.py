"""Large pages: chosen by a link, kept by a cookie, left again by a link; no script, no account."""

import re

import pytest

from services.honours import bundles
from tests.services.browsing import Page, Person
from tests.services.calling import Api


def large(page: Page) -> bool:
    return 'class="elder"' in page.html


def switch(page: Page) -> str:
    [found] = re.findall(r'class="other-size" href="([^"]+)"', page.html)
    return str(found)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_it_is_kept_over_pages_and_left_by_a_link(api: Api, language: str) -> None:
    someone = Person(api, language=language)
    page = someone.open("/v")
    assert not large(page)
    chosen = someone.open(switch(page))
    assert large(chosen)
    for path in ("/v", "/", "/offline", "/report", "/v?from=groupmessage", "/v/no-such-code"):
        assert large(someone.open(path)), path
    back = someone.open(switch(someone.open("/v")))
    assert not large(back)
    assert not large(someone.open("/v"))


def test_another_value_is_no_choice(api: Api) -> None:
    assert not large(Person(api).open("/v?elder=yes"))


def test_the_console_has_no_large_pages_to_switch_to(api: Api) -> None:
    assert "other-size" not in Person(api).open("/sign-in").html


def test_a_verdict_is_one_answer_and_a_call(issued_api: Api) -> None:
    node = issued_api.node
    with node.runtime.reading() as work:
        code = bundles.open_certificate(work, node.numbers("school-a")[0]).code
    someone = Person(issued_api)
    ordinary = someone.open(f"/v/{code}")
    page = someone.open(f"/v/{code}?elder=1")
    assert 'href="tel:0371-12340001"' in page.html
    assert "这份证书是真的，现在有效。" in page.text
    assert "逐项核对" in page.text
    assert "张伟" in page.text
    assert len(page.text) < len(ordinary.text) / 2, "fewer words"
    assert "Valid" not in page.text
    assert "<script" not in page.html
    english = someone.open(f"/v/{code}?lang=en")
    assert "This certificate is genuine and in force." in english.text
    assert "真的" not in english.text


def test_number_and_code_or_a_photograph_and_nothing_else(api: Api) -> None:
    someone = Person(api)
    page = someone.open("/v?elder=1")
    names = set(re.findall(r'name="(\w+)"', page.html)) - {"viewport", "color"}
    assert {"photo", "number", "code"} <= names
    assert not names & {"text", "as_of", "file"}
    wrong = someone.post("/v", data={"code": "123"})
    assert large(wrong)
    assert 'id="code-wrong"' in wrong.html
    unknown = someone.post("/v", files={"file": ("a.json", b"{}")})
    assert large(unknown)
    assert "verdict--invalid" in unknown.html
