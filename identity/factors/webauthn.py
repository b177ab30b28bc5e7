"""Passkeys: WebAuthn with user verification, by the `webauthn` library.

Standard     W3C Web Authentication Level 2; ES256, EdDSA or RS256 (2,048 bits and more)
Asked for    a discoverable credential and the owner's verification, always; attestation only
             where a list of models is given, as for those who sign for an institution
Refused      another origin, another site, a frame of another origin, a challenge that is not
             the stored one, no verification, a point that is not on its curve, a credential
             that becomes transferable after it was registered
Clones       a counter that does not grow raises CloneSuspected, after the signature was found
             good: so nobody without the key can have a passkey suspended
user.id      32 random bytes of the account, which say nothing to whoever reads the device
Clock        the library compares the dates of attestation certificates with the machine's clock
Errors       LoginRefused("login_refused"), CloneSuspected; InvalidFactor: passkey_invalid,
             passkey_model
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    base64url_to_bytes,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_attestation_object,
)
from webauthn.helpers.cose import COSECRV, COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import (
    DecodedEC2PublicKey,
    DecodedOKPPublicKey,
    DecodedRSAPublicKey,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from crypto.entropy import Random
from identity import challenges
from identity.challenges import Challenge, Purpose
from identity.errors import CloneSuspected, InvalidFactor, LoginRefused
from identity.factors.protocol import Attempt, Proof, Site
from identity.levels import FactorKind

HANDLE_SIZE = 32
TIMEOUT_MS = int(challenges.LIFE.total_seconds()) * 1000
MOST_ANSWER = 64_000
"""Characters of an answer. Attestation with certificates takes a few thousand."""

ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_RSA_SIZE = 256
_FORMATS = (AttestationFormat.NONE, AttestationFormat.PACKED)
_MODEL_EXTENSION = bytes.fromhex("060b2b0601040182e51c010104")
"""DER of id-fido-gen-ce-aaguid; the model stands behind it as 04 12 04 10 and 16 bytes."""

_MALFORMED = (
    WebAuthnException,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What the library raises for answers that are not what they should be."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """What is stored of a passkey."""

    credential_id: bytes
    public_key: bytes
    """COSE, as the authenticator wrote it."""
    sign_count: int
    user_handle: bytes
    aaguid: str
    """The model, as it says itself; zeros where it keeps silent."""
    transports: tuple[str, ...]
    backup_eligible: bool
    """BE: whether copies may come into being; it never changes."""
    backed_up: bool
    """BS: whether there is a copy now."""
    attested: bool
    """Whether its maker vouches for the model, and the model is on our list."""
    registered_at: datetime

    @property
    def kind(self) -> FactorKind:
        """A hardware key cannot leave its device, and its maker says so."""
        hardware = self.attested and not self.backup_eligible
        return FactorKind.HARDWARE_KEY if hardware else FactorKind.PASSKEY


@dataclass(frozen=True, slots=True)
class Models:
    """Authenticators that may sign for an institution."""

    aaguids: frozenset[str]
    roots: tuple[bytes, ...]
    """PEM certificates of their makers."""

    def __post_init__(self) -> None:
        if not self.roots:
            raise ValueError("a list of models needs the makers' certificates")


@dataclass(frozen=True, slots=True)
class Passkeys:
    """The factor, at one site."""

    site: Site

    def verify(self, stored: Passkey, answer: str, attempt: Attempt) -> Proof[Passkey]:
        """Return the proof for what navigator.credentials.get() gave, as JSON.

        Raises CloneSuspected, LoginRefused.
        """
        challenge = _challenge(attempt, attempt.purpose)
        try:
            given = _read(answer)
            _check_place(given, stored)
            found = self._verified(stored, given, challenge)
            if (found.credential_device_type is CredentialDeviceType.MULTI_DEVICE) != (
                stored.backup_eligible
            ):
                raise LoginRefused("login_refused")
        except _MALFORMED:
            raise LoginRefused("login_refused") from None
        counts = found.new_sign_count > 0 or stored.sign_count > 0
        if counts and found.new_sign_count <= stored.sign_count:
            raise CloneSuspected("login_refused")
        used = replace(
            stored, sign_count=found.new_sign_count, backed_up=found.credential_backed_up
        )
        return Proof(stored.kind, used, attempt.now)

    def _verified(
        self, stored: Passkey, given: dict[str, Any], challenge: Challenge
    ) -> VerifiedAuthentication:
        return webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge.value,
            expected_rp_id=self.site.rp_id,
            expected_origin=self.site.origin,
            credential_public_key=stored.public_key,
            # The library compares counters before signatures; the caller does it afterwards.
            credential_current_sign_count=0,
            require_user_verification=True,
        )


def new_user_handle(random: Random) -> bytes:
    """Return the user.id of an account."""
    return random(HANDLE_SIZE)


def registration_options(
    site: Site,
    challenge: Challenge,
    *,
    user_handle: bytes,
    login: str,
    title: str,
    known: Sequence[Passkey] = (),
    attested: bool = False,
) -> dict[str, Any]:
    """Return the JSON for navigator.credentials.create(); `known` are not registered twice."""
    direct = AttestationConveyancePreference.DIRECT
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.title,
        user_id=user_handle,
        user_name=login,
        user_display_name=title,
        challenge=challenge.value,
        timeout=TIMEOUT_MS,
        attestation=direct if attested else AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def authentication_options(
    site: Site, challenge: Challenge, *, known: Sequence[Passkey] = ()
) -> dict[str, Any]:
    """Return the JSON for navigator.credentials.get(); without `known`, the device chooses."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge.value,
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def register(
    site: Site,
    answer: str,
    attempt: Attempt,
    *,
    user_handle: bytes,
    models: Models | None = None,
) -> Passkey:
    """Return what to store for what navigator.credentials.create() gave, as JSON.

    With `models`, only an attested authenticator on the list is taken. Raises InvalidFactor,
    LoginRefused for the challenge.
    """
    challenge = _challenge(attempt, Purpose.ENROL)
    try:
        given = _read(answer)
        _check_form(given)
        found = webauthn.verify_registration_response(
            credential=given,
            expected_challenge=challenge.value,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
            pem_root_certs_bytes_by_fmt=_roots(models),
        )
        _check_key(found)
        _check_model(found, models)
        transports = _transports(given)
    except _MALFORMED:
        raise InvalidFactor("passkey_invalid") from None
    passkey = _stored(found, transports, user_handle, attempt.now)
    return replace(passkey, attested=models is not None)


