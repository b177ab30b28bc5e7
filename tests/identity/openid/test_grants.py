"""Codes and refresh tokens serve once; PKCE as its standard's example has it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identity.openid import grants
from identity.openid.errors import OpenIdRefused, TokenReused
from identity.openid.grants import Code, Refresh
from tests.identity.samples import NOW

BACK = "https://library.example/back"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""RFC 7636, appendix B."""
CODE = Code("library", BACK, CHALLENGE, NOW + grants.CODE_LIFE, None)
REFRESH = Refresh("library", NOW + grants.REFRESH_LIFE, None, None)


def redeem(code: Code = CODE, **changes: Any) -> None:
    given = {"client_id": "library", "redirect_uri": BACK, "verifier": VERIFIER, "now": NOW}
    grants.redeem(code, **{**given, **changes})


def test_a_code_is_redeemed() -> None:
    redeem()


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("client_id", {"client_id": "other"}),
        ("expired", {"now": NOW + grants.CODE_LIFE}),
        ("redirect_uri", {"redirect_uri": None}),
        ("redirect_uri", {"redirect_uri": BACK + "?"}),
        ("code_verifier", {"verifier": None}),
        ("code_verifier", {"verifier": VERIFIER[:-1]}),
        ("code_verifier", {"verifier": VERIFIER[:-1] + "x"}),
        ("code_verifier", {"verifier": "x" * 129}),
        ("code_verifier", {"verifier": CHALLENGE}),
    ],
)
def test_anything_else_is_refused(what: str, changes: dict[str, Any]) -> None:
    with pytest.raises(OpenIdRefused) as caught:
        redeem(**changes)
    assert (caught.value.code, caught.value.what) == ("invalid_grant", what)
    assert not isinstance(caught.value, TokenReused)


def test_a_second_use_is_told_apart_but_not_to_a_stranger() -> None:
    used = replace(CODE, used_at=NOW)
    with pytest.raises(TokenReused):
        redeem(used)
    with pytest.raises(OpenIdRefused) as caught:
        redeem(used, client_id="other")
    assert not isinstance(caught.value, TokenReused)


def test_a_refresh_token_turns_once() -> None:
    grants.rotate(REFRESH, client_id="library", now=NOW)
    with pytest.raises(TokenReused):
        grants.rotate(replace(REFRESH, used_at=NOW), client_id="library", now=NOW)


@pytest.mark.parametrize(
    ("what", "token", "client_id", "later"),
    [
        ("client_id", REFRESH, "other", timedelta()),
        ("ended", replace(REFRESH, family_ended_at=NOW), "library", timedelta()),
        ("ended", replace(REFRESH, family_ended_at=NOW, used_at=NOW), "library", timedelta()),
        ("expired", REFRESH, "library", grants.REFRESH_LIFE),
    ],
)
def test_other_refresh_tokens_are_refused(
    what: str, token: Refresh, client_id: str, later: timedelta
) -> None:
    with pytest.raises(OpenIdRefused) as caught:
        grants.rotate(token, client_id=client_id, now=NOW + later)
    assert caught.value.what == what
