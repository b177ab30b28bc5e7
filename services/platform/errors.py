"""Everything that can go wrong in services/, by what the caller should do about it.

ServiceError                 code (stable, snake_case) and params (never personal data)
├── Unauthenticated          say who you are first
├── Refused                  we know who you are; you may not
│   └── Tampered             the database was changed by other hands: nothing rests on it
├── TooMany                  too many failures from here; wait
├── NotFound                 there is no such thing, or none that you may see
├── Conflict                 the thing is in another state than you think
├── Invalid                  what you sent does not fit the rules
└── Unavailable              not now; safe to try again

Slices raise a kind with a code, or a subclass of a kind with a code of their own. Nobody
below services/web knows an HTTP status, and nobody below services/platform/texts a sentence:
the code is looked up in the catalogues when a person has to read it.

`params` go into answers, logs and exception texts, so they carry counts, codes, ids, states
and times; never a name, a number of a person, a secret or a value that a person typed.
"""

Param = str | int | bool | None


class ServiceError(Exception):
    """Base of every error that services/ raises on purpose."""

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, Param] = params

    def __str__(self) -> str:
        if not self.params:
            return self.code
        listed = ", ".join(f"{name}={value}" for name, value in sorted(self.params.items()))
        return f"{self.code} ({listed})"


class Unauthenticated(ServiceError):
    """Nobody is signed in, or the sign-in has ended."""


class Refused(ServiceError):
    """The caller is known and may not do this."""


class Tampered(Refused):
    """A row, a set of rows or a file is not what was written. Fails closed; raises an alarm."""


class TooMany(ServiceError):
    """Too many failed attempts from one place; `retry_after_seconds` is among the params."""


class NotFound(ServiceError):
    """There is no such thing, or none that the caller may know of."""


class Conflict(ServiceError):
    """The thing exists and is in a state in which this cannot happen."""


class Invalid(ServiceError):
    """The request does not fit the rules, whatever the state."""


class Unavailable(ServiceError):
    """Something that is needed does not answer now. Nothing was changed; safe to try again."""
