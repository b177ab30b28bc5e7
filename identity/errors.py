"""Everything that can go wrong in identity/, by what the caller can do about it.

IdentityError
├── InvalidCode          a school code, ID number, EDU-ID or certificate number is not one
├── InvalidCredential    a credential is not ours, not whole, or says more or less than it may
├── InvalidRecord        an issuer record is not one, or does not carry what is asked of it
├── InvalidApproval      nobody with the right to approved exactly this: nothing may be signed
├── InvalidStatus        a status list or assertion cannot be used: the status is unknown
├── InvalidTrust         a trust list or root is not to be relied on
├── InvalidSubject       a certificate names nobody of ours, or not whom or what it should
├── InvalidConsent       a consent receipt is not one, or says what its parts do not allow
├── InvalidFactor        a new factor cannot be taken: another device or key is needed
├── WeakPassword         a new password would be guessed: choose another
├── GrantRefused         a role or post may not be given to this person, or by this one
└── LoginRefused         the sign-in failed or has ended; which factor was wrong is not told
    └── CloneSuspected   a passkey counts backwards: suspend it, tell its owner, tell nobody else

Each error has a stable `code` (snake_case) and `params` without secrets or personal data.
Texts for people are made from both elsewhere.
"""


class IdentityError(Exception):
    """Base of every error raised by identity/."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class InvalidCode(IdentityError):
    """A number or code does not follow its standard. The value itself is never in the error."""


class InvalidCredential(IdentityError):
    """A credential is not canonical, not complete, or breaks the rules of its type."""


class InvalidRecord(IdentityError):
    """An issuer record is malformed or does not carry the key or right asked for."""


class InvalidApproval(IdentityError):
    """There is no valid approval of exactly these bytes. Nothing may be signed."""


class InvalidStatus(IdentityError):
    """A status list or assertion cannot be used. The status is unknown, never "valid"."""


class InvalidTrust(IdentityError):
    """A trust root or trust list is not to be relied on."""


class InvalidSubject(IdentityError):
    """A certificate, or what is asked of it, names nobody of ours or is not for this."""


class InvalidConsent(IdentityError):
    """A consent receipt cannot be relied on."""


class InvalidFactor(IdentityError):
    """A new factor is malformed, of a kind we do not take, or not proved to be the owner's."""


class WeakPassword(IdentityError):
    """A new password does not meet the rules. The password is never in the error."""


class GrantRefused(IdentityError):
    """The separation of duties, or a limit of a post, forbids this grant."""


class LoginRefused(IdentityError):
    """A factor was wrong, used before, expired, or the person is unknown: one answer for all."""


class CloneSuspected(LoginRefused):
    """A copy of the passkey may be in use. The code for the visitor is that of any failure."""
