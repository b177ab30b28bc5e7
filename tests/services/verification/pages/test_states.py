"""The verdict's page in all its states: what is said, how large it is, and that it stands alone."""

import gzip
import html
import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
from starlette.testclient import TestClient

from crypto import canonical, jws, sm3
from identity.status_list import Status
from services.evidence.verdict import Verdict
from services.honours import bundles
from services.status import lists
from services.status.lists import Change
from services.verification import service
from services.web.templating import STATIC
from tests.services.calling import Api
from tests.services.evidence import papers

MOST_BYTES = 60_000
"""HTML and style sheets of one verdict, before they are compressed."""

Page = Callable[[Api], str]


def first(api: Api) -> str:
    return api.node.numbers("school-a")[0]


def bundle(api: Api) -> bytes:
    return bundles.of_number(api.node.runtime, first(api))


def post(api: Api, data: bytes, **fields: str) -> str:
    answer = api.client.post("/v", files={"file": ("c", data)}, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.text


def scanned(api: Api) -> str:
    with api.node.runtime.reading() as work:
        code = bundles.open_certificate(work, first(api)).code
    answer = api.client.get(f"/v/{code}")
    assert answer.status_code == 200, answer.text
    return answer.text


def changed(status: Status) -> Page:
    def page(api: Api) -> str:
        with api.node.runtime.writing() as work:
            token = _token(bundle(api))
            replaced = status is Status.SUPERSEDED
            change = Change(
                sm3.digest(token.encode()),
                status,
                None if replaced else "facts_wrong",
                api.node.numbers("school-a")[1] if replaced else None,
            )
            lists.change(work, [change])
        lists.publish(api.node.runtime)
        return scanned(api)

    return page


def _token(data: bytes) -> str:
    document = canonical.loads(data)
    assert isinstance(document, dict)
    return str(document["credential"]).split("~")[0]


def edited(change: Callable[[dict[str, Any]], None]) -> Page:
    def page(api: Api) -> str:
        document: Any = canonical.loads(bundle(api))
        change(document)
        return post(api, canonical.dumps(document))

    return page


def alter(document: dict[str, Any]) -> None:
    """Exchange one character in the middle of the issuer's signature."""
    token, *disclosures = document["credential"].split("~")
    place = len(token) - 40
    other = "A" if token[place] != "A" else "B"
    altered = token[:place] + other + token[place + 1 :]
    document["credential"] = "~".join([altered, *disclosures])


def stale(api: Api) -> str:
    data = bundle(api)
    api.node.clock.now += timedelta(minutes=16)
    return post(api, data)


STATES: dict[str, tuple[Page, str, str]] = {
    "valid": (lambda api: post(api, bundle(api)), "valid", "现在有效"),
    "paper": (scanned, "valid", "逐项核对"),
    "as of": (lambda api: post(api, bundle(api), as_of="bundle"), "as_of", "截至北京时间"),
    "status unknown": (stale, "undetermined", "现在查不到它有没有被撤销"),
    "bare": (lambda api: post(api, _whole(bundle(api))), "undetermined", "没有附带证明材料"),
    "revoked": (changed(Status.INVALID), "invalid", "颁发机构已撤销这份证书"),
    "suspended": (changed(Status.SUSPENDED), "invalid", "颁发机构已暂停这份证书"),
    "superseded": (changed(Status.SUPERSEDED), "invalid", "这份证书已由新证书（编号3141000001"),
    "altered": (edited(alter), "invalid", "证书内容被改动过"),
    "not ours": (lambda api: post(api, b"hello"), "invalid", "这不是本系统的证书文件"),
    "unreadable": (lambda api: post(api, bundle(api)[:-9]), "invalid", "文件损坏或被改动过"),
    "a picture": (lambda api: post(api, b"GIF89a" + bytes(99)), "invalid", "这是一张图片"),
    "saved anew": (lambda api: post(api, papers.page()), "invalid", "没有带证明材料，不能凭它"),
    "a page that nobody signed": (
        lambda api: post(api, papers.page(bundle(api))),
        "invalid",
        "纸面内容不能作数",
    ),
}


def _whole(data: bytes) -> bytes:
    document = canonical.loads(data)
    assert isinstance(document, dict)
    return str(document["credential"]).encode()


def looks(page: str) -> str:
    [found] = re.findall(r'class="verdict verdict--(\w+)"', page)
    return str(found)


@pytest.mark.parametrize("name", STATES)
def test_a_state_looks_and_says_what_it_is_and_stands_alone(issued_api: Api, name: str) -> None:
    make, look, sentence = STATES[name]
    page = make(issued_api)
    assert looks(page) == look
    assert sentence in page
    assert page.count("<h1") == 1
    assert page.count('class="check check--') == page.count("<li id="), "no check is left out"
    sheets = re.findall(r'<link rel="stylesheet" href="/static/(\w+\.css)\?v=\w+">', page)
    assert sheets == ["kexin.css", "verdict.css"]
    size = len(page.encode()) + sum((STATIC / each).stat().st_size for each in sheets)
    assert size <= MOST_BYTES
    assert len(gzip.compress(page.encode())) < 16_000
    assert "<script" not in page
    assert not re.findall(r" style=| on\w+=", page)
    for address in re.findall(r'(?:src|href|action)="([^"#]*)"', page):
        assert address.startswith(("/", "http://testserver/", "tel:")), address


@pytest.mark.parametrize("name", [each for each in STATES if STATES[each][1] != "valid"])
def test_what_is_not_green_says_what_to_do_and_where_to_report(issued_api: Api, name: str) -> None:
    make, look, _ = STATES[name]
    page = make(issued_api)
    assert 'href="/report' in page
    if look != "as_of":
        assert "怎么办：" in page


@pytest.mark.parametrize("name", ["a picture", "saved anew"])
def test_where_the_proofs_are_lost_number_and_code_are_asked_for(
    issued_api: Api, name: str
) -> None:
    page = STATES[name][0](issued_api)
    assert "改用编号和查验码查" in page
    assert 'name="number"' in page
    assert 'name="code"' in page
    for other in ("valid", "altered"):
        assert "改用编号" not in STATES[other][0](issued_api)


def test_a_demonstration_chain_is_named(issued_api: Api) -> None:
    assert "只供演示，不能用于正式场合" in STATES["valid"][0](issued_api)


def test_checks_that_could_not_be_made_are_folded(issued_api: Api) -> None:
    page = post(issued_api, b"hello")
    assert "另有 9 项" in page
    assert "10 项检查，0 项通过" in page
    assert re.findall(r'href="#check-(\w+)"', page) == ["format"]


def test_the_style_sheets_know_dark_screens_paper_and_contrast() -> None:
    sheets = [(STATIC / name).read_text("utf-8") for name in ("kexin.css", "verdict.css")]
    for sheet in sheets:
        assert "@media screen and (prefers-color-scheme: dark)" in sheet
        assert "@media print" in sheet
        assert "@media (forced-colors: active)" in sheet
        assert "url(" not in sheet
        assert "@import" not in sheet
    assert ".check::details-content" in sheets[1], "all facts are open on paper"


def test_a_pdf_with_a_script_is_not_run_and_not_valid(issued_api: Api) -> None:
    script = "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"
    page = post(issued_api, papers.page(bundle(issued_api), catalogue=script))
    assert looks(page) == "invalid"
    assert "app.alert" not in page


@pytest.mark.slow
def test_a_pdf_that_unpacks_to_a_hundred_megabytes_is_unreadable(issued_api: Api) -> None:
    with pikepdf.open(io.BytesIO(papers.page(bundle(issued_api)))) as document:
        [stream] = [
            each
            for each in document.objects
            if isinstance(each, pikepdf.Stream) and each.get("/Type") == "/EmbeddedFile"
        ]
        stream.write(bytes(100 * 1024 * 1024))
        out = io.BytesIO()
        document.save(out, compress_streams=True)
    assert len(out.getvalue()) < 200_000
    page = post(issued_api, out.getvalue())
    assert looks(page) == "invalid"
    assert "cred__title" not in page


NASTY = "<img src=x onerror=alert(1)>"
MARKS = "张\u200f\u202e伟\u2066"


@pytest.mark.parametrize("large", ["0", "1"])
def test_html_and_marks_of_direction_in_a_name_are_text_in_a_box_of_their_own(
    issued_api: Api, monkeypatch: pytest.MonkeyPatch, large: str
) -> None:
    genuine = service.judge

    def judge(*given: Any, **more: Any) -> Verdict:
        made = genuine(*given, **more)
        assert made.shown is not None
        claims = {**made.shown.claims, "name": NASTY, "award": MARKS}
        return replace(made, shown=replace(made.shown, claims=claims))

    monkeypatch.setattr(service, "judge", judge)
    answer = issued_api.client.post(
        f"/v?elder={large}", files={"file": ("c", bundle(issued_api))}
    ).text
    assert "<img src=x" not in answer
    assert html.escape(NASTY, quote=False) in answer
    [title] = re.findall(r'<h2 class="cred__title" id="cred">(.*?)</h2>', answer, re.DOTALL)
    assert MARKS in title
    assert "unicode-bidi: isolate" in (STATIC / "verdict.css").read_text("utf-8")


def test_marks_of_direction_in_a_credential_are_no_credential(issued_api: Api) -> None:
    """What a person reads must be what was signed: nothing in it may turn the words around."""

    def turn(document: dict[str, Any]) -> None:
        token, first_one, *others = document["credential"].split("~")
        content: Any = canonical.loads(jws.unb64u(first_one))
        salt, name, value = content
        turned = jws.b64u(canonical.dumps([salt, name, f"{value}\u202e"]))
        document["credential"] = "~".join([token, turned, *others])

    page = edited(turn)(issued_api)
    assert looks(page) == "invalid"
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "appended",
    ["?from=groupmessage&isappinstalled=0", "?from=singlemessage#wechat_redirect", "?utm=%00%ff"],
)
def test_what_a_messenger_appends_changes_nothing(issued_api: Api, appended: str) -> None:
    with issued_api.node.runtime.reading() as work:
        code = bundles.open_certificate(work, first(issued_api)).code
    plain, given = (issued_api.client.get(f"/v/{code}{each}").text for each in ("", appended))
    assert looks(given) == looks(plain) == "valid"
    body = re.compile(r"<main.*</main>", re.DOTALL)
    assert body.search(given)[0] == body.search(plain)[0]  # type: ignore[index]
    start = issued_api.client.get(f"/v{appended}")
    assert start.status_code == 200
    answer = issued_api.client.post(f"/v{appended}", data={"code": code})
    assert looks(answer.text) == "valid"


