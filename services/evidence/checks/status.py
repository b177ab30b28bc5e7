"""Check `status`: not revoked, suspended or superseded, as far as can be known.

Online     the list at the node's address, at most its `ttl` old; unreachable is unknown
Offline    the bundle's assertion or the list of a status pack, each until it expires; after that
           unknown, as of the newest one's date
As of      another instant: a word answers for the span it was signed for, and for later ones
           nothing does. Later loss is told with its date, so an earlier instant is answered
           where the loss came before it
Newest     the newest signed word decides; what came with the bundle is verified in any case
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from crypto import jws
from crypto.errors import InvalidEncoding
from crypto.keys import PublicKey
from identity import status_list, status_pack
from identity.credential import Credential
from identity.errors import InvalidStatus, InvalidTrust
from identity.status_list import Assertion, Snapshot, Status
from identity.status_pack import StatusPack
from identity.trust_nodes import Node
from services.evidence.errors import SourceUnavailable, Unproven
from services.evidence.finding import Fact, Finding, Term, not_reached
from services.evidence.reading import Material
from services.evidence.reasons import Result
from services.evidence.terms import SKEW, Terms

_LOST = {
    Status.INVALID: "revoked",
    Status.SUSPENDED: "suspended",
    Status.SUPERSEDED: "superseded",
}


@dataclass(frozen=True, slots=True)
class Word:
    """What the node said of the credential, when, and how."""

    status: Status
    time: datetime
    expires: datetime
    evidence: str
    since: datetime | None = None
    successor: str | None = None

    def holds(self, at: datetime) -> bool:
        """Return whether it was signed for this instant."""
        return self.time - SKEW <= at < self.expires


def check(material: Material, node: Node | None, terms: Terms, at: datetime) -> Finding:
    """Return what is known of the status at the instant `at`."""
    if node is None:
        return not_reached("status", "issuer")
    try:
        _own_address(material.credential, node)
        assertion = _asserted(material, node, terms)
    except Unproven as error:
        return Finding("status", error.code)
    if terms.as_of is None and terms.sources is not None:
        return _online(material.credential, node, terms, assertion)
    return _offline(material, node, terms, at, assertion)


def _offline(
    material: Material, node: Node, terms: Terms, at: datetime, assertion: Assertion | None
) -> Finding:
    """Answer by what is at hand. Where a pack is wrong, a loss that is known still counts."""
    cut = assertion is not None and _is_cut(material.status, terms)
    words = [] if assertion is None or cut else [_word(assertion)]
    try:
        packed = _packed(material.credential, node, terms)
    except Unproven as error:
        known = _at(words, at) if words else None
        return known if known and known.result is Result.FAIL else Finding("status", error.code)
    if packed is not None:
        words.append(packed)
    if words:
        return _at(words, at)
    if assertion is not None:
        return Finding("status", "status_cut", "assertion", assertion.issued_at)
    return Finding("status", "missing")


def _online(
    credential: Credential, node: Node, terms: Terms, assertion: Assertion | None
) -> Finding:
    """Ask for the list. Where it cannot be had, a loss that is already known still counts."""
    try:
        return _newest(_listed(credential, node, terms), assertion)
    except Unproven as error:
        if assertion is not None and assertion.status is not Status.VALID:
            return _said(_word(assertion))
        return Finding("status", error.code)


def _own_address(credential: Credential, node: Node) -> None:
    """A status list counts only where the node publishes its own."""
    if not credential.body.status.uri.startswith(node.status_url.rstrip("/") + "/"):
        raise Unproven("elsewhere")


def _asserted(material: Material, node: Node, terms: Terms) -> Assertion | None:
    """Return the bundle's assertion after checking that it is the node's, about this credential."""
    if material.status is None or material.assertion is None:
        return None
    credential, claimed = material.credential, material.assertion
    try:
        key = _key(material.status, node, claimed.issued_at)
        assertion = status_list.verify_assertion(material.status, key)
    except (InvalidStatus, InvalidTrust) as error:
        raise Unproven("assertion") from error
    about = (assertion.uri, assertion.index, assertion.credential)
    place = credential.body.status
    if about != (place.uri, place.index, credential.digest):
        raise Unproven("assertion")
    if assertion.issued_at > terms.now + SKEW:
        raise Unproven("assertion")
    return assertion


def _listed(credential: Credential, node: Node, terms: Terms) -> Word:
    """Return what the node's list says now."""
    place, sources = credential.body.status, terms.sources
    assert sources is not None
    try:
        token = sources.status_list(place.uri)
    except SourceUnavailable as error:
        raise Unproven("unreachable") from error
    try:
        key = _key(token, node, terms.now)
        if _is_cut(token, terms):
            raise Unproven("list_unusable")
        snapshot = status_list.verify_list(token, key, uri=place.uri)
        snapshot.check_fresh(terms.now)
        return Word(snapshot.status(place.index), snapshot.issued_at, snapshot.expires_at, "list")
    except (InvalidStatus, InvalidTrust, InvalidEncoding) as error:
        raise Unproven("list_unusable") from error


