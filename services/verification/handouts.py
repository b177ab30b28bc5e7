"""The offline page as the node hands it out, and whether the operators vouch for these bytes.

Bytes      the file that `kexin trust page` wrote, else the page made anew with the node's root
State      listed     the trust list in force names this SM3
           changed    it names another one: somebody replaced the file; not to be used
           unlisted   it names no offline page: nobody but this server says that it is ours
           no_list    there is no list in force to ask
Errors     NotFound trust_root_missing
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crypto import sm3
from identity.trust_list import TrustList
from services.platform.work import Runtime
from services.registry import trust
from services.verification import downloads, service


class Vouched(StrEnum):
    """What the trust list says of the file."""

    LISTED = "listed"
    CHANGED = "changed"
    UNLISTED = "unlisted"
    NO_LIST = "no_list"


@dataclass(frozen=True, slots=True)
class Handout:
    """The offline page and what is known of it."""

    data: bytes
    sm3: bytes
    root_name: str
    fingerprint: bytes
    vouched: Vouched
    seq: int | None
    """Number of the list that was asked."""


def offline_page(runtime: Runtime, now: datetime) -> Handout:
    """Return the page as it is handed out now. Raises NotFound."""
    folder = runtime.settings.trust_folder
    root = trust.read_root(folder)
    try:
        data = (folder / trust.PAGE).read_bytes()
    except FileNotFoundError:
        data = downloads.finished(root)
    digest = sm3.digest(data)
    known = service.trust_of(runtime, now)
    listed = known if isinstance(known, TrustList) else None
    return Handout(
        data=data,
        sm3=digest,
        root_name=root.name,
        fingerprint=root.fingerprint,
        vouched=_vouched(listed, digest),
        seq=None if listed is None else listed.seq,
    )


def _vouched(listed: TrustList | None, digest: bytes) -> Vouched:
    if listed is None:
        return Vouched.NO_LIST
    named = [each.sm3 for each in listed.artifacts if each.name == trust.PAGE]
    if not named:
        return Vouched.UNLISTED
    return Vouched.LISTED if digest in named else Vouched.CHANGED