def _stored(
    found: VerifiedRegistration, transports: tuple[str, ...], user_handle: bytes, now: datetime
) -> Passkey:
    return Passkey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        user_handle=user_handle,
        aaguid=found.aaguid,
        transports=transports,
        backup_eligible=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        backed_up=found.credential_backed_up,
        attested=False,
        registered_at=now,
    )


def credential_id(answer: str) -> bytes:
    """Return which passkey an answer names, to look it up by. Raises LoginRefused."""
    try:
        return base64url_to_bytes(_read(answer)["id"])
    except _MALFORMED:
        raise LoginRefused("login_refused") from None


def _challenge(attempt: Attempt, purpose: Purpose) -> Challenge:
    if attempt.challenge is None:
        raise LoginRefused("login_refused")
    challenges.check(
        attempt.challenge,
        purpose=purpose,
        session=attempt.session,
        account=attempt.account,
        now=attempt.now,
    )
    return attempt.challenge


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > MOST_ANSWER:
        raise ValueError("too long")
    try:
        value = json.loads(answer)
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _crosses_origins(given: Mapping[str, Any]) -> bool:
    client = json.loads(base64url_to_bytes(given["response"]["clientDataJSON"]))
    return bool(client.get("crossOrigin")) or "topOrigin" in client


def _check_place(given: Mapping[str, Any], stored: Passkey) -> None:
    """Refuse an answer of another passkey, of another account, or from a foreign frame."""
    handle = given["response"].get("userHandle")
    foreign = handle is not None and base64url_to_bytes(handle) != stored.user_handle
    other = base64url_to_bytes(given["id"]) != stored.credential_id
    if foreign or other or _crosses_origins(given):
        raise ValueError("not this passkey")


def _check_form(given: Mapping[str, Any]) -> None:
    """Refuse a foreign frame, and forms of attestation whose readers nobody here needs."""
    whole = parse_attestation_object(base64url_to_bytes(given["response"]["attestationObject"]))
    if _crosses_origins(given) or whole.fmt not in _FORMATS:
        raise ValueError("not a registration we read")


def _check_key(found: VerifiedRegistration) -> None:
    """Refuse a key that could not be used later; of a `none` attestation nobody has looked yet."""
    key = decode_credential_public_key(found.credential_public_key)
    match key:
        case DecodedEC2PublicKey(alg=COSEAlgorithmIdentifier.ECDSA_SHA_256, crv=COSECRV.P256):
            pass
        case DecodedOKPPublicKey(alg=COSEAlgorithmIdentifier.EDDSA, crv=COSECRV.ED25519):
            pass
        case DecodedRSAPublicKey(n=modulus) if len(modulus) >= _RSA_SIZE:
            pass
        case _:
            raise ValueError("not a key we use")
    decoded_public_key_to_cryptography(key)


def _check_model(found: VerifiedRegistration, models: Models | None) -> None:
    if models is None:
        return
    statement = parse_attestation_object(found.attestation_object).att_stmt
    # Without certificates the key vouches for itself, which is no maker's word.
    if found.fmt != AttestationFormat.PACKED or not statement.x5c:
        raise InvalidFactor("passkey_model")
    model = bytes.fromhex(found.aaguid.replace("-", ""))
    leaf = statement.x5c[0]
    vouched = _MODEL_EXTENSION + b"\x04\x12\x04\x10" + model
    if found.aaguid not in models.aaguids or vouched not in leaf:
        raise InvalidFactor("passkey_model")


def _roots(models: Models | None) -> dict[AttestationFormat, list[bytes]] | None:
    return None if models is None else {AttestationFormat.PACKED: list(models.roots)}


def _transports(given: Mapping[str, Any]) -> tuple[str, ...]:
    known = {each.value for each in AuthenticatorTransport}
    named = given["response"].get("transports") or ()
    return tuple(sorted({each for each in named if isinstance(each, str)} & known))


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=each.credential_id,
            transports=[AuthenticatorTransport(name) for name in each.transports],
        )
        for each in known
    ]
