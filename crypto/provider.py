"""Who may sign what: the one way from a stored key to a released signature.

Inside     the boundary to a device is the digest e (32 bytes) and raw r||s (64 bytes), so that
           the GM/T 0018 call InternalSign_ECC of a cryptographic machine fits behind it.
Outside    callers hand in the message and its type; e is computed here and never accepted.
Rules      1 each use signs only its own types; 2 the protected header inside the message says
           the same type and key; 3 an issuer's key signs only what `check` finds approved;
           4 every signature is verified before it is released.
Errors     NotAuthorized: typ_not_allowed, typ_mismatch, authorization_missing and those of
           `check`; CryptoUnavailable("signature_fault"): the device lies, stop and page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from crypto import jws, sm2
from crypto.errors import CryptoUnavailable, InvalidKey, InvalidSignature, NotAuthorized
from crypto.keys import PublicKey


class Use(StrEnum):
    """What a key is for; keys of different uses are different keys."""

    ISSUER = "issuer"
    REGISTRAR = "registrar"
    LOG = "log"
    RECEIPT = "receipt"
    STATUS = "status"
    DOCUMENT = "document"
    APPROVAL = "approval"
    ROOT = "root"
    AUTHORITY = "authority"
    """Certificates and revocation lists of the node's own certification authority."""
    RESPONDER = "responder"
    """Answers about the status of certificates."""


ALLOWED_TYP: Final[Mapping[Use, frozenset[str]]] = {
    Use.ISSUER: frozenset({"dc+sd-jwt"}),
    Use.REGISTRAR: frozenset({"kexin-record+jws"}),
    Use.LOG: frozenset({"kexin-checkpoint"}),
    Use.RECEIPT: frozenset({"kexin-receipt+jws"}),
    Use.STATUS: frozenset({"statuslist+jwt", "kexin-status+jwt", "kexin-status-pack+jwt"}),
    Use.DOCUMENT: frozenset({"kexin-document"}),
    Use.APPROVAL: frozenset({"kexin-approval+jws"}),
    Use.ROOT: frozenset({"kexin-trust-list+jws"}),
    Use.AUTHORITY: frozenset({"kexin-certificate", "kexin-crl"}),
    Use.RESPONDER: frozenset({"kexin-ocsp"}),
}

# Their formats have no JWS header that could name type and key.
_WITHOUT_HEADER: Final = frozenset(
    {"kexin-checkpoint", "kexin-document", "kexin-certificate", "kexin-crl", "kexin-ocsp"}
)


@dataclass(frozen=True, slots=True)
class KeyRef:
    """A key in a device: its name, its use, its public half, and what the device keeps it by.

    `wrapped` means something to the device alone; it may be stored, never shown.
    """

    kid: str
    use: Use
    public: PublicKey
    wrapped: bytes

    def __post_init__(self) -> None:
        if self.kid != self.public.kid:
            raise InvalidKey("kid_mismatch", kid=self.kid)

    def __repr__(self) -> str:
        return f"KeyRef(kid={self.kid!r}, use={self.use.value!r})"


class Device(Protocol):
    """Where private keys live: software, a cryptographic machine, a token."""

    @property
    def name(self) -> str:
        """What evidence calls the device."""

    @property
    def certified(self) -> bool:
        """Whether it is a certified cryptographic product."""

    def generate(self, use: Use) -> KeyRef:
        """Make a key that never leaves the device unwrapped."""

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        """Return r||s over a digest."""


Check = Callable[[KeyRef, str, bytes, object], None]
"""(key, typ, message, authorization): raises NotAuthorized unless exactly this was approved."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message to be signed, and why an issuer's key should."""

    message: bytes
    authorization: object = None


class Provider:
    """A device behind the rules."""

    def __init__(self, device: Device, *, check: Check) -> None:
        self.device = device
        self._check = check

    def generate(self, use: Use) -> KeyRef:
        """Make a key for one use."""
        return self.device.generate(use)

    def sign(self, ref: KeyRef, *, typ: str, message: bytes, authorization: object = None) -> bytes:
        """Return r||s over `message`, which is a `typ`, after the four rules."""
        [signature] = self.sign_all(ref, typ=typ, requests=[Request(message, authorization)])
        return signature

    def sign_all(self, ref: KeyRef, *, typ: str, requests: Sequence[Request]) -> list[bytes]:
        """Return r||s over each message, or none: all are checked before the first is signed.

        One step for many takes a tenth less time than many steps for one.
        """
        for each in requests:
            self._require(ref, typ, each)
        return [self._signed(ref, each.message) for each in requests]

    def _require(self, ref: KeyRef, typ: str, request: Request) -> None:
        # 1
        if typ not in ALLOWED_TYP[ref.use]:
            raise NotAuthorized("typ_not_allowed", use=ref.use.value, typ=typ)
        # 2
        said = jws.header(kid=ref.kid, typ=typ).encode("ascii") + b"."
        if typ not in _WITHOUT_HEADER and not request.message.startswith(said):
            raise NotAuthorized("typ_mismatch", kid=ref.kid, typ=typ)
        # 3
        if ref.use is Use.ISSUER:
            if request.authorization is None:
                raise NotAuthorized("authorization_missing", kid=ref.kid)
            self._check(ref, typ, request.message, request.authorization)

    def _signed(self, ref: KeyRef, message: bytes) -> bytes:
        # 4
        e = sm2.e_value(ref.public, message)
        signature = self.device.sign_e(ref, e)
        try:
            sm2.verify_e(ref.public, e, signature)
        except InvalidSignature as error:
            raise CryptoUnavailable("signature_fault", device=self.device.name) from error
        return signature

    def signer(self, ref: KeyRef, typ: str, authorization: object = None) -> jws.SignBytes:
        """Return `sign` with the key, type and authorization filled in."""

        def sign(message: bytes) -> bytes:
            return self.sign(ref, typ=typ, message=message, authorization=authorization)

        return sign