def _key(token: str, node: Node, at: datetime) -> PublicKey:
    return node.key(jws.parse_compact(token).kid, "status", at)


def _is_cut(token: str | None, terms: Terms) -> bool:
    """Return whether the key that signed was cut off: a status has no place in a log."""
    assert token is not None
    assert terms.list is not None
    return terms.list.cut_off(jws.parse_compact(token).kid) is not None


def _packed(credential: Credential, node: Node, terms: Terms) -> Word | None:
    """Return what a pack of the node says; None where none has the credential's list."""
    place = credential.body.status
    words = []
    for pack in terms.packs:
        if pack.node != node.name or place.uri not in pack.lists:
            continue
        snapshot = _snapshot(pack, place.uri, node, terms)
        try:
            status = snapshot.status(place.index)
        except InvalidStatus as error:
            raise Unproven("list_unusable") from error
        expires = min(snapshot.expires_at, pack.expires_at)
        words.append(Word(status, snapshot.issued_at, expires, "pack"))
    return max(words, key=lambda word: word.time, default=None)


def _snapshot(pack: StatusPack, uri: str, node: Node, terms: Terms) -> Snapshot:
    """Return the list of this address after checking that pack and list are the node's."""
    token = pack.lists[uri]
    if _is_cut(pack.statement, terms):
        raise Unproven("status_cut")
    try:
        status_pack.check_issued(pack, terms.now)
        key = node.key(pack.kid, "status", pack.issued_at)
        _check_statement(pack.statement, key)
        if _is_cut(token, terms):
            raise Unproven("status_cut")
        kid = jws.parse_compact(token).kid
        snapshot = _verified(token, node.key(kid, "status"), uri)
        node.key(kid, "status", snapshot.issued_at)
    except (InvalidStatus, InvalidTrust, InvalidEncoding) as error:
        raise Unproven("list_unusable") from error
    return snapshot


@lru_cache(maxsize=64)
def _check_statement(statement: str, key: PublicKey) -> None:
    """Check a statement once for all the credentials of its pack."""
    status_pack.check_statement(statement, key)


@lru_cache(maxsize=64)
def _verified(token: str, key: PublicKey, uri: str) -> Snapshot:
    """Verify and inflate a list once for all its credentials."""
    return status_list.verify_list(token, key, uri=uri)


def _newest(listed: Word, assertion: Assertion | None) -> Finding:
    """Let the newer word decide."""
    return _said(_decisive([listed] if assertion is None else [listed, _word(assertion)]))


def _decisive(words: Sequence[Word]) -> Word:
    """Return the newest word; of a loss on which all agree, the one that knows its date."""
    newest = max(words, key=lambda word: word.time)
    told = [each for each in words if each.status is newest.status and each.since is not None]
    return told[0] if told else newest


def _at(words: Sequence[Word], at: datetime) -> Finding:
    """Answer for an instant by what was signed for it, else by the newest word of all."""
    holding = [each for each in words if each.holds(at)]
    word = _decisive(holding or words)
    if holding:
        return _said(word)
    after = at >= word.expires
    if word.status is not Status.VALID and (after or (word.since or word.time) <= at):
        return _said(word)
    reason = "status_as_of" if after else "status_earlier"
    return Finding("status", reason, word.evidence, word.time, {"as_of": word.time})


def _word(assertion: Assertion) -> Word:
    return Word(
        assertion.status,
        assertion.issued_at,
        assertion.expires_at,
        "assertion",
        assertion.since,
        assertion.successor,
    )


def _said(word: Word) -> Finding:
    if word.status is Status.VALID:
        return Finding("status", "valid", word.evidence, word.time, {"time": word.time})
    params: dict[str, Fact] = {
        "since": word.since or Term("since.unknown"),
        "successor": word.successor or Term("successor.unknown"),
    }
    return Finding("status", _LOST[word.status], word.evidence, word.since or word.time, params)
