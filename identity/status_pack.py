"""Status packs: all status lists of one node in one signed file, for a day without a network.

File       canonical JSON {"format", "lists", "statement", "trust"}, docs/formats/status-pack-v1.md
Statement  JWT, typ kexin-status-pack+jwt: node, life, and the SM3 of each list and of the trust
           list, so that none can be left out, added or exchanged
Life       24 h at most, never longer than that of its lists
Errors     InvalidStatus: status_pack_unreadable (member), status_signature, status_not_yet
A pack is a carrier: its lists are verified by themselves, its trust list is opened by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.jws import SignBytes, b64u
from crypto.keys import PublicKey
from identity import instants
from identity.credential import URI
from identity.errors import IdentityError, InvalidStatus
from identity.issuer import NODE_NAME
from identity.members import Members
from identity.status_list import LIFE, SKEW

TYP = "kexin-status-pack+jwt"
FORMAT = "kexin/status-pack/v1"
MAX_SIZE = 32 * 1024 * 1024
MAX_LISTS = 4096


@dataclass(frozen=True, slots=True)
class StatusPack:
    """A pack taken apart. `parse` has checked that its parts fit; its statement is unverified."""

    node: str
    kid: str
    issued_at: datetime
    expires_at: datetime
    lists: Mapping[str, str]
    """The published tokens by address."""
    trust: Json
    """The trust list document that came along, None where there is none."""
    statement: str


def build(
    *,
    node: str,
    lists: Mapping[str, str],
    trust: Json,
    now: datetime,
    expires_at: datetime,
    kid: str,
    sign: SignBytes,
) -> bytes:
    """Return the pack of a node's published lists. Raises InvalidStatus for nonsense.

    `expires_at` is that of the list which expires first; a pack lives for LIFE at most.
    """
    tokens = [lists[uri] for uri in sorted(lists)]
    payload: dict[str, Json] = {
        "exp": instants.seconds(min(expires_at, now + LIFE)),
        "iat": instants.seconds(now),
        "lists": [
            {"sm3": _digest(token), "uri": uri}
            for uri, token in zip(sorted(lists), tokens, strict=True)
        ],
        "node": node,
        "trust": _trust_digest(trust),
    }
    statement = jws.sign_compact(payload=canonical.dumps(payload), typ=TYP, kid=kid, sign=sign)
    members = {"format": FORMAT, "lists": tokens, "statement": statement, "trust": trust}
    data = canonical.dumps(members)
    parse(data)
    return data


def parse(data: bytes) -> StatusPack:
    """Take a pack apart and check that its parts belong together. Raises InvalidStatus."""
    if len(data) > MAX_SIZE:
        raise _wrong("size")
    try:
        read = Members(canonical.loads(data), _wrong)
    except InvalidEncoding as error:
        raise _wrong("file") from error
    read.constant("format", FORMAT)
    tokens = read.array("lists", 0, MAX_LISTS)
    statement = read.match("statement", "[A-Za-z0-9_.-]+")
    trust = read.take("trust")
    if trust is not None and not isinstance(trust, dict):
        read.refuse("trust")
    read.end()
    return _read(statement, tokens, trust)


def check_statement(statement: str, key: PublicKey) -> None:
    """Check that `key` signed the statement of a pack. Raises InvalidStatus."""
    try:
        jws.verify_compact(statement, key, typ=TYP)
    except InvalidSignature as error:
        raise InvalidStatus("status_signature") from error


def check_issued(pack: StatusPack, now: datetime) -> None:
    """Check that the pack does not come from the future. Raises InvalidStatus."""
    if now < pack.issued_at - SKEW:
        raise InvalidStatus("status_not_yet")


def _read(statement: str, tokens: list[Json], trust: Json) -> StatusPack:
    try:
        parsed = jws.parse_compact(statement)
        if parsed.typ != TYP:
            raise _wrong("typ")
        read = Members(canonical.loads(parsed.payload), _wrong)
    except InvalidEncoding as error:
        raise _wrong("statement") from error
    issued_at, expires_at = read.seconds("iat"), read.seconds("exp")
    if not issued_at < expires_at or expires_at - issued_at > LIFE:
        read.refuse("exp")
    node = read.match("node", NODE_NAME)
    lists = _read_lists(read, tokens)
    if read.take("trust") != _trust_digest(trust):
        read.refuse("trust")
    read.end()
    return StatusPack(node, parsed.kid, issued_at, expires_at, lists, trust, statement)


def _read_lists(read: Members, tokens: list[Json]) -> dict[str, str]:
    """Return the tokens by address; statement and file must name the same, in one order."""
    stated = read.objects("lists", len(tokens), len(tokens))
    lists: dict[str, str] = {}
    last = ""
    for each, token in zip(stated, tokens, strict=True):
        uri = each.match("uri", URI)
        if not isinstance(token, str) or not token.isascii():
            read.refuse("lists")
        each.constant("sm3", _digest(token))
        each.end()
        if uri <= last:
            read.refuse("lists")
        lists[uri] = token
        last = uri
    return lists


def _digest(token: str) -> str:
    return b64u(sm3.digest(token.encode("ascii")))


def _trust_digest(trust: Json) -> str | None:
    return None if trust is None else b64u(sm3.digest(canonical.dumps(trust)))


def _wrong(member: str) -> IdentityError:
    return InvalidStatus("status_pack_unreadable", member=member)
