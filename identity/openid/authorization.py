"""What a relying party may ask for, and whether somebody's sign-in answers it.

Standards  OpenID Connect Core 1.0, 3.1.2; RFC 9126: requests are pushed, the browser carries a
           reference only; RFC 7636 with S256 alone; RFC 9207: `iss` in each answer
Refused    any other flow, a parameter twice, another redirect address than a registered one,
           `request`, `claims`, `registration`: we would not do what they ask
Errors     OpenIdRefused
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from crypto.errors import InvalidEncoding
from crypto.jws import unb64u
from identity.levels import Acr
from identity.openid.clients import Client
from identity.openid.errors import OpenIdRefused

REQUEST_LIFE = timedelta(seconds=90)
"""How long a pushed request may wait for its browser (RFC 9126, 2.2)."""
MOST_TEXT = 512
LONGEST_AGE = 86_400

_NOT_SUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
    "claims": "invalid_request",
}
_LEVELS = {level.urn: level for level in (Acr.AAL1, Acr.AAL2, Acr.AAL2PR, Acr.AAL3)}
ACR_VALUES = tuple(_LEVELS)


@dataclass(frozen=True, slots=True)
class Request:
    """An authorization request that may be answered."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str = field(repr=False)
    challenge: str
    state: str | None = field(repr=False)
    least: Acr
    max_age: int | None
    prompt: str | None


@dataclass(frozen=True, slots=True)
class Signed:
    """How somebody is signed in."""

    acr: Acr
    at: datetime


class Need(Enum):
    """What stands between a sign-in and an answer."""

    NOTHING = "nothing"
    SIGN_IN = "sign_in"
    STRONGER = "stronger"


def once(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the parameters by name. Raises OpenIdRefused if one came twice (RFC 6749, 3.1)."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise OpenIdRefused("invalid_request", name)
        found[name] = value
    return found


def parse(client: Client, given: Mapping[str, str]) -> Request:
    """Return the request of pushed parameters. Raises OpenIdRefused."""
    for name, code in _NOT_SUPPORTED.items():
        if name in given:
            raise OpenIdRefused(code, name)
    if given.get("client_id", client.id) != client.id:
        raise OpenIdRefused("invalid_request", "client_id")
    if given.get("redirect_uri") not in client.redirect_uris:
        raise OpenIdRefused("invalid_request", "redirect_uri")
    if given.get("response_type") != "code":
        raise OpenIdRefused("unsupported_response_type", "response_type")
    if given.get("response_mode", "query") != "query":
        raise OpenIdRefused("invalid_request", "response_mode")
    return Request(
        client_id=client.id,
        redirect_uri=given["redirect_uri"],
        scopes=_scopes(client, given.get("scope", "")),
        nonce=_required(given, "nonce"),
        challenge=_challenge(given),
        state=_required(given, "state") if "state" in given else None,
        least=_least(client, given.get("acr_values")),
        max_age=_age(given.get("max_age")),
        prompt=_prompt(given.get("prompt")),
    )


def need(request: Request, signed: Signed | None, now: datetime) -> Need:
    """Return what is missing. Raises OpenIdRefused login_required for prompt=none."""
    found = _need(request, signed, now)
    if found is not Need.NOTHING and request.prompt == "none":
        raise OpenIdRefused("login_required", "prompt")
    return found


def _need(request: Request, signed: Signed | None, now: datetime) -> Need:
    if signed is None:
        return Need.SIGN_IN
    if signed.acr < request.least:
        return Need.STRONGER
    if request.max_age is not None and now - signed.at > timedelta(seconds=request.max_age):
        return Need.SIGN_IN
    return Need.NOTHING


def _scopes(client: Client, text: str) -> tuple[str, ...]:
    asked = text.split(" ")
    if "openid" not in asked or len(set(asked)) != len(asked) or set(asked) - set(client.scopes):
        raise OpenIdRefused("invalid_scope", "scope")
    return tuple(scope for scope in client.scopes if scope in asked)


def _required(given: Mapping[str, str], name: str) -> str:
    value = given.get(name, "")
    if not 0 < len(value) <= MOST_TEXT or not value.isprintable():
        raise OpenIdRefused("invalid_request", name)
    return value


def _challenge(given: Mapping[str, str]) -> str:
    if given.get("code_challenge_method") != "S256":
        raise OpenIdRefused("invalid_request", "code_challenge_method")
    value = given.get("code_challenge", "")
    try:
        size = len(unb64u(value))
    except InvalidEncoding:
        size = 0
    if size != 32:
        raise OpenIdRefused("invalid_request", "code_challenge")
    return value


def _least(client: Client, text: str | None) -> Acr:
    """Return the level to reach: the client's own, or the weakest of those asked if stronger.

    acr_values that name no level of ours are a wish we cannot grant (Core, 3.1.2.1: voluntary).
    """
    known = [_LEVELS[each] for each in (text or "").split(" ") if each in _LEVELS]
    return max([client.least, *([min(known)] if known else [])])


def _age(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 5 or int(text) > LONGEST_AGE:
        raise OpenIdRefused("invalid_request", "max_age")
    return int(text)


def _prompt(text: str | None) -> str | None:
    if text not in (None, "none", "login", "consent"):
        raise OpenIdRefused("invalid_request", "prompt")
    return text
