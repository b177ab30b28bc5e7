"""The public page: one look tells what to think; nothing is kept, nothing leaks."""

import html
import logging
import re

import pytest

from crypto import canonical
from services.honours import bundles, changes
from services.platform.settings import Settings
from tests.services.calling import Api
from tests.services.nodes import Node

CHECKS = 10


@pytest.fixture
def bundle(issued_api: Api) -> bytes:
    node = issued_api.node
    return bundles.of_number(node.runtime, node.numbers("school-a")[0])


def code_of(node: Node, number: str) -> str:
    with node.runtime.reading() as work:
        return bundles.open_certificate(work, number).code


def change(node: Node, action: str, number: str) -> None:
    with node.runtime.writing() as work:
        actor = node.operator("school-a-preparer")
        asked = changes.ask(work, actor, action=action, reason="facts_wrong", numbers=[number])
    approver = node.operator("school-a-approver")
    changes.approve(node.runtime, approver, asked, **node.proof("school-a-approver"))


def post(api: Api, data: bytes, **fields: str) -> str:
    answer = api.client.post("/v", files={"file": ("c.json", data)}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.text


def heading(page: str) -> str:
    [found] = re.findall(r"<h1.*?</h1>", page, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", found))


def looks(page: str) -> str:
    [found] = re.findall(r'class="verdict verdict--(\w+)"', page)
    return str(found)


def test_a_valid_certificate_is_one_green_word(issued_api: Api, bundle: bytes) -> None:
    page = post(issued_api, bundle)
    assert (heading(page), looks(page)) == ("查验结果：有效 Valid", "valid")
    assert "这份证书是真的，现在有效。" in page
    assert "This certificate is genuine and in force." in page
    for shown in ("张伟", "三好学生", "中原市明德中学（示范）", "0371-12340001", "2026年6月1日"):
        assert shown in page
    assert page.count('<details class="check check--pass">') == CHECKS
    assert 'class="check check--fail"' not in page
    english = issued_api.client.post(
        "/v", files={"file": ("c", bundle)}, headers={"Accept-Language": "en"}
    ).text
    assert heading(english) == "Result: Valid"
    assert "这份证书" not in english.replace("report", "").split("<pre")[0]


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("revoke", "颁发机构已撤销这份证书，请不要再使用。"),
        ("suspend", "颁发机构已暂停这份证书，现在不能使用。"),
    ],
)
def test_a_certificate_that_was_lost_says_so(
    issued_api: Api, bundle: bytes, action: str, sentence: str
) -> None:
    change(issued_api.node, action, issued_api.node.numbers("school-a")[0])
    page = post(issued_api, bundle)
    assert (heading(page), looks(page)) == ("查验结果：无效 Invalid", "invalid")
    assert sentence in page
    assert page.count("怎么办：") == 2, "in the banner and at the check"
    assert page.count('class="check check--fail"') == 1
    assert 'href="#check-status"' in page


def test_unknown_is_amber_and_never_green(issued_api: Api, bundle: bytes) -> None:
    document = canonical.loads(bundle)
    assert isinstance(document, dict)
    page = post(issued_api, str(document["credential"]).encode())
    assert (heading(page), looks(page)) == ("查验结果：暂时无法确定 Undetermined", "undetermined")
    assert "没有附带证明材料" in page


def test_a_moment_that_has_passed_is_a_look_of_its_own(issued_api: Api, bundle: bytes) -> None:
    page = post(issued_api, bundle, as_of="bundle")
    assert (heading(page), looks(page)) == ("查验结果：当时有效 Valid as of then", "as_of")
    assert "截至北京时间 2026-11-24" in page


@pytest.mark.parametrize("data", [b"GIF89a", b"{", b'{"format":"kexin/bundle/v1"}'])
def test_any_other_file_is_invalid(issued_api: Api, data: bytes) -> None:
    page = post(issued_api, data)
    assert looks(page) == "invalid"
    assert "cred__title" not in page, "nothing of it is shown"


def test_pasted_text_is_judged_too(issued_api: Api, bundle: bytes) -> None:
    answer = issued_api.client.post("/v", data={"text": f"\n {bundle.decode()}  \n"})
    assert looks(answer.text) == "valid"


def test_html_in_a_name_is_text(issued_api: Api) -> None:
    page = post(issued_api, b'{"format":"<script>alert(1)</script>"}')
    assert "<script" not in page


