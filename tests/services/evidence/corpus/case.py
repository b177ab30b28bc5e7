"""One case of the shared corpus, and ways to make what no writer of ours would.

A case says in one line what was done, and which reason of which check it is about; the rest of its
verdict follows. scripts/bundle_vectors.py writes all cases to tests/vectors/bundles, where the
Python verifier and the offline page are held to the same answers. Only what an offline verifier
can find is there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crypto import canonical, jws
from crypto.canonical import Json
from crypto.jws import b64u
from identity.status_list import Status
from tests.services.evidence import world
from tests.services.evidence.world import NODE, NOON, SCHOOL

LATER = NOON + timedelta(hours=30)
"""When the assertions of all bundles have expired."""
SINCE = NOON - timedelta(days=1)
LAST = datetime.fromisoformat("9999-12-31T23:59:59+00:00")
LOG = f"{NODE}/log/{SCHOOL}/2026"
REGISTRY = f"{NODE}/log/registry/2026"
TEXT = world.sd_jwt()
OTHER = world.sd_jwt(random=world.Numbers("other"), number=world.SUCCESSOR)
RIGHT = world.bundle_bytes(TEXT)


@dataclass(frozen=True, slots=True)
class Case:
    """One file, the terms it is judged on, and the reason that it is about."""

    name: str
    about: str
    expects: str
    """`<check>.<reason>`."""
    data: bytes
    trust: str | None = "current"
    seen: str | None = None
    """The trust list that this verifier accepted before."""
    packs: tuple[str, ...] = ()
    now: datetime = NOON
    as_of: datetime | str | None = None
    require: str | None = None
    suffix: str = "kexin.json"


def made(text: str = TEXT, **parts: Any) -> bytes:
    """Return the right bundle of a credential but for these parts."""
    return world.bundle_bytes(text, **parts)


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return the right bundle with a change of its members, still canonical."""
    members: Any = canonical.loads(RIGHT)
    change(members)
    return canonical.dumps(members)


def without(name: str) -> bytes:
    return changed(lambda members: members.pop(name))


def setting(name: str, value: Json) -> bytes:
    return changed(lambda members: members.update({name: value}))


def swapped(name: str, other: bytes, *path: str) -> bytes:
    """Return the right bundle with one part, at `path` and `name`, taken from another one."""
    theirs: Any = canonical.loads(other)

    def change(members: dict[str, Any]) -> None:
        mine, taken = members, theirs
        for step in path:
            mine, taken = mine[step], taken[step]
        mine[name] = taken[name]

    return changed(change)


def headed(**header: Json) -> str:
    """Return the credential under another header, signed over it by the issuer."""
    token, *disclosures = TEXT.split("~")
    plain = {"alg": jws.ALG, "kid": world.kid("issuer"), "typ": "dc+sd-jwt"}
    signing_input = f"{b64u(canonical.dumps({**plain, **header}))}.{token.split('.')[1]}"
    signature = b64u(world.signature("issuer", signing_input.encode()))
    return "~".join([f"{signing_input}.{signature}", *disclosures])


def claiming(**changes: Json) -> str:
    """Return the credential with other members in its payload, signed by the issuer."""
    token, *disclosures = TEXT.split("~")
    body: Any = canonical.loads(jws.parse_compact(token).payload)
    again = jws.sign_compact(
        payload=canonical.dumps({**body, **changes}),
        typ="dc+sd-jwt",
        kid=world.kid("issuer"),
        sign=world.signer("issuer"),
    )
    return "~".join([again, *disclosures])


def crediting(text: str) -> bytes:
    """Return the right bundle with another text for its credential."""
    return setting("credential", text)


def disclosing(pick: Callable[[list[str]], list[str]]) -> bytes:
    """Return the right bundle with its disclosures picked and ordered anew."""
    token, *parts, _ = TEXT.split("~")
    return crediting("~".join([token, *pick(parts), ""]))


def recorded(**changes: Any) -> bytes:
    """Return the right bundle under another record of the school."""
    return made(issuer=world.registry_part(world.sealed(world.record(**changes))))


def lost(status: Status, **changes: Any) -> str:
    successor = world.SUCCESSOR if status is Status.SUPERSEDED else None
    return world.assertion(
        TEXT, **{"status": status, "since": SINCE, "successor": successor, **changes}
    )
