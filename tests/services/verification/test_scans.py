"""What a code stands for: ours by host and port alone, everything else named and not followed."""

import pytest

from services.verification import scans
from services.verification.scans import Kind

OWN = "https://kexin.zz.example"
CODE = "A7C2E4G6J8LMNPQR"
OURS = f"{OWN}/v/{CODE}"


@pytest.mark.parametrize(
    "text",
    [
        OURS,
        f"{OURS}/",
        f" {OURS}\n",
        f"{OWN}/v/{CODE.lower()}",
        f"{OURS}?from=groupmessage&isappinstalled=0",
        f"{OURS}#rd",
        f"http://kexin.zz.example/v/{CODE}",
        f"https://KEXIN.zz.example:443/v/{CODE}",
    ],
)
def test_an_address_of_ours_is_a_code(text: str) -> None:
    assert scans.read([text], OWN) == scans.Scan(Kind.OURS, CODE)


def test_ports_and_folders_are_part_of_our_place() -> None:
    own = "http://127.0.0.1:8400"
    assert scans.code_in(f"{own}/v/{CODE}", own) == CODE
    assert scans.code_in(f"http://127.0.0.1:8401/v/{CODE}", own) is None
    assert scans.code_in(f"http://127.0.0.1/v/{CODE}", own) is None
    assert scans.code_in(f"https://a.example/kx/v/{CODE}", "https://a.example/kx") == CODE


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (f"https://kexin.zz.example.evil.example/v/{CODE}", "kexin.zz.example.evil.example"),
        (f"https://kexin.zz.example@evil.example/v/{CODE}", "evil.example"),
        ("https://kexin.zz.example/login", "kexin.zz.example"),
        (f"https://kexin.zz.example/v/{CODE}/more", "kexin.zz.example"),
        ("https://kexin.zz.example/v/short", "kexin.zz.example"),
        (f"https://kéxin.zz.example/v/{CODE}", "xn--kxin-bpa.zz.example"),
        ("http://[::1]:80/x", "::1"),
        ("https://a_b.example/", ""),
        ("https://" + "x" * 70 + ".example/", ""),
    ],
)
def test_another_site_is_named_and_never_looks_like_ours(text: str, host: str) -> None:
    assert scans.read([text], OWN) == scans.Scan(Kind.FOREIGN, host=host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "一串文字",
        "javascript:alert(1)",
        "weixin://dl/x",
        "http://",
        "https://[x",
        "http://a:b/",
    ],
)
def test_what_is_no_web_address_is_text(text: str) -> None:
    assert scans.read([text], OWN).kind is Kind.TEXT


def test_several_codes() -> None:
    other = f"{OWN}/v/{CODE[::-1]}"
    assert scans.read([OURS, other], OWN).kind is Kind.SEVERAL
    assert scans.read([OURS, OURS + "?from=timeline"], OWN).kind is Kind.OURS
    assert scans.read(["https://school.example/", OURS], OWN).code == CODE
    assert scans.read(["text", "https://school.example/"], OWN).host == "school.example"
    assert scans.read([], OWN).kind is Kind.NONE