def test_a_short_address_shows_what_the_paper_shows(issued_api: Api) -> None:
    number = issued_api.node.numbers("school-a")[0]
    code = code_of(issued_api.node, number)
    answer = issued_api.client.get(f"/v/{code.lower()}?from=timeline&isappinstalled=0")
    assert (answer.status_code, looks(answer.text)) == (200, "valid")
    assert "逐项核对" in answer.text
    assert "张伟" in answer.text
    assert "00101" not in answer.text, "the 学号 is not on the paper"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_wrong_address_is_counted(issued_api: Api) -> None:
    for _ in range(Settings.model_fields["failures_allowed"].default):
        answer = issued_api.client.get("/v/0000111122223333")
        assert answer.status_code == 404
        assert "编号和查验码对不上" in answer.text
    assert issued_api.client.get("/v/0000111122223333").status_code == 429
    good = code_of(issued_api.node, issued_api.node.numbers("school-a")[0])
    assert issued_api.client.get(f"/v/{good}").status_code == 429


def test_a_number_alone_tells_no_name(issued_api: Api) -> None:
    node = issued_api.node
    first, second = node.numbers("school-a")[:2]
    change(node, "revoke", second)
    for number, said in ((first, "有这份证书，现在有效。"), (second, "有这份证书，已被撤销。")):
        spaced = f"{number[:10]} {number[10:14]} {number[14:]}".lower()
        page = issued_api.client.post("/v", data={"number": spaced}).text
        assert heading(page) == said
        assert "张伟" not in page


def test_number_and_code_show_the_certificate(issued_api: Api) -> None:
    number = issued_api.node.numbers("school-a")[0]
    code = code_of(issued_api.node, number)
    answer = issued_api.client.post("/v", data={"number": number, "code": code})
    assert (answer.status_code, looks(answer.text)) == (200, "valid")


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({}, 422, "请选择文件、粘贴内容，或填写编号。"),
        ({"number": "31410000012026H000001X"}, 422, "校验位不符"),
        ({"code": "123"}, 422, "查验码应为 16 位"),
        ({"number": "31410000012026H9999990"}, 422, "校验位不符"),
    ],
)
def test_what_was_typed_wrong_is_said_at_its_field(
    api: Api, fields: dict[str, str], status: int, said: str
) -> None:
    answer = api.client.post("/v", data=fields)
    assert answer.status_code == status
    assert said in answer.text
    assert 'role="alert"' in answer.text
    if "number" in fields:
        assert f'value="{fields["number"]}"' in answer.text


def test_pages_load_nothing_from_elsewhere_and_run_nothing(issued_api: Api, bundle: bytes) -> None:
    pages = [issued_api.client.get(path) for path in ("/", "/v", "/docs", "/v?lang=en")]
    for answer in pages:
        assert answer.status_code == 200
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    for page in (*(answer.text for answer in pages), post(issued_api, bundle)):
        assert "<script" not in page
        assert " style=" not in page
        for address in re.findall(r'(?:src|href)="([^"#]+)"', page):
            assert address.startswith(("/", "http://testserver/", "tel:")), address


def test_no_log_line_holds_a_code_a_name_or_a_file(
    issued_api: Api, bundle: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    number = issued_api.node.numbers("school-a")[0]
    code = code_of(issued_api.node, number)
    with caplog.at_level(logging.DEBUG):
        issued_api.client.get(f"/v/{code}?code={code}")
        issued_api.client.post("/v", data={"number": number, "code": code})
        post(issued_api, bundle)
        issued_api.client.post("/v1/lookup", json={"number": number, "code": code})
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("kexin")]
    assert any("GET /v/*** 200" in line for line in lines)
    assert not [line for line in lines if code in line or "张伟" in line]


def test_a_file_is_held_in_memory_alone(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was written")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    answer = api.client.post("/v", files={"file": ("c.json", b"x" * 1_900_000)})
    assert answer.status_code == 200


def test_a_number_asks_for_its_code(issued_api: Api) -> None:
    number = issued_api.node.numbers("school-a")[0]
    page = issued_api.client.post("/v", data={"number": number}).text
    assert f'<input type="hidden" name="number" value="{number}">' in page


def test_what_a_code_shows_can_be_taken_home(issued_api: Api) -> None:
    node = issued_api.node
    code = code_of(node, node.numbers("school-a")[0])
    page = issued_api.client.get(f"/v/{code}").text
    assert f'href="/v/{code}/bundle"' in page
    answer = issued_api.client.get(f"/v/{code.lower()}/bundle")
    assert answer.headers["content-disposition"] == 'attachment; filename="certificate.kexin.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert "00101" not in answer.text, "no more than the paper shows"
    taken = post(issued_api, answer.content)
    assert looks(taken) == "valid"
    assert "/bundle" not in taken
    for _ in range(Settings.model_fields["failures_allowed"].default):
        assert issued_api.client.get("/v/0000111122223333/bundle").status_code == 404
    assert issued_api.client.get(f"/v/{code}/bundle").status_code == 429
