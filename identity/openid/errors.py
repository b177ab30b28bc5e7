"""Why a request of a relying party is refused, in the words of its standards.

Codes      RFC 6749 (4.1.2.1, 5.2), RFC 9126 and OpenID Connect Core 1.0 (3.1.2.6)
`what`     the parameter that is meant, for the relying party's developers; never a value
"""

from identity.errors import IdentityError


class OpenIdRefused(IdentityError):
    """A request that a standard tells us to refuse; `code` is the standard's."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(code, what=what)
        self.what = what


class TokenReused(OpenIdRefused):
    """A refresh token or code came a second time: end everything that came of it."""

    def __init__(self) -> None:
        super().__init__("invalid_grant", "reused")
