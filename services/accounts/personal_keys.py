"""Personal SM2 keys: under the password inside, under the node outside; opened for one act.

The private key is an encrypted PKCS#8 (PBES2, PBKDF2-HMAC-SM3, SM4-CBC) under the operator's
password, sealed again as a column. Neither the node alone nor the password alone opens it, and
it is never cached (design 5).

Errors     NotFound personal_key_missing; Tampered; InvalidKey, InvalidCiphertext (crypto) where the
           password, which was proved before, does not open it
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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


def needed(use: Use, roles: Iterable[str]) -> bool:
    """Return whether one of these roles, by their values, needs a key for this use."""
    return any(role.value in roles for role, needs in _USES.items() if needs is use)


def uses_of(roles: Iterable[Role]) -> tuple[Use, ...]:
    """Return the kinds of key that these roles need."""
    return tuple(sorted({_USES[role] for role in roles if role in _USES}))


def make(use: Use, password: str, random: Random) -> Sealed:
    """Make a key under a password; takes as long as deriving a key from a password should."""
    private = sm2.generate()
    return Sealed(private.public, use, pkcs8.dump(private, _octets(password), random=random))


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


def check_set(work: Work, operator: Mapping[Any, Any]) -> int:
    """Check all keys of an operator's row; return how many. Raises Tampered."""
    found = queries.keys(work.session, operator["id"])
    guarded.check_set(
        work.protect,
        OPERATOR_KEY,
        operator["id"],
        found,
        version=operator["keys_version"],
        mac=operator["keys_mac"],
    )
    return len(found)


def newest(work: Work, operator_id: str, use: Use) -> tuple[PublicKey, str]:
    """Return the operator's present key for a use and its encrypted PKCS#8. Raises NotFound.

    The caller has loaded the operator, and so checked that none of his keys is missing.
    """
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


def registrar_rows(work: Work) -> list[Mapping[Any, Any]]:
    """Return every registrar key there ever was, oldest first, each checked. Raises Tampered."""
    rows = queries.keys_of_use(work.session, Use.REGISTRAR.value)
    return [guarded.check(work.protect, OPERATOR_KEY, row) for row in rows]


def registrars(work: Work) -> list[tuple[PublicKey, str]]:
    """Return every registrar key in force with its owner's operator id."""
    rows = registrar_rows(work)
    return [(PublicKey(r["public"]), r["operator_id"]) for r in rows if r["valid_to"] is None]


def open_key(public: PublicKey, use: Use, encrypted: str, password: str, typ: str) -> Opened:
    """Open a key for one act. The caller has proved the operator's factors already."""
    private = pkcs8.load(encrypted, _octets(password))
    provider = Provider(_Opened(private), check=_no_check)
    ref = KeyRef(public.kid, use, public, b"")
    return Opened(public.kid, public, provider.signer(ref, typ))


def _octets(password: str) -> bytes:
    """Spell a password as identity.factors.password does: keyboards differ, keys must not."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _no_check(ref: KeyRef, typ: str, message: bytes, authorization: object) -> None:
    raise NotAuthorized("typ_not_allowed", use=ref.use.value, typ=typ)


def _place(kid: str) -> dict[str, str]:
    return {"tenant": "node", "table": "operator_key", "column": "wrapped", "key": kid}
