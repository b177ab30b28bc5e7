"""A photograph of a QR, sent by a form: to the certificate, or a clear word what it is instead."""

import html
import re
from typing import Any

import pytest

from services.honours import bundles
from services.verification import pictures
from services.web.shell import PICTURE_LIMIT_BYTES
from tests.services.calling import Api
from tests.services.verification import photographs
from tests.services.verification.photographs import file, page, qr


@pytest.fixture
def address(issued_api: Api) -> str:
    """Return what the QR on a certificate says."""
    node = issued_api.node
    with node.runtime.reading() as work:
        code = bundles.open_certificate(work, node.numbers("school-a")[0]).code
    return f"{node.runtime.settings.url}/v/{code}"


def send(api: Api, data: bytes, field: str = "photo", **more: Any) -> tuple[int, str]:
    answer = api.client.post("/v", files={field: ("IMG_0001.jpg", data)}, **more)
    return answer.status_code, answer.text


def text(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("field", ["photo", "file"])
def test_a_photograph_opens_the_certificate(issued_api: Api, address: str, field: str) -> None:
    data = file(photographs.noisy(photographs.turned(page([qr(address)]), 20)))
    first = issued_api.client.post("/v", files={field: ("a", data)}, follow_redirects=False)
    assert first.status_code == 303
    assert first.headers["location"] == address.removeprefix(issued_api.node.runtime.settings.url)
    status, shown = send(issued_api, data, field)
    assert status == 200
    assert "verdict--valid" in shown
    assert "逐项核对" in shown


def test_the_code_of_another_site_is_named_and_no_link(api: Api) -> None:
    data = file(page([qr("https://kexin-zz.example/v/A7C2E4G6J8LMNPQR?x=<b>")]))
    status, shown = send(api, data)
    assert status == 422
    assert "这个二维码不是本系统的" in shown
    assert "<bdi>kexin-zz.example</bdi>" in shown
    assert "A7C2E4G6J8LMNPQR" not in shown
    assert "kexin-zz" not in "".join(re.findall(r'(?:href|src|action)="([^"]*)"', shown))
    _, english = send(api, data, headers={"Accept-Language": "en"})
    assert "This code is not one of ours." in english


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (["一串文字"], "这个二维码里不是网址"),
        ([], "照片里没有找到二维码"),
        (["http://127.0.0.1:8400/v/" + each * 16 for each in "23"], "好几份证书的二维码"),
    ],
)
def test_anything_else_says_what_to_do(api: Api, content: list[str], said: str) -> None:
    status, shown = send(api, file(page([qr(each, 6) for each in content])))
    assert status == 422
    assert said in shown
    assert 'name="photo"' in shown
    assert 'href="/v#number"' in shown


def test_closer_flat_or_the_number(api: Api) -> None:
    _, shown = send(api, file(page([])))
    assert all(word in text(shown) for word in ("靠近", "放平", "编号和查验码"))


@pytest.mark.parametrize("field", ["photo", "file"])
def test_a_broken_picture_is_told_at_its_field(api: Api, field: str) -> None:
    status, shown = send(api, file(page([]))[:2_000], field)
    assert status == 422
    assert "这张图片打不开" in shown
    assert f'id="{field}-wrong"' in shown


def test_a_bomb_is_refused(api: Api) -> None:
    status, shown = send(api, photographs.declared(40_000, 40_000))
    assert status == 422
    assert "这张图片太大" in shown


def test_a_wrong_code_in_a_photograph_is_counted(issued_api: Api) -> None:
    url = issued_api.node.runtime.settings.url
    data = file(page([qr(f"{url}/v/2222333344445555")]))
    allowed = issued_api.node.runtime.settings.failures_allowed
    statuses = [send(issued_api, data)[0] for _ in range(allowed + 1)]
    assert statuses == [404] * allowed + [429]


def test_three_hundred_megabytes_are_refused_unread(api: Api) -> None:
    """By the length that is declared; without one, as soon as the limit is passed."""
    head = {"Content-Type": "multipart/form-data; boundary=x"}
    declared = {**head, "Content-Length": str(300 * 1024**2)}
    assert api.client.post("/v", content=b"", headers=declared).status_code == 413
    pieces = (bytes(1024**2) for _ in range(PICTURE_LIMIT_BYTES // 1024**2 + 1))
    assert api.client.post("/v", content=pieces, headers=head).status_code == 413


def test_a_photograph_is_held_in_memory_alone(
    issued_api: Api, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was written")

    large = file(photographs.noisy(page([qr(address)], (3_200, 2_400)), 0.2))
    assert 500_000 < len(large) < pictures.MOST_BYTES
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    assert send(issued_api, large)[0] == 200


def test_a_telephone_opens_its_camera_without_a_script(api: Api) -> None:
    shown = api.client.get("/v").text
    [field] = re.findall(r'<input id="photo"[^>]*>', shown)
    assert 'capture="environment"' in field
    assert 'accept="image/jpeg,image/png,image/webp"' in field


def test_a_scan_opens_the_certificate_by_the_code_on_its_page(
    issued_api: Api, address: str
) -> None:
    scan = file(photographs.noisy(page([qr(address)])), "PDF")
    status, shown = send(issued_api, scan, "file")
    assert status == 200
    assert "verdict--valid" in shown
    assert "逐项核对" in shown


@pytest.mark.parametrize("content", [[], ["https://evil.example/v/A7C2E4G6J8LMNPQR"]])
def test_any_other_scan_says_that_the_proofs_are_lost(issued_api: Api, content: list[str]) -> None:
    status, shown = send(issued_api, file(page([qr(each) for each in content]), "PDF"), "file")
    assert status == 200
    assert "verdict--invalid" in shown
    assert "改用编号和查验码查" in shown
    broken = file(page([]), "PDF").replace(b"\xff\xda", b"\x00\x00")
    assert "verdict--invalid" in send(issued_api, broken, "file")[1]