@pytest.mark.slow
def test_six_hundred_views_in_five_minutes_from_one_address_are_answered(
    issued_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only failures count. Judged once, because it is the door that is asked about here."""
    node = issued_api.node
    with node.runtime.reading() as work:
        code = bundles.open_certificate(work, first(issued_api)).code
        data = bundles.of_number(node.runtime, first(issued_api))
    made = service.judge(node.runtime, data)
    monkeypatch.setattr(service, "judge", lambda *_, **__: made)
    monkeypatch.setattr(bundles, "of_code", lambda *_: data)
    answered = 0
    for number in range(600):
        node.clock.now += timedelta(seconds=number % 2)
        answer = issued_api.client.get(f"/v/{code}?from=timeline")
        answered += answer.status_code == 200 and looks(answer.text) == "valid"
    assert answered == 600


@pytest.mark.slow
@pytest.mark.parametrize(
    ("guess", "same", "other"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.10"),
        ("2001:db8:1:2::1", "2001:db8:1:2:aaaa::2", "2001:db8:1:3::1"),
    ],
)
@pytest.mark.parametrize("way", ["address", "form"])
def test_guessing_is_limited_by_place(
    issued_api: Api, guess: str, same: str, other: str, way: str
) -> None:
    node = issued_api.node
    number = first(issued_api)
    with node.runtime.reading() as work:
        good = bundles.open_certificate(work, number).code

    def ask(place: str, code: str) -> int:
        client = TestClient(issued_api.app, client=(place, 50_000))
        if way == "address":
            return client.get(f"/v/{code}").status_code
        return client.post("/v", data={"number": number, "code": code}).status_code

    for _ in range(node.runtime.settings.failures_allowed):
        assert ask(guess, good) == 200, "a good one neither counts nor makes up for wrong ones"
        assert ask(guess, "0000111122223333") == 404
    assert ask(same, "0000111122223333") == 429
    assert ask(other, good) == 200
    node.clock.now += timedelta(seconds=node.runtime.settings.failures_window_seconds)
    lists.publish(node.runtime)
    assert ask(same, good) == 200
