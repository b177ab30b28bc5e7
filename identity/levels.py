"""What a person may do, how sure we are of him, and which honours an institution may grant.

Roles             who prepares, approves, registers, reads; posts that run the node: identity.roles
Assurance (acr)   computed from the kinds of factor that were used, never from their number
National          whether one of the factors rests on SM2 or SM3, as GB/T 22239 8.1.4.1 d asks
Award levels      an issuer grants its own level and those below, never above

Which act needs which assurance is in identity.actions.
"""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What an operator may do in one institution, or on the node."""

    PREPARER = "preparer"
    APPROVER = "approver"
    REGISTRAR = "registrar"
    AUDITOR = "auditor"


class FactorKind(StrEnum):
    """Kinds of proof. Two of the same kind are worth one."""

    PASSWORD = "password"  # noqa: S105  (the name of a factor)
    TOTP = "totp"
    SM3_OTP = "sm3_otp"
    PASSKEY = "passkey"
    """WebAuthn with user verification: something held, unlocked by its holder."""
    HARDWARE_KEY = "hardware_key"
    """A passkey that cannot leave its device, of a model on our list."""
    DEVICE_KEY = "device_key"
    """An SM2 key in an application, unlocked by its holder."""
    TWO_PARTY = "two_party"
    """An SM2 key of which the telephone and the node have a share each."""
    QR = "qr"
    """A session that a telephone approved for another screen."""
    RECOVERY_CODE = "recovery_code"
    OUTSIDE = "outside"
    """An identity provider that vouches for one factor."""
    OUTSIDE_TWO = "outside_two"
    """An identity provider that vouches for two kinds of factor."""


class Acr(StrEnum):
    """Authentication context of a session, from the weakest to the strongest.

    `<` and its kin compare strength, not spelling. A session begun by a QR code, or by a
    recovery code, has a context of its own below AAL2: nothing that asks for AAL2 is satisfied.
    """

    AAL1 = "aal1"
    RECOVERY = "recovery"
    QR = "qr"
    AAL2 = "aal2"
    AAL2PR = "aal2pr"
    """AAL2, and no deceiver's page could have had the proof: phishing-resistant."""
    AAL3 = "aal3"

    @property
    def urn(self) -> str:
        """The value that other systems are told; how it came about is in `amr`."""
        return f"urn:cn-edu:aal:{_TOLD[self]}"

    def _rank(self) -> int:
        return list(Acr).index(self)

    def __lt__(self, other: str) -> bool:
        """Return whether this is the weaker."""
        return self._rank() < Acr(other)._rank()

    def __le__(self, other: str) -> bool:
        """Return whether this is not the stronger."""
        return self._rank() <= Acr(other)._rank()

    def __gt__(self, other: str) -> bool:
        """Return whether this is the stronger."""
        return self._rank() > Acr(other)._rank()

    def __ge__(self, other: str) -> bool:
        """Return whether this is not the weaker."""
        return self._rank() >= Acr(other)._rank()


_TOLD = {
    Acr.AAL1: "1",
    Acr.RECOVERY: "1",
    Acr.QR: "2",
    Acr.AAL2: "2",
    Acr.AAL2PR: "2pr",
    Acr.AAL3: "3",
}

_ALONE = (
    (Acr.AAL3, frozenset({FactorKind.HARDWARE_KEY})),
    (Acr.AAL2PR, frozenset({FactorKind.PASSKEY})),
    (
        Acr.AAL2,
        frozenset({FactorKind.DEVICE_KEY, FactorKind.TWO_PARTY, FactorKind.OUTSIDE_TWO}),
    ),
)
"""Kinds that hold and unlock at once, the strongest first: each reaches its level by itself."""

_KNOWN = frozenset({FactorKind.PASSWORD})
_HELD = frozenset({FactorKind.TOTP, FactorKind.SM3_OTP})

_AT_THIS_SCREEN = frozenset({FactorKind.PASSKEY, FactorKind.HARDWARE_KEY})
"""What lifts a session that a QR code began: it is proved where the session is, so whoever sent
somebody else his QR code cannot have it."""

_NATIONAL = frozenset(
    {FactorKind.SM3_OTP, FactorKind.DEVICE_KEY, FactorKind.TWO_PARTY, FactorKind.QR}
)
"""Kinds that rest on SM2 or SM3; a QR code is approved by a signature of the device's key."""

_AMR = {
    FactorKind.PASSWORD: ("pwd",),
    FactorKind.TOTP: ("otp",),
    FactorKind.SM3_OTP: ("sm3otp",),
    FactorKind.PASSKEY: ("pop", "swk", "user"),
    FactorKind.HARDWARE_KEY: ("hwk", "pop", "user"),
    FactorKind.DEVICE_KEY: ("pop", "swk", "user"),
    FactorKind.TWO_PARTY: ("pop", "swk", "user"),
    FactorKind.QR: ("qr",),
    FactorKind.RECOVERY_CODE: ("rc",),
    FactorKind.OUTSIDE: ("fed",),
    FactorKind.OUTSIDE_TWO: ("fed", "mfa"),
}


class InstitutionKind(StrEnum):
    """Whose institution this is. An exam office has the kind of the authority it belongs to."""

    SCHOOL = "school"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"
    NATION = "nation"


AWARD_LEVELS = ("school", "county", "city", "provincial", "national", "international")
"""From the lowest to the highest."""

AWARD_RANKS = ("special", "first", "second", "third", "merit", "none")

_HIGHEST = {
    InstitutionKind.SCHOOL: "school",
    InstitutionKind.COUNTY: "county",
    InstitutionKind.CITY: "city",
    InstitutionKind.PROVINCE: "provincial",
    InstitutionKind.NATION: "international",
}


def grantable(kind: InstitutionKind) -> tuple[str, ...]:
    """Return the award levels an institution of this kind may be accredited for."""
    return AWARD_LEVELS[: AWARD_LEVELS.index(_HIGHEST[kind]) + 1]


def assurance(factors: Iterable[FactorKind]) -> Acr:
    """Return the level that these factors, one or more, reach together."""
    kinds = frozenset(factors)
    if not kinds:
        raise ValueError("without a factor there is no session")
    if FactorKind.QR in kinds:
        return max(Acr.QR, _own_level(kinds & _AT_THIS_SCREEN))
    own = _own_level(kinds)
    if FactorKind.RECOVERY_CODE in kinds and len(kinds) > 1:
        return max(Acr.RECOVERY, own)
    return own


def has_national_factor(factors: Iterable[FactorKind]) -> bool:
    """Return whether one of the factors rests on a national algorithm."""
    return not _NATIONAL.isdisjoint(factors)


def methods(factors: Iterable[FactorKind]) -> tuple[str, ...]:
    """Return the `amr` of these factors: RFC 8176, and words of our own, in order."""
    return tuple(sorted({method for kind in factors for method in _AMR[kind]}))


def _own_level(kinds: frozenset[FactorKind]) -> Acr:
    for level, enough in _ALONE:
        if kinds & enough:
            return level
    # A password and a code; two codes are two things held, and prove no more than one.
    return Acr.AAL2 if kinds & _KNOWN and kinds & _HELD else Acr.AAL1
