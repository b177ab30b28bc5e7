"""Relying parties: what a registration must and may say."""

from typing import Any

import pytest

from identity.levels import Acr
from identity.openid import clients
from identity.openid.errors import OpenIdRefused
from tests.identity.openid.parties import ABSENT, client, es_jwk, registration, sm_jwk

TWO_HOSTS = ["https://a.example/back", "https://b.example/back"]


def test_a_registration_is_read() -> None:
    found = client()
    assert (found.id, found.least, found.sector_host) == ("library", Acr.AAL1, "library.example")
    assert found.redirect_uris == ("https://library.example/back",)
    assert found.key("es-1") == ("ES256", es_jwk())
    assert found.key(sm_jwk()["kid"])[0] == "SGD_SM3_SM2"


def test_what_is_left_out_is_the_narrowest() -> None:
    absent = ("scopes", "id_token_alg", "least", "backchannel_logout_uri")
    found = client(post_logout_redirect_uris=ABSENT, **dict.fromkeys(absent, ABSENT))
    assert found.scopes == ("openid",)
    assert (found.id_token_alg, found.least) == ("ES256", Acr.AAL2)
    assert (found.backchannel_logout_uri, found.post_logout_redirect_uris) == (None, ())


def test_several_hosts_need_a_named_sector() -> None:
    assert client(redirect_uris=TWO_HOSTS, sector_host="a.example").sector_host == "a.example"
    with pytest.raises(OpenIdRefused) as caught:
        client(redirect_uris=TWO_HOSTS)
    assert caught.value.what == "sector_host"


def test_loopback_may_do_without_tls() -> None:
    for host in ("127.0.0.1:9000", "localhost", "[::1]:8"):
        address = f"http://{host}/back"
        assert client(redirect_uris=[address]).redirect_uris == (address,)


def test_a_key_that_was_not_registered_is_not_found() -> None:
    with pytest.raises(OpenIdRefused, match="invalid_client"):
        client().key("other")


def _key(**changes: Any) -> dict[str, Any]:
    made = {"keys": [{**es_jwk(), **changes}]}
    return {"jwks": {"keys": [{n: v for n, v in made["keys"][0].items() if v is not ABSENT}]}}


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("unknown_member", {"grant_types": ["implicit"]}),
        ("id", {"id": ""}),
        ("id", {"id": "a\nb"}),
        ("name", {"name": ABSENT}),
        ("name", {"name": "x" * 513}),
        ("redirect_uris", {"redirect_uris": []}),
        ("redirect_uris", {"redirect_uris": ABSENT}),
        ("redirect_uris", {"redirect_uris": "https://library.example/back"}),
        ("redirect_uris", {"redirect_uris": ["https://library.example/back"] * 2}),
        ("redirect_uris", {"redirect_uris": [f"https://l.example/{n}" for n in range(11)]}),
        ("redirect_uris", {"redirect_uris": [7]}),
        ("redirect_uris", {"redirect_uris": ["http://library.example/back"]}),
        ("redirect_uris", {"redirect_uris": ["https://library.example/back#here"]}),
        ("redirect_uris", {"redirect_uris": ["https://user@library.example/back"]}),
        ("redirect_uris", {"redirect_uris": ["https:///back"]}),
        ("redirect_uris", {"redirect_uris": ["https://[library/back"]}),
        ("redirect_uris", {"redirect_uris": ["https://图书馆.example/back"]}),
        ("redirect_uris", {"redirect_uris": ["https://l.example/a\tb"]}),
        ("redirect_uris", {"redirect_uris": ["app.example:/back"]}),
        ("redirect_uris", {"redirect_uris": ["https://l.example/" + "x" * 513]}),
        ("backchannel_logout_uri", {"backchannel_logout_uri": "http://library.example"}),
        ("jwks", {"jwks": ABSENT}),
        ("jwks", {"jwks": {"keys": []}}),
        ("jwks", {"jwks": {"keys": [es_jwk()] * 2}}),
        ("jwks", {"jwks": {"keys": ["key"]}}),
        ("jwks", _key(d="secret")),
        ("jwks", _key(kid=ABSENT)),
        ("jwks", _key(crv="P-384")),
        ("jwks", _key(kty="RSA")),
        ("scopes", {"scopes": ["profile"]}),
        ("scopes", {"scopes": "openid"}),
        ("scopes", {"scopes": ["openid", "openid"]}),
        ("scopes", {"scopes": ["openid", "grades"]}),
        ("id_token_alg", {"id_token_alg": "none"}),
        ("least", {"least": "aal3"}),
        ("sector_host", {"sector_host": ""}),
    ],
)
def test_a_bad_registration_names_its_member(what: str, changes: dict[str, Any]) -> None:
    with pytest.raises(OpenIdRefused) as caught:
        clients.parse(registration(**changes))
    assert (caught.value.code, caught.value.what) == ("invalid_client_metadata", what)
