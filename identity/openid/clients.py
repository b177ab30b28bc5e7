"""Relying parties: systems of the city that people sign in to with Kexin.

Registered   by a registrar; no dynamic registration (identity.md 4.5)
Proof        `private_key_jwt` alone: a client has keys, never a password
Addresses    compared whole, character by character (RFC 9700, 2.1); https, or http on loopback
Sector       the host of the redirect addresses, all of one; others must be named on registration
Tokens       ES256, or SGD_SM3_SM2 for clients that ask for it
Errors       OpenIdRefused invalid_client_metadata, naming the member
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from identity.levels import Acr
from identity.openid.errors import OpenIdRefused

ES256 = "ES256"
SM2 = "SGD_SM3_SM2"
ALGORITHMS = (ES256, SM2)
SCOPES = ("openid", "profile", "edu", "offline_access")
MOST_ADDRESSES, MOST_KEYS, MOST_TEXT = 10, 4, 512
_CURVES = {"P-256": ES256, "SM2-P-256": SM2}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_MEMBERS = frozenset(
    {
        "id",
        "name",
        "redirect_uris",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "sector_host",
        "jwks",
        "scopes",
        "id_token_alg",
        "least",
    }
)


@dataclass(frozen=True, slots=True)
class Client:
    """One relying party as it was registered."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    backchannel_logout_uri: str | None
    sector_host: str
    keys: tuple[Mapping[str, str], ...] = field(repr=False)
    scopes: tuple[str, ...]
    id_token_alg: str
    least: Acr

    def key(self, kid: str) -> tuple[str, Mapping[str, str]]:
        """Return the algorithm of a key and the key. Raises OpenIdRefused."""
        for key in self.keys:
            if key["kid"] == kid:
                return _CURVES[key["crv"]], key
        raise OpenIdRefused("invalid_client", "kid")


def parse(document: Mapping[str, Any]) -> Client:
    """Return the client of a registration. Raises OpenIdRefused."""
    if set(document) - _MEMBERS:
        raise _bad("unknown_member")
    redirects = _addresses(document, "redirect_uris", least=1)
    logout = document.get("backchannel_logout_uri")
    return Client(
        id=_text(document, "id"),
        name=_text(document, "name"),
        redirect_uris=redirects,
        post_logout_redirect_uris=_addresses(document, "post_logout_redirect_uris", least=0),
        backchannel_logout_uri=None
        if logout is None
        else _address("backchannel_logout_uri", logout),
        sector_host=_sector(document, redirects),
        keys=_keys(document.get("jwks")),
        scopes=_scopes(document.get("scopes", ["openid"])),
        id_token_alg=_one_of(document.get("id_token_alg", ES256), ALGORITHMS, "id_token_alg"),
        least=Acr(_one_of(document.get("least", "aal2"), ("aal1", "aal2", "aal2pr"), "least")),
    )


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise _bad(name)
    if len(value) > MOST_TEXT:
        raise _bad(name)
    return value


def _addresses(document: Mapping[str, Any], name: str, *, least: int) -> tuple[str, ...]:
    values = document.get(name, [])
    if not isinstance(values, list) or not least <= len(values) <= MOST_ADDRESSES:
        raise _bad(name)
    if len(set(map(str, values))) != len(values):
        raise _bad(name)
    return tuple(_address(name, value) for value in values)


def _address(name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT or not value.isascii():
        raise _bad(name)
    try:
        parts = urlsplit(value)
    except ValueError:
        raise _bad(name) from None
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    secure = parts.scheme == "https" and parts.hostname
    if not (plain or secure) or "#" in value or "@" in parts.netloc or not value.isprintable():
        raise _bad(name)
    return value


def _sector(document: Mapping[str, Any], redirects: tuple[str, ...]) -> str:
    hosts = {str(urlsplit(each).hostname) for each in redirects}
    if "sector_host" in document:
        return _text(document, "sector_host")
    if len(hosts) != 1:
        raise _bad("sector_host")
    return hosts.pop()


def _keys(jwks: object) -> tuple[Mapping[str, str], ...]:
    listed = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_KEYS:
        raise _bad("jwks")
    kids = set()
    for key in listed:
        names = {"kty", "crv", "x", "y", "kid"}
        texts = isinstance(key, dict) and all(isinstance(key.get(name), str) for name in names)
        if not texts or "d" in key or key["kty"] != "EC" or key["crv"] not in _CURVES:
            raise _bad("jwks")
        kids.add(key["kid"])
    if len(kids) != len(listed):
        raise _bad("jwks")
    return tuple(
        {name: str(key[name]) for name in ("kty", "crv", "x", "y", "kid")} for key in listed
    )


def _scopes(values: object) -> tuple[str, ...]:
    if (
        not isinstance(values, list)
        or "openid" not in values
        or len(values) != len(set(map(str, values)))
    ):
        raise _bad("scopes")
    return tuple(_one_of(value, SCOPES, "scopes") for value in values)


def _one_of(value: object, known: tuple[str, ...], name: str) -> str:
    if value not in known:
        raise _bad(name)
    return str(value)


def _bad(name: str) -> OpenIdRefused:
    return OpenIdRefused("invalid_client_metadata", name)
