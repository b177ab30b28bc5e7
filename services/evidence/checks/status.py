"""Check `status`: not revoked, suspended or superseded, as far as can be known.

Online     the list at the node's address, at most its `ttl` old; unreachable is unknown
Offline    the bundle's assertion until it expires; after that unknown, as of its date
As of      another instant: the assertion answers for the span it was signed for, and for later
           ones nothing does. Later loss is told with its date, so an earlier instant is answered
           where the loss came before it
Newest     the newest signed word decides; what came with the bundle is verified in any case
"""

from dataclasses import dataclass
from datetime import datetime

from crypto import jws
from crypto.errors import InvalidEncoding
from crypto.keys import PublicKey
from identity import status_list
from identity.credential import Credential
from identity.errors import InvalidStatus, InvalidTrust
from identity.status_list import Assertion, Status
from identity.trust_nodes import Node
from services.evidence.errors import SourceUnavailable, Unproven
from services.evidence.finding import Fact, Finding, Term, not_reached
from services.evidence.reading import Material
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
    evidence: str
    since: datetime | None = None
    successor: str | None = None


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
    if assertion is None:
        return Finding("status", "missing")
    if _is_cut(material.status, terms):
        return Finding("status", "status_cut", "assertion", assertion.issued_at)
    return _at(assertion, at)


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
        return Word(snapshot.status(place.index), snapshot.issued_at, "list")
    except (InvalidStatus, InvalidTrust, InvalidEncoding) as error:
        raise Unproven("list_unusable") from error


def _key(token: str, node: Node, at: datetime) -> PublicKey:
    return node.key(jws.parse_compact(token).kid, "status", at)


def _is_cut(token: str | None, terms: Terms) -> bool:
    """Return whether the key that signed was cut off: a status has no place in a log."""
    assert token is not None
    assert terms.list is not None
    return terms.list.cut_off(jws.parse_compact(token).kid) is not None


def _newest(listed: Word, assertion: Assertion | None) -> Finding:
    """Let the newer word decide; a date and a successor are known to the assertion alone."""
    if assertion is None:
        return _said(listed)
    asserted = _word(assertion)
    if asserted.time > listed.time or asserted.status is listed.status is not Status.VALID:
        return _said(asserted)
    return _said(listed)


def _at(assertion: Assertion, at: datetime) -> Finding:
    """Answer for an instant by the assertion alone."""
    word = _word(assertion)
    if assertion.issued_at - SKEW <= at < assertion.expires_at:
        return _said(word)
    after = at >= assertion.expires_at
    if word.status is not Status.VALID and (after or (word.since or word.time) <= at):
        return _said(word)
    reason = "status_as_of" if after else "status_earlier"
    return Finding("status", reason, word.evidence, word.time, {"as_of": word.time})


def _word(assertion: Assertion) -> Word:
    return Word(
        assertion.status,
        assertion.issued_at,
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
