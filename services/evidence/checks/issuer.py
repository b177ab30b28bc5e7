"""Check `issuer`: who says it, as two registrars of a listed node recorded it.

Offline    the record that came with the credential passes, and its age is shown
Online     the newest record is fetched from the node, and its end dates apply
Authentic  a record is authentic where the node's registrars signed it within the node's bounds
           and nothing speaks against it; names and keys of any other are neither shown nor believed
"""

from collections.abc import Collection
from dataclasses import dataclass

from crypto.keys import PublicKey
from identity import issuer as records
from identity.credential import Credential
from identity.errors import InvalidCode, InvalidRecord, InvalidTrust
from identity.issuer import IssuerRecord
from identity.trust_list import TrustList
from identity.trust_nodes import Node
from services.evidence import bundle, reading
from services.evidence.checks import anchor as anchors
from services.evidence.checks import log
from services.evidence.checks.anchor import Anchored
from services.evidence.errors import SourceUnavailable, Unproven, UnreadableBundle
from services.evidence.finding import Fact, Finding, Names
from services.evidence.reading import Registered
from services.evidence.reasons import REASONS, Result
from services.evidence.terms import NoTrust, Terms

REGISTRY = "registry"
"""The id under which a node keeps its own log of records."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authentic record with its node, and the newest record if there was somebody to ask."""

    record: IssuerRecord
    node: Node
    newest: IssuerRecord | None = None


def find_node(registered: Registered | None, terms: Terms) -> Node | None:
    """Return the listed node that the record names."""
    if registered is None or terms.list is None:
        return None
    try:
        return terms.list.node(registered.record.node)
    except InvalidTrust:
        return None


def look_up(issuer: str, terms: Terms) -> Registered | None:
    """Ask the nodes that may vouch for this id for its record: for a credential that came alone."""
    if terms.sources is None or terms.list is None:
        return None
    for node in terms.list.nodes:
        if not issuer.startswith(node.ids):
            continue
        try:
            return reading.read_issuer(terms.sources.record(node.records_url, issuer))
        except (SourceUnavailable, UnreadableBundle):
            continue
    return None


def signers(registered: Registered | None) -> Collection[str]:
    """Return the kids of those who signed the record."""
    return () if registered is None else records.open_record(registered.part.record)[1]


def check(
    credential: Credential,
    registered: Registered | None,
    *,
    node: Node | None,
    anchored: Anchored | None,
    terms: Terms,
) -> tuple[Finding, Issuer | None]:
    """Return the finding and the authentic issuer, also where something about it is unknown."""
    if registered is None:
        return Finding("issuer", "record_missing"), None
    if registered.record.id != credential.body.issuer:
        return Finding("issuer", "other_issuer"), None
    if isinstance(terms.trust, NoTrust):
        return Finding("issuer", terms.trust.reason), None
    if node is None:
        return Finding("issuer", "node_unlisted", params={"node": registered.record.node}), None
    try:
        _authentic(credential, registered, node)
    except Unproven as error:
        return Finding("issuer", error.code, params=error.params), None
    issuer = Issuer(registered.record, node)
    try:
        own = _established(registered, node, terms.trust, terms)
        _ordered(own, anchored)
        newest = _newest(registered, node, terms)
    except Unproven as error:
        finding = Finding("issuer", error.code, params=error.params)
        return finding, None if finding.result is Result.FAIL else issuer
    issuer = Issuer(registered.record, node, newest)
    return _passed(issuer, own, terms), issuer


def _authentic(credential: Credential, registered: Registered, node: Node) -> None:
    """Check who signed the record and whether they may."""
    record = registered.record
    try:
        records.verify(registered.part.record, node.keys_for("registrar"), node.registrars)
    except InvalidRecord as error:
        raise Unproven("registrars") from error
    try:
        node.check_vouches(institution=record.id, region=record.region, types=())
    except InvalidTrust as error:
        raise Unproven("beyond_bounds") from error
    try:
        records.check_number(record, credential.body.number)
    except (InvalidRecord, InvalidCode) as error:
        raise Unproven("other_number") from error


def _established(registered: Registered, node: Node, trust: TrustList, terms: Terms) -> Anchored:
    """Check that the record stands in the node's registry log, anchored, by keys then in force."""
    located, record = registered.located, registered.part.record
    kids = signers(registered)
    try:
        log.in_tree(
            located,
            log=REGISTRY,
            kind="record",
            digest=bundle.record_digest(records.digest(record), registered.part.salt),
        )
        log_kid = log.signed(located, node=node, trust=trust)
    except Unproven as error:
        raise Unproven(_code("log", error), cause=error.code) from error
    origin = located.note.checkpoint.origin
    if any(trust.cut(kid, origin, located.place.index) for kid in kids):
        raise Unproven("registrar_cut")
    try:
        anchored = anchors.anchor(located, node=node, kids={*kids, log_kid}, terms=terms, ask=False)
    except Unproven as error:
        raise Unproven(_code("anchor", error), cause=error.code) from error
    if not set(kids) <= set(node.keys_for("registrar", anchored.time)):
        raise Unproven("registrars")
    return anchored


def _code(check: str, error: Unproven) -> str:
    """Return what a failure of the record's own place means for the issuer."""
    if REASONS[check][error.code] is Result.UNKNOWN:
        return "record_not_anchored"
    return "record_not_logged" if check == "log" else "record_anchor"


def _ordered(own: Anchored, anchored: Anchored | None) -> None:
    """Check that the record was anchored no later than the credential."""
    if anchored is None:
        return
    after = own.time > anchored.time
    if own.chain.id == anchored.chain.id:
        after = own.receipt.block_number > anchored.receipt.block_number
    if after:
        raise Unproven("record_after_credential")


def _newest(registered: Registered, node: Node, terms: Terms) -> IssuerRecord | None:
    """Fetch the newest record and check it. None where nobody may be asked."""
    if terms.sources is None:
        return None
    try:
        data = terms.sources.record(node.records_url, registered.record.id)
    except SourceUnavailable as error:
        raise Unproven("record_unreachable") from error
    try:
        found = reading.read_issuer(data)
        keys: dict[str, PublicKey] = dict(node.keys_for("registrar", found.record.issued_at))
        newest = records.verify(found.part.record, keys, node.registrars)
    except (UnreadableBundle, InvalidRecord) as error:
        raise Unproven("record_source") from error
    if not _follows(found, registered):
        raise Unproven("record_source")
    return newest


def _follows(found: Registered, registered: Registered) -> bool:
    """Return whether a record is of the same institution and no older, or the very same."""
    new, old = found.record, registered.record
    if (new.id, new.node) != (old.id, old.node):
        return False
    if new.seq == old.seq:
        return found.part.record == registered.part.record
    return new.seq > old.seq


def _passed(issuer: Issuer, own: Anchored, terms: Terms) -> Finding:
    record = issuer.newest or issuer.record
    params: dict[str, Fact] = {
        "name": Names(record.name_zh, record.name_en or record.name_zh),
        "node": Names(issuer.node.title.zh, issuer.node.title.en),
        "issued": record.issued_at,
        "age_days": max(0, (terms.now - record.issued_at).days),
    }
    reason = "newest" if issuer.newest else "recorded"
    return Finding("issuer", reason, own.level.word, record.issued_at, params)
