"""Authorization requests: one flow, exact addresses, and levels that are kept."""

from datetime import timedelta
from typing import Any

import pytest

from crypto.jws import b64u
from identity.levels import Acr
from identity.openid import authorization
from identity.openid.authorization import Need, Signed
from identity.openid.errors import OpenIdRefused
from tests.identity.openid.parties import ABSENT, client
from tests.identity.samples import NOW

CHALLENGE = b64u(bytes(32))


def asked(**changes: Any) -> dict[str, str]:
    given = {
        "client_id": "library",
        "redirect_uri": "https://library.example/back",
        "response_type": "code",
        "scope": "openid profile",
        "nonce": "n-1",
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in given.items() if value is not ABSENT}


def parse(**changes: Any) -> authorization.Request:
    return authorization.parse(client(), asked(**changes))


def test_a_request_is_read() -> None:
    found = parse(max_age="300", prompt="login", ui_locales="zh-CN")
    assert (found.scopes, found.state, found.nonce) == (("openid", "profile"), "s-1", "n-1")
    assert (found.max_age, found.prompt, found.least) == (300, "login", Acr.AAL1)
    assert parse(state=ABSENT).state is None


@pytest.mark.parametrize(
    ("code", "what", "changes"),
    [
        ("request_not_supported", "request", {"request": "ey"}),
        ("request_uri_not_supported", "request_uri", {"request_uri": "urn:x"}),
        ("registration_not_supported", "registration", {"registration": "{}"}),
        ("invalid_request", "claims", {"claims": "{}"}),
        ("invalid_request", "client_id", {"client_id": "other"}),
        ("invalid_request", "redirect_uri", {"redirect_uri": ABSENT}),
        ("invalid_request", "redirect_uri", {"redirect_uri": "https://library.example/back/"}),
        ("invalid_request", "redirect_uri", {"redirect_uri": "https://library.example/back?a=1"}),
        ("invalid_request", "redirect_uri", {"redirect_uri": "https://LIBRARY.example/back"}),
        ("unsupported_response_type", "response_type", {"response_type": "code id_token"}),
        ("unsupported_response_type", "response_type", {"response_type": "token"}),
        ("unsupported_response_type", "response_type", {"response_type": ABSENT}),
        ("invalid_request", "response_mode", {"response_mode": "fragment"}),
        ("invalid_scope", "scope", {"scope": ABSENT}),
        ("invalid_scope", "scope", {"scope": "profile"}),
        ("invalid_scope", "scope", {"scope": "openid openid"}),
        ("invalid_scope", "scope", {"scope": "openid edu"}),
        ("invalid_request", "nonce", {"nonce": ABSENT}),
        ("invalid_request", "nonce", {"nonce": "x" * 513}),
        ("invalid_request", "state", {"state": ""}),
        ("invalid_request", "state", {"state": "a\nb"}),
        ("invalid_request", "code_challenge_method", {"code_challenge_method": "plain"}),
        ("invalid_request", "code_challenge_method", {"code_challenge_method": ABSENT}),
        ("invalid_request", "code_challenge", {"code_challenge": ABSENT}),
        ("invalid_request", "code_challenge", {"code_challenge": CHALLENGE + "="}),
        ("invalid_request", "max_age", {"max_age": "-1"}),
        ("invalid_request", "max_age", {"max_age": "٣"}),
        ("invalid_request", "max_age", {"max_age": "86401"}),
        ("invalid_request", "max_age", {"max_age": "9" * 5000}),
        ("invalid_request", "prompt", {"prompt": "select_account"}),
    ],
)
def test_what_we_do_not_do_is_refused(code: str, what: str, changes: dict[str, Any]) -> None:
    with pytest.raises(OpenIdRefused) as caught:
        parse(**changes)
    assert (caught.value.code, caught.value.what) == (code, what)


def test_no_parameter_comes_twice() -> None:
    assert authorization.once([("a", "1"), ("b", "2")]) == {"a": "1", "b": "2"}
    with pytest.raises(OpenIdRefused, match="invalid_request"):
        authorization.once([("a", "1"), ("a", "1")])


@pytest.mark.parametrize(
    ("own", "acr_values", "least"),
    [
        ("aal1", None, Acr.AAL1),
        ("aal1", "urn:cn-edu:aal:2", Acr.AAL2),
        ("aal1", "urn:cn-edu:aal:3 urn:cn-edu:aal:2", Acr.AAL2),
        ("aal2", "urn:cn-edu:aal:1", Acr.AAL2),
        ("aal2", "urn:other", Acr.AAL2),
        ("aal2pr", "", Acr.AAL2PR),
    ],
)
def test_the_stronger_wish_counts(own: str, acr_values: str | None, least: Acr) -> None:
    changes = {} if acr_values is None else {"acr_values": acr_values}
    assert authorization.parse(client(least=own), asked(**changes)).least is least


@pytest.mark.parametrize(
    ("signed", "changes", "expected"),
    [
        (None, {}, Need.SIGN_IN),
        (Signed(Acr.AAL1, NOW), {}, Need.NOTHING),
        (Signed(Acr.AAL1, NOW), {"acr_values": "urn:cn-edu:aal:2"}, Need.STRONGER),
        (Signed(Acr.QR, NOW), {"acr_values": "urn:cn-edu:aal:2"}, Need.STRONGER),
        (Signed(Acr.AAL2, NOW - timedelta(seconds=301)), {"max_age": "300"}, Need.SIGN_IN),
        (Signed(Acr.AAL2, NOW - timedelta(seconds=300)), {"max_age": "300"}, Need.NOTHING),
    ],
)
def test_what_is_missing_is_told(
    signed: Signed | None, changes: dict[str, str], expected: Need
) -> None:
    assert authorization.need(parse(**changes), signed, NOW) is expected


def test_a_request_that_may_show_no_page_is_refused_instead() -> None:
    request = parse(prompt="none")
    assert authorization.need(request, Signed(Acr.AAL1, NOW), NOW) is Need.NOTHING
    with pytest.raises(OpenIdRefused, match="login_required"):
        authorization.need(request, None, NOW)
