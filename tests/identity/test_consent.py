"""Receipts: provable without us, and nothing in them that their parts do not allow."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from crypto import canonical, jws, sm2, sm3
from identity import consent
from identity.consent import Actor, Basis, Decision, Receipt
from identity.errors import InvalidConsent
from identity.levels import Acr
from tests.identity.samples import (
    CONSENT,
    NOW,
    SCHOOL,
    consent_token,
    kid,
    private_key,
    signer,
)

PRIVATE = private_key("consent")
TOKEN = consent_token()
CHILD = CONSENT.principal
OLDER = replace(
    CONSENT,
    under_14=False,
    sensitive=False,
    actor=Actor(guardian=False, id=CHILD),
    purposes=tuple(replace(each, basis=Basis.CONSENT) for each in CONSENT.purposes),
)


def signed(payload: Any, *, typ: str = consent.TYP) -> str:
    return jws.sign_compact(
        payload=canonical.dumps(payload),
        typ=typ,
        kid=PRIVATE.public.kid,
        sign=lambda message: sm2.sign(PRIVATE, message),
    )


def refusal(act: Callable[[], object]) -> InvalidConsent:
    with pytest.raises(InvalidConsent) as caught:
        act()
    return caught.value


def made(receipt: Receipt) -> str:
    return consent.sign(receipt, kid=PRIVATE.public.kid, sign=lambda m: sm2.sign(PRIVATE, m))


def unsigned(receipt: Receipt) -> InvalidConsent:
    """Neither do we sign it, nor do we believe it if somebody with our key did."""
    first = refusal(lambda: made(receipt))
    second = refusal(lambda: consent.verify(signed(receipt.to_json()), PRIVATE.public))
    assert (first.code, first.params) == (second.code, second.params)
    return first


def test_a_receipt_verifies_with_nothing_but_the_key() -> None:
    assert consent.verify(TOKEN, PRIVATE.public) == CONSENT
    assert consent.digest(TOKEN) == sm3.digest(TOKEN.encode())


@pytest.mark.parametrize(
    "receipt",
    [
        OLDER,
        replace(OLDER, language="en", controller=replace(CONSENT.controller, uscc=None)),
        replace(OLDER, purposes=tuple(replace(p, basis=Basis.SEPARATE) for p in OLDER.purposes)),
        replace(CONSENT, decision=Decision.REFUSED),
        replace(CONSENT, decision=Decision.REFUSED, actor=OLDER.actor, acr=Acr.AAL1),
        replace(CONSENT, decision=Decision.WITHDRAWN, previous=bytes(32), acr=Acr.QR),
        replace(CONSENT, previous=bytes(32)),
        replace(CONSENT, under_14=False, sensitive=False),
    ],
)
def test_other_receipts(receipt: Receipt) -> None:
    assert consent.verify(made(receipt), PRIVATE.public) == receipt


def test_a_receipt_names_nobody() -> None:
    payload = json.loads(jws.parse_compact(TOKEN).payload)

    assert payload["principal"] == jws.b64u(CHILD)
    assert payload["actor"] == {"as": "guardian", "id": jws.b64u(CONSENT.actor.id)}
    assert payload["controller"]["institution"] == SCHOOL


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (replace(CONSENT, actor=Actor(guardian=True, id=CHILD)), "consent_actor"),
        (replace(OLDER, actor=Actor(guardian=False, id=bytes(32))), "consent_actor"),
        (replace(CONSENT, actor=OLDER.actor), "consent_guardian"),
        (replace(OLDER, under_14=True, sensitive=True), "consent_guardian"),
        (replace(CONSENT, sensitive=False), "consent_guardian"),
        (replace(CONSENT, purposes=OLDER.purposes), "consent_guardian"),
        (
            replace(CONSENT, purposes=(CONSENT.purposes[0], OLDER.purposes[1])),
            "consent_guardian",
        ),
        (replace(CONSENT, acr=Acr.AAL1), "consent_too_weak"),
        (replace(CONSENT, acr=Acr.QR), "consent_too_weak"),
        (replace(CONSENT, acr=Acr.RECOVERY), "consent_too_weak"),
    ],
)
def test_what_a_receipt_may_not_say(receipt: Receipt, code: str) -> None:
    assert (unsigned(receipt).code, unsigned(receipt).params) == (code, {})


def test_nobody_consents_to_what_is_over() -> None:
    over = replace(CONSENT.purposes[0], ends_at=NOW)
    error = unsigned(replace(CONSENT, purposes=(over,)))
    assert (error.code, error.params) == ("consent_unreadable", {"member": "ends"})
    later = replace(over, ends_at=NOW + timedelta(seconds=1))
    made(replace(CONSENT, purposes=(later,)))


def test_what_is_taken_back_is_named() -> None:
    error = unsigned(replace(CONSENT, decision=Decision.WITHDRAWN))
    assert error.params == {"member": "previous"}


BAD: dict[str, tuple[str, Any]] = {
    "format": ("format", "kexin/consent-receipt/v2"),
    "jurisdiction": ("jurisdiction", "DE"),
    "id": ("id", "a b"),
    "node": ("node", "Node"),
    "decision": ("decision", "perhaps"),
    "decided": ("decided", "2026-11-24"),
    "language": ("language", "fr"),
    "principal": ("principal", "AA"),
    "actor": ("actor", {"as": "uncle", "id": "AA"}),
    "method": ("method", {"acr": "aal9", "amr": ["otp"]}),
    "methods": ("method", {"acr": "aal2", "amr": []}),
    "controller": ("controller", {}),
    "policy": ("policy", {"url": "x"}),
    "text": ("text", "AA"),
    "no purpose": ("purposes", []),
    "purpose": ("purposes", [7]),
    "sensitive": ("sensitive", 1),
    "under_14": ("under_14", None),
    "withdraw_url": ("withdraw_url", "javascript:alert(1)"),
    "previous": ("previous", "AA"),
    "more": ("more", 1),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_receipt_is_refused(name: str) -> None:
    member, value = BAD[name]
    payload = {**CONSENT.to_json(), member: value}
    error = refusal(lambda: consent.verify(signed(payload), PRIVATE.public))
    assert error.code == "consent_unreadable"


@pytest.mark.parametrize(
    ("inner", "member", "value"),
    [
        ("actor", "more", 1),
        ("method", "more", 1),
        ("controller", "institution", "inst_x"),
        ("controller", "uscc", "91350100M000100Y4Z"),
        ("controller", "more", 1),
        ("policy", "more", 1),
    ],
)
def test_inner_objects_are_whole(inner: str, member: str, value: Any) -> None:
    payload: dict[str, Any] = {**CONSENT.to_json()}
    payload[inner] = {**payload[inner], member: value}
    error = refusal(lambda: consent.verify(signed(payload), PRIVATE.public))
    assert error.code == "consent_unreadable"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("id", "X"),
        ("text", ""),
        ("categories", ["name", "class"]),
        ("categories", []),
        ("basis", "because"),
        ("recipients", ["b", "a"]),
        ("ends", "never"),
        ("primary", "no"),
        ("more", 1),
    ],
)
def test_purposes_are_whole(member: str, value: Any) -> None:
    payload: dict[str, Any] = {**CONSENT.to_json()}
    payload["purposes"] = [{**payload["purposes"][0], member: value}]
    error = refusal(lambda: consent.verify(signed(payload), PRIVATE.public))
    assert error.code == "consent_unreadable"


@pytest.mark.parametrize("order", [(1, 0), (0, 0)])
def test_purposes_are_in_order_and_once(order: tuple[int, int]) -> None:
    purposes = tuple(CONSENT.purposes[at] for at in order)
    assert unsigned(replace(CONSENT, purposes=purposes)).params == {"member": "purposes"}


def test_another_key_or_type_is_refused() -> None:
    other = private_key("other").public
    assert refusal(lambda: consent.verify(TOKEN, other)).code == "consent_signature"
    document = signed(CONSENT.to_json(), typ="kexin-approval+jws")
    assert refusal(lambda: consent.verify(document, PRIVATE.public)).code == "consent_unreadable"


def test_no_altered_character_is_accepted() -> None:
    for at in range(0, len(TOKEN), 11):
        swapped = "A" if TOKEN[at] != "A" else "B"
        verify = partial(consent.verify, TOKEN[:at] + swapped + TOKEN[at + 1 :], PRIVATE.public)
        assert refusal(verify).code in {"consent_signature", "consent_unreadable"}


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"a":1.5}'])
def test_what_is_no_canonical_object_is_refused(payload: bytes) -> None:
    token = jws.sign_compact(
        payload=payload, typ=consent.TYP, kid=kid("consent"), sign=signer("consent")
    )
    assert refusal(lambda: consent.verify(token, PRIVATE.public)).code == "consent_unreadable"
