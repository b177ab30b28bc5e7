"""Personal SM2 keys: under the password inside, under the node outside; opened for one act.

The private key is an encrypted PKCS#8 (PBES2, PBKDF2-HMAC-SM3, SM4-CBC) under the operator's
password, sealed again as a column. Neither the node alone nor the password alone opens it, and
it is never cached (design 5).

Errors     Unauthenticated sign_in_refused (the password does not open it), NotFound
           personal_key_missing, Tampered
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crypto import pkcs8, sm2
from crypto.entropy import Random
from crypto.errors import CryptoUnavailable, NotAuthorized
from crypto.jws import SignBytes
from crypto.keys import PrivateKey, PublicKey
from crypto.provider import KeyRef, Provider, Use
from identity.levels import Role
from services.accounts import queries
from services.accounts.tables import OPERATOR_KEY
from services.platform import guarded
from services.platform.errors import NotFound
from services.platform.work import Work

_USES = {Role.APPROVER: Use.APPROVAL, Role.REGISTRAR: Use.REGISTRAR}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A new personal key, already under its owner's password."""

    public: PublicKey
    use: Use
    encrypted: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A personal key for the one act it was opened for."""

    kid: str
    public: PublicKey
    sign: SignBytes


class _Opened:
    """A device that holds one opened key, so that the provider's rules hold for it too."""

    name = "personal key"
    certified = False

    def __init__(self, private: PrivateKey) -> None:
        self._private = private

    def generate(self, use: Use) -> KeyRef:
        raise NotAuthorized("typ_not_allowed", use=use.value, typ="")

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        if ref.public != self._private.public:
            raise CryptoUnavailable("signature_fault", device=self.name)
        return sm2.sign_e(self._private, e)


def uses_of(roles: Iterable[Role]) -> tuple[Use, ...]:
    """Return the kinds of key that these roles need."""
    return tuple(sorted({_USES[role] for role in roles if role in _USES}))


def make(use: Use, password: str, random: Random) -> Sealed:
    """Make a key under a password; takes as long as deriving a key from a password should."""
    private = sm2.generate()
    return Sealed(private.public, use, pkcs8.dump(private, password.encode(), random=random))


def store(work: Work, operator_id: str, key: Sealed) -> None:
    """Keep a new key of an operator."""
    kid = key.public.kid
    values = {
        "kid": kid,
        "operator_id": operator_id,
        "use": key.use.value,
        "public": key.public.xy,
        "wrapped": work.protect.seal(key.encrypted.encode(), **_place(kid)),
        "valid_from": work.now,
        "valid_to": None,
        "version": 1,
    }
    queries.add_key(work.session, guarded.stamp(work.protect, OPERATOR_KEY, values))


def newest(work: Work, operator_id: str, use: Use) -> tuple[PublicKey, str]:
    """Return the operator's present key for a use and its encrypted PKCS#8."""
    rows = [row for row in queries.keys(work.session, operator_id) if row["use"] == use.value]
    if not rows or rows[-1]["valid_to"] is not None:
        raise NotFound("personal_key_missing", use=use.value)
    row = guarded.check(work.protect, OPERATOR_KEY, rows[-1])
    wrapped = work.protect.unseal(row["wrapped"], **_place(row["kid"]))
    return PublicKey(row["public"]), wrapped.decode()


def public_key(work: Work, kid: str) -> tuple[PublicKey, str]:
    """Return a personal public key and its owner's operator id. Raises NotFound, Tampered."""
    row = queries.key(work.session, kid)
    if row is None:
        raise NotFound("personal_key_missing", use="approval")
    guarded.check(work.protect, OPERATOR_KEY, row)
    return PublicKey(row["public"]), row["operator_id"]


def registrars(work: Work) -> list[tuple[PublicKey, str]]:
    """Return every registrar key in force with its owner's operator id."""
    rows = queries.keys_of_use(work.session, Use.REGISTRAR.value)
    checked = [guarded.check(work.protect, OPERATOR_KEY, row) for row in rows]
    return [(PublicKey(r["public"]), r["operator_id"]) for r in checked if r["valid_to"] is None]


def open_key(public: PublicKey, use: Use, encrypted: str, password: str, typ: str) -> Opened:
    """Open a key for one act. The caller has proved the operator's factors already."""
    private = pkcs8.load(encrypted, password.encode())
    provider = Provider(_Opened(private), check=_no_check)
    ref = KeyRef(public.kid, use, public, b"")
    return Opened(public.kid, public, provider.signer(ref, typ))


def _no_check(ref: KeyRef, typ: str, message: bytes, authorization: object) -> None:
    raise NotAuthorized("typ_not_allowed", use=ref.use.value, typ=typ)


def _place(kid: str) -> dict[str, str]:
    return {"tenant": "node", "table": "operator_key", "column": "wrapped", "key": kid}
