"""Everything that can go wrong in crypto/.

CryptoError
├── InvalidEncoding     bytes or text are not the one canonical form of what they should be
├── InvalidKey          a key is outside its range, off the curve or in a form we do not read
├── InvalidSignature    a signature or message code does not prove what it claims
│   └── InvalidCertificate  a certificate, revocation list or answer may not be relied on
├── InvalidCiphertext   a ciphertext was altered, truncated or made for another key
├── NotAuthorized       the key may not sign this: wrong use, wrong type, no approval
└── CryptoUnavailable   our own cryptography cannot be trusted or is missing: stop and page

Each error carries `code`, a stable name for programs, and `params`, facts that are neither
secret nor personal. The texts for people are written above this folder.
"""


class CryptoError(Exception):
    """Base of every error raised by crypto/."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({facts})" if facts else self.code


class InvalidEncoding(CryptoError):
    """Bytes or text are not the one canonical form of what they should be."""


class InvalidKey(CryptoError):
    """A key is outside its range, off the curve or in a form we do not read."""


class InvalidSignature(CryptoError):
    """A signature or message code does not prove what it claims."""


class InvalidCertificate(InvalidSignature):
    """A certificate, revocation list or status answer may not be relied on here and now."""


class InvalidCiphertext(CryptoError):
    """A ciphertext was altered, truncated or made for another key."""


class NotAuthorized(CryptoError):
    """The key may not sign this."""


class CryptoUnavailable(CryptoError):
    """Our own cryptography is missing or failed its known answers. Never caught to go on."""
