"""All factors are proved in one way, refuse in one way, and say what is used up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from crypto import sm2
from crypto.jws import b64u
from identity.challenges import Purpose
from identity.errors import LoginRefused
from identity.factors import (
    device_key,
    password,
    qr,
    recovery_codes,
    sm3_otp,
    totp,
    webauthn,
)
from identity.factors.device_key import DeviceKey, DeviceKeys
from identity.factors.outside import Link, Outside, Provider
from identity.factors.protocol import Attempt, Factor, Proof
from identity.factors.recovery_codes import RecoveryCodes
from identity.factors.webauthn import Passkey, Passkeys
from identity.levels import FactorKind
from tests.identity.authenticator import Authenticator
from tests.identity.samples import CHALLENGE, NOW, SESSION, SITE, Sequence, private_key

Stored = TypeVar("Stored")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Case(Generic[Stored, Answer]):
    """One factor: what is stored, an answer that fits and one that does not."""

    kind: FactorKind
    factor: Factor[Stored, Answer]
    stored: Stored
    right: Answer
    wrong: Answer
    attempt: Attempt
    once: bool = True
    """Whether what is stored afterwards uses the answer up; else its challenge was used up."""

    def prove(self) -> Proof[Stored]:
        return self.factor.verify(self.stored, self.right, self.attempt)

    def prove_again(self) -> Proof[Stored]:
        return self.factor.verify(self.prove().stored, self.right, self.attempt)

    def fail(self) -> Proof[Stored]:
        return self.factor.verify(self.stored, self.wrong, self.attempt)


PASSKEY = Authenticator()
PRIVATE = private_key("device")
DEVICE = DeviceKey(PRIVATE.public, "phone", FactorKind.DEVICE_KEY, NOW)


def stored_passkey() -> Passkey:
    enrol = replace(CHALLENGE, purpose=Purpose.ENROL)
    attempt = Attempt(NOW, enrol, session=SESSION)
    return webauthn.register(SITE, PASSKEY.create(enrol.value), attempt, user_handle=bytes(32))


SEED = totp.Seed(bytes(20), 0)
CODE = totp.code(SEED.seed, totp.step(NOW))
CARD = sm3_otp.Card(bytes(20), 0)
CARD_CODE = sm3_otp.code(CARD.seed, sm3_otp.step(NOW))


def cases() -> Iterator[Case[Any, Any]]:
    stored = password.encode("correct horse", rounds=2, random=Sequence("salt"))
    kind = FactorKind.PASSWORD
    factor = password.Password()
    yield Case(kind, factor, stored, "correct horse", "x", Attempt(NOW), once=False)
    yield Case(FactorKind.TOTP, totp.Totp(), SEED, CODE, "x", Attempt(NOW))
    yield Case(FactorKind.SM3_OTP, sm3_otp.Sm3Otp(), CARD, CARD_CODE, "x", Attempt(NOW))
    answering = Attempt(NOW, CHALLENGE, session=SESSION)
    passkey = stored_passkey()
    right = PASSKEY.get(CHALLENGE.value)
    yield Case(FactorKind.PASSKEY, Passkeys(SITE), passkey, right, "{}", answering)
    codes = recovery_codes.new(rounds=2, now=NOW, random=Sequence("codes"))
    factor_of_codes = RecoveryCodes()
    right = codes.codes[4]
    yield Case(FactorKind.RECOVERY_CODE, factor_of_codes, codes.stored, right, "x", Attempt(NOW))
    begun = qr.begin(qr.Place("Chrome", "", ""), now=NOW, random=Sequence("qr"))
    approved = replace(begun.login, state=qr.State.APPROVED, approved_at=NOW)
    yield Case(FactorKind.QR, qr.QrLogins(), approved, begun.secret, "x", Attempt(NOW))
    key = ECKey.generate_key("P-256", {"kid": "k"})
    provider = Provider("https://a.example", "kexin", KeySet([key]).as_dict(private=False))
    at = int(NOW.timestamp())
    claims = {"iss": provider.issuer, "sub": "p", "aud": "kexin", "exp": at + 60, "iat": at}
    token = jwt.encode(
        {"alg": "ES256", "kid": "k"}, {**claims, "nonce": b64u(CHALLENGE.value)}, key
    )
    link = Link(provider.issuer, "p")
    yield Case(FactorKind.OUTSIDE, Outside(provider), link, token, "x", answering, once=False)
    signature = sm2.sign(PRIVATE, device_key.auth_message(SITE, CHALLENGE))
    yield Case(
        FactorKind.DEVICE_KEY, DeviceKeys(SITE), DEVICE, signature, b"", answering, once=False
    )


CASES = list(cases())
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind.value)


@every
def test_the_right_answer_is_a_proof_of_its_kind(case: Case[Any, Any]) -> None:
    proof = case.prove()

    assert (proof.kind, proof.at) == (case.kind, NOW)
    assert type(proof.stored) is type(case.stored)


@every
def test_an_answer_serves_once(case: Case[Any, Any]) -> None:
    if case.once:
        refused(case.prove_again)
    elif case.attempt.challenge is not None:
        spent = replace(case.attempt, challenge=None)
        refused(lambda: case.factor.verify(case.stored, case.right, spent))
    else:
        assert case.prove_again() == case.prove()


@every
def test_a_wrong_answer_is_refused_without_a_word_why(case: Case[Any, Any]) -> None:
    refused(case.fail)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(LoginRefused) as caught:
        act()
    assert (caught.value.code, caught.value.params) == ("login_refused", {})
    assert caught.value.__cause__ is None
