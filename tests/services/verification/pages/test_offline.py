"""/offline: the file is the one that the trust list names, or the page says that it is not."""

import re
from datetime import timedelta

import pytest

from crypto import sm3
from crypto.jws import b64u
from services import demo
from services.registry import trust
from services.verification import downloads
from tests.services import verifying
from tests.services.calling import Api

FILE = f"/offline/{trust.PAGE}"


def shown(api: Api, language: str = "zh-CN") -> str:
    answer = api.client.get("/offline", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.text


def look(page: str) -> str:
    [found] = re.findall(r'class="told told--(\w+)"', page)
    return str(found)


def test_the_file_is_the_one_that_the_newest_list_names(api: Api) -> None:
    answer = api.client.get(FILE)
    assert answer.headers["content-disposition"] == f'attachment; filename="{trust.PAGE}"'
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    listed = verifying.trusted(api.node)
    assert listed.seq > 1, "a page is read under a list, so a later one names it"
    [artifact] = listed.artifacts
    digest = sm3.digest(answer.content)
    assert (artifact.name, artifact.sm3) == (trust.PAGE, digest)
    page = shown(api)
    assert look(page) == "pass"
    assert f"第 {listed.seq} 号信任列表登记了这个文件" in page
    assert "".join(re.findall(r"<span>([0-9a-f]{4})</span>", page)).startswith(digest.hex())
    assert b64u(digest) in page
    fingerprint = api.node.root.fingerprint
    assert fingerprint.hex() in page
    for place in (FILE, "/v1/status-pack", "/v1/trust/list"):
        assert f'href="{place}"' in page


def test_the_first_list_of_a_root_names_no_page(api: Api) -> None:
    folder = api.node.runtime.settings.trust_folder
    (folder / trust.LIST).write_bytes((folder / "list-1.json").read_bytes())
    page = shown(api)
    assert look(page) == "unknown"
    assert "第 1 号信任列表还没有登记这个文件" in page
    assert FILE in page


def test_another_file_than_the_listed_one_is_told_and_not_offered(api: Api) -> None:
    path = api.node.runtime.settings.trust_folder / trust.PAGE
    path.write_bytes(path.read_bytes() + b" ")
    page = shown(api)
    assert look(page) == "fail"
    assert "请不要使用" in page
    assert f'href="{FILE}"' not in page
    assert "Do not use it" in shown(api, "en")


def test_without_a_list_in_force_nobody_vouches(api: Api) -> None:
    api.node.clock.now += timedelta(days=91)
    page = shown(api)
    assert look(page) == "unknown"
    assert "没有有效的信任列表" in page


def test_a_node_whose_operator_made_no_file_makes_it_itself(api: Api) -> None:
    folder = api.node.runtime.settings.trust_folder
    before = (folder / trust.PAGE).read_bytes()
    (folder / trust.PAGE).unlink()
    assert api.client.get(FILE).content == before == downloads.finished(api.node.root)
    assert look(shown(api)) == "pass"


def test_without_a_root_there_is_no_page(api: Api) -> None:
    (api.node.runtime.settings.trust_folder / trust.ROOT).unlink()
    for path in ("/offline", FILE):
        answer = api.client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == 404


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_it_is_used_in_five_steps(api: Api, language: str) -> None:
    page = shown(api, language)
    assert len(re.findall(r"<li>\s*<h3>", page)) == 5
    assert f"openssl dgst -sm3 {trust.PAGE}" in page


def test_a_second_run_of_the_demo_signs_no_further_list(api: Api) -> None:
    before = verifying.trusted(api.node).seq
    demo.ensure_trust(api.node.runtime, api.node.chain)
    assert verifying.trusted(api.node).seq == before


def test_a_newer_page_is_named_by_a_further_list(api: Api) -> None:
    before = verifying.trusted(api.node).seq
    path = api.node.runtime.settings.trust_folder / trust.PAGE
    path.write_bytes(b"the page of an older version")
    demo.ensure_trust(api.node.runtime, api.node.chain)
    assert verifying.trusted(api.node).seq > before
    assert look(shown(api)) == "pass"
