"""Passkeys: what a right answer is, and every way in which one is wrong."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st

from crypto.jws import b64u, unb64u
from identity import challenges
from identity.challenges import Challenge, Purpose
from identity.errors import CloneSuspected, InvalidFactor, LoginRefused
from identity.factors import webauthn
from identity.factors.protocol import Attempt, Proof, Site
from identity.factors.webauthn import Models, Passkey, Passkeys
from identity.levels import FactorKind
from tests.identity.authenticator import (
    BE,
    BS,
    MODEL,
    MODEL_TEXT,
    UP,
    UV,
    Authenticator,
    Key,
    Maker,
)
from tests.identity.samples import NOW, Sequence

SITE = Site("kexin.zz.example", "https://kexin.zz.example", "可信")
SESSION = bytes(32)
HANDLE = webauthn.new_user_handle(Sequence("handle"))
FACTOR = Passkeys(SITE)
MAKER = Maker("A")


def attempt(purpose: Purpose = Purpose.SIGN_IN, **changes: Any) -> Attempt:
    challenge = challenges.new(
        purpose, session=SESSION, account="a", now=NOW, random=Sequence(purpose)
    )
    known = Attempt(NOW, challenge, session=SESSION, account="a", purpose=purpose)
    return replace(known, **changes)


def challenge(purpose: Purpose = Purpose.SIGN_IN) -> Challenge:
    found = attempt(purpose).challenge
    assert found is not None
    return found


def registered(device: Authenticator, **changes: Any) -> Passkey:
    answer = device.create(challenge(Purpose.ENROL).value)
    return register(answer, **changes)


def register(answer: str, models: Models | None = None, **changes: Any) -> Passkey:
    known = attempt(Purpose.ENROL, **changes)
    return webauthn.register(SITE, answer, known, user_handle=HANDLE, models=models)


def sign_in(device: Authenticator, stored: Passkey, **changes: Any) -> Proof[Passkey]:
    return FACTOR.verify(stored, device.get(challenge().value), attempt(**changes))


def not_taken(answer: str, code: str = "passkey_invalid", **changes: Any) -> None:
    with pytest.raises(InvalidFactor) as caught:
        register(answer, **changes)
    assert (caught.value.code, caught.value.params) == (code, {})
    assert caught.value.__cause__ is None


def refused(stored: Passkey, answer: str, **changes: Any) -> None:
    with pytest.raises(LoginRefused) as caught:
        FACTOR.verify(stored, answer, attempt(**changes))
    assert (caught.value.code, caught.value.params) == ("login_refused", {})
    assert caught.value.__cause__ is None
    assert type(caught.value) is LoginRefused


KEYS: dict[str, Callable[[], Key]] = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("name", KEYS)
def test_register_then_sign_in_twice(name: str) -> None:
    device = Authenticator(key=KEYS[name](), user_handle=HANDLE)
    stored = registered(device)

    first = sign_in(device, stored)
    second = sign_in(device, first.stored)

    assert (first.kind, first.at) == (FactorKind.PASSKEY, NOW)
    assert (stored.sign_count, first.stored.sign_count, second.stored.sign_count) == (0, 1, 2)
    assert replace(second.stored, sign_count=0) == stored


def test_what_is_stored_of_a_passkey() -> None:
    stored = registered(Authenticator(flags=UP | UV | BE | BS, transports=["usb", "x", 7, "nfc"]))

    assert stored.credential_id == b"credential of a test"
    assert stored.user_handle == HANDLE
    assert len(HANDLE) == 32
    assert stored.aaguid == "00000000-0000-0000-0000-000000000000"
    assert stored.transports == ("nfc", "usb")
    assert (stored.backup_eligible, stored.backed_up, stored.attested) == (True, True, False)
    assert stored.registered_at == NOW


def test_options_ask_for_verification_and_a_discoverable_credential() -> None:
    stored = registered(Authenticator(transports=["usb"]))
    options = webauthn.registration_options(
        SITE,
        challenge(Purpose.ENROL),
        user_handle=HANDLE,
        login="zhang.san",
        title="张三",
        known=[stored],
    )

    assert options["challenge"] == b64u(challenge(Purpose.ENROL).value)
    assert options["user"] == {"id": b64u(HANDLE), "name": "zhang.san", "displayName": "张三"}
    assert options["rp"] == {"id": "kexin.zz.example", "name": "可信"}
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert options["timeout"] == 300_000
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert options["excludeCredentials"] == [
        {"id": b64u(stored.credential_id), "type": "public-key", "transports": ["usb"]}
    ]
    json.dumps(options)


def test_only_signers_for_an_institution_are_asked_for_attestation() -> None:
    options = webauthn.registration_options(
        SITE,
        challenge(Purpose.ENROL),
        user_handle=HANDLE,
        login="a",
        title="a",
        attested=True,
    )
    assert options["attestation"] == "direct"


def test_options_for_signing_in_name_passkeys_or_leave_the_choice_to_the_device() -> None:
    stored = registered(Authenticator())
    named = webauthn.authentication_options(SITE, challenge(), known=[stored])
    open_to_all = webauthn.authentication_options(SITE, challenge())

    assert named["challenge"] == b64u(challenge().value)
    assert (named["rpId"], named["userVerification"]) == ("kexin.zz.example", "required")
    assert [each["id"] for each in named["allowCredentials"]] == [b64u(stored.credential_id)]
    assert open_to_all["allowCredentials"] == []


BENT: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://kexin.zz.example.org"},
    "another port": {"origin": "https://kexin.zz.example:8443"},
    "no TLS": {"origin": "http://kexin.zz.example"},
    "another site": {"rp_id": "zz.example"},
    "no verification": {"flags": UP},
    "nobody present": {"flags": UV},
    "a copy of what cannot be copied": {"flags": UP | UV | BS},
    "a frame of another origin": {"client": {"crossOrigin": True}},
    "a page of another origin above": {"client": {"topOrigin": "https://a.example"}},
    "another type": {"client": {"type": "payment.get"}},
    "a type that is none": {"client": {"type": 7}},
    "another challenge": {"client": {"challenge": b64u(bytes(32))}},
    "a challenge that is none": {"client": {"challenge": 7}},
    "an origin that is none": {"client": {"origin": ["https://kexin.zz.example"]}},
}


@pytest.mark.parametrize("name", BENT)
def test_a_bent_answer_registers_nothing(name: str) -> None:
    not_taken(Authenticator(**BENT[name]).create(challenge(Purpose.ENROL).value))


@pytest.mark.parametrize("name", BENT)
def test_a_bent_answer_signs_nobody_in(name: str) -> None:
    device = Authenticator(user_handle=HANDLE)
    stored = registered(device)
    bent = replace(device, **BENT[name])

    refused(stored, bent.get(challenge().value))


def test_an_answer_of_another_passkey_or_account_is_refused() -> None:
    device = Authenticator(user_handle=HANDLE)
    stored = registered(device)

    refused(stored, replace(device, user_handle=bytes(32)).get(challenge().value))
    refused(stored, replace(device, credential_id=b"another").get(challenge().value))
    refused(stored, Authenticator(user_handle=HANDLE).get(challenge().value))
    FACTOR.verify(stored, replace(device, user_handle=None).get(challenge().value), attempt())


def test_a_challenge_of_another_session_purpose_or_time_is_refused() -> None:
    device = Authenticator(user_handle=HANDLE)
    stored = registered(device)
    answer = device.get(challenge().value)

    refused(stored, answer, session=b"\x01" * 32)
    refused(stored, answer, account="b")
    refused(stored, answer, now=NOW + timedelta(minutes=5))
    refused(stored, answer, challenge=None)
    refused(stored, answer, purpose=Purpose.ACT)
    refused(stored, answer, challenge=attempt(Purpose.ENROL).challenge)
    FACTOR.verify(stored, answer, attempt())


def test_a_registration_needs_its_own_challenge() -> None:
    answer = Authenticator().create(challenge(Purpose.ENROL).value)

    for changes in ({"challenge": None}, {"challenge": challenge()}, {"session": b"\x01" * 32}):
        with pytest.raises(LoginRefused):
            register(answer, **changes)


@pytest.mark.parametrize(("before", "now"), [(5, 5), (5, 4), (5, 0), (1, 1)])
def test_a_counter_that_does_not_grow_means_a_copy(before: int, now: int) -> None:
    device = Authenticator(user_handle=HANDLE)
    stored = replace(registered(device), sign_count=before)
    device.count = now - 1 if now else -1

    with pytest.raises(CloneSuspected) as caught:
        sign_in(device, stored)
    # The visitor learns no more than from a wrong answer.
    assert (caught.value.code, caught.value.params) == ("login_refused", {})


def test_an_authenticator_without_a_counter_is_no_copy() -> None:
    device = Authenticator(user_handle=HANDLE)
    stored = registered(device)
    device.count = -1

    assert sign_in(device, stored).stored.sign_count == 0


def test_nobody_without_the_key_can_have_a_passkey_suspended() -> None:
    device = Authenticator(user_handle=HANDLE)
    stored = replace(registered(device), sign_count=9)

    refused(stored, Authenticator(user_handle=HANDLE, count=2).get(challenge().value))


def test_a_passkey_does_not_become_transferable_later() -> None:
    device = Authenticator(user_handle=HANDLE)
    stored = registered(device)
    device.flags |= BE

    refused(stored, device.get(challenge().value))


def test_whether_there_is_a_copy_is_kept_up_to_date() -> None:
    device = Authenticator(user_handle=HANDLE, flags=UP | UV | BE)
    stored = registered(device)
    device.flags |= BS

    assert not stored.backed_up
    assert sign_in(device, stored).stored.backed_up


STRANGE_KEYS: dict[str, Any] = {
    "a point off the curve": {1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32},
    "the point at infinity": {1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)},
    "no point": {1: 2, 3: -7, -1: 1},
    "another curve": {1: 2, 3: -7, -1: 2, -2: b"\x01" * 48, -3: b"\x02" * 48},
    "another algorithm": {1: 2, 3: -35, -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32},
    "an algorithm of another kind of key": {1: 2, 3: -8, -1: 1, -2: b"\x01" * 32, -3: b"x"},
    "a short RSA key": {1: 3, 3: -257, -1: b"\xff" * 128, -2: b"\x01\x00\x01"},
    "text for a number": {1: 2, 3: -7, -1: 1, -2: "x", -3: "y"},
    "an unknown kind": {1: 9, 3: -7},
    "a list": [1, 2, 3],
    "nothing": 0,
}


@pytest.mark.parametrize("name", STRANGE_KEYS)
def test_a_strange_key_is_not_taken(name: str) -> None:
    device = Authenticator(cose=STRANGE_KEYS[name])
    if not STRANGE_KEYS[name]:
        device.cose = {1: 0}
    not_taken(device.create(challenge(Purpose.ENROL).value))


STRANGE = [
    "",
    "x",
    "null",
    "[]",
    "{}",
    '{"id":7}',
    '{"response":7}',
    '{"response":{"clientDataJSON":"e30"}}',
    '{"response":{"clientDataJSON":"W10"}}',
    "[" * 50_000,
    " " * 70_000,
    "\ud800",
]


@pytest.mark.parametrize("answer", STRANGE, ids=range(len(STRANGE)))
def test_what_is_no_answer_is_refused(answer: str) -> None:
    not_taken(answer)
    refused(registered(Authenticator()), answer)
    with pytest.raises(LoginRefused):
        webauthn.credential_id(answer)


def test_an_answer_has_a_limit_even_if_the_rest_is_blank() -> None:
    device = Authenticator(user_handle=HANDLE)
    create = device.create(challenge(Purpose.ENROL).value)
    stored = register(create + " " * 1000)

    not_taken(create + " " * 64_000)
    refused(stored, device.get(challenge().value) + " " * 64_000)


def test_an_answer_names_its_passkey() -> None:
    answer = Authenticator(credential_id=b"this one").get(bytes(32))
    assert webauthn.credential_id(answer) == b"this one"


GOOD = Authenticator(key=ed25519.Ed25519PrivateKey.generate(), user_handle=HANDLE)
GOOD_CREATED = GOOD.create(challenge(Purpose.ENROL).value)
GOOD_STORED = register(GOOD_CREATED)
GOOD_SIGNED = GOOD.get(challenge().value)


@st.composite
def bent(draw: st.DrawFn, answer: str, *parts: str) -> str:
    """Return the answer with one octet changed, cut off with the rest, or put in."""
    whole = json.loads(answer)
    part = draw(st.sampled_from(parts))
    octets = bytearray(unb64u(whole["response"][part]))
    at = draw(st.integers(0, len(octets) - 1))
    match draw(st.sampled_from(["change", "cut", "put in"])):
        case "change":
            octets[at] ^= draw(st.integers(1, 255))
        case "cut":
            del octets[at:]
        case _:
            octets[at:at] = draw(st.binary(min_size=1, max_size=4))
    whole["response"][part] = b64u(bytes(octets))
    return json.dumps(whole)


@given(answer=bent(GOOD_SIGNED, "clientDataJSON", "authenticatorData", "signature"))
def test_no_altered_octet_signs_anybody_in(answer: str) -> None:
    refused(GOOD_STORED, answer)


@given(answer=bent(GOOD_CREATED, "clientDataJSON", "attestationObject"))
def test_an_altered_registration_is_another_or_none(answer: str) -> None:
    """Unattested, a key or count may be another; what is malformed never breaks out."""
    with suppress(InvalidFactor):
        assert register(answer).user_handle == HANDLE


MODELS = Models(frozenset({MODEL_TEXT}), (MAKER.root_pem,))


def attested(**changes: Any) -> Authenticator:
    known: dict[str, Any] = {"aaguid": MODEL, "fmt": "packed", "maker": MAKER}
    return Authenticator(**{**known, "user_handle": HANDLE, **changes})


def test_an_attested_model_on_the_list_is_a_hardware_key() -> None:
    device = attested()
    stored = registered(device, models=MODELS)

    assert (stored.attested, stored.aaguid, stored.kind) == (
        True,
        MODEL_TEXT,
        FactorKind.HARDWARE_KEY,
    )
    assert sign_in(device, stored).kind is FactorKind.HARDWARE_KEY


def test_an_attested_key_that_can_be_copied_is_none() -> None:
    device = attested(flags=UP | UV | BE)
    assert registered(device, models=MODELS).kind is FactorKind.PASSKEY


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fmt": "none"}, "passkey_model"),
        ({"maker": None}, "passkey_model"),
        ({"aaguid": bytes(16)}, "passkey_model"),
        ({"maker": Maker("A")}, "passkey_invalid"),
        ({"fmt": "fido-u2f"}, "passkey_invalid"),
        ({"fmt": "x"}, "passkey_invalid"),
    ],
)
def test_other_models_do_not_sign_for_an_institution(changes: dict[str, Any], code: str) -> None:
    answer = attested(**changes).create(challenge(Purpose.ENROL).value)
    not_taken(answer, code, models=MODELS)


@pytest.mark.parametrize("model", [None, bytes(16)])
def test_the_maker_vouches_for_this_model(model: bytes | None) -> None:
    maker = Maker("B", model)
    models = Models(frozenset({MODEL_TEXT}), (maker.root_pem,))

    answer = attested(maker=maker).create(challenge(Purpose.ENROL).value)
    not_taken(answer, "passkey_model", models=models)


def test_where_no_model_is_asked_for_a_key_may_vouch_for_itself() -> None:
    assert not registered(attested(maker=None)).attested
    not_taken(Authenticator(fmt="fido-u2f", maker=MAKER).create(challenge(Purpose.ENROL).value))


def test_a_list_of_models_needs_their_makers() -> None:
    with pytest.raises(ValueError, match="makers"):
        Models(frozenset({MODEL_TEXT}), ())
