"""The verdict: every check in its order, none skipped, and what follows from them.

Format     kexin/verdict/v1, docs/formats/verdict-v1.md
Result     any fail: invalid; else any unknown: undetermined; else valid
Belongs    credential, entry, log, record and anchor must speak of the same issuer, node, year,
           size and root; a key counts only in the one place that lists it
Shown      the credential's type, number and claims only where the signature passed; the issuer's
           name and codes only from its authentic record
No error   bytes that cannot be read are a verdict too. ValueError is a programmer's mistake: a
           media type that is not ours, an `as_of` in the future
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from crypto.canonical import Json
from identity import instants
from identity.status_pack import StatusPack
from identity.trust_list import TrustList
from ledger.evidence import Level
from services.evidence import messages, reading
from services.evidence.checks import anchor, document, log, signature, status, validity
from services.evidence.checks import issuer as issuers
from services.evidence.checks.issuer import Issuer
from services.evidence.file_signature import FileSignature
from services.evidence.finding import Finding, not_reached
from services.evidence.reading import Material
from services.evidence.reasons import CHECKS, Result
from services.evidence.sources import Sources
from services.evidence.terms import BUNDLE, AsOf, NoTrust, Terms
from services.platform.texts import EN

__all__ = ["BUNDLE", "FORMAT", "AsOf", "NoTrust", "Outcome", "Shown", "Verdict", "verify"]

FORMAT: Final = "kexin/verdict/v1"
AS_OF_STATE: Final = "status_as_of"


class Outcome(StrEnum):
    """What the checks add up to."""

    VALID = "valid"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a credential whose signature passed."""

    type: str
    number: str
    issuer: Mapping[str, Json]
    claims: Mapping[str, Json]

    def issuer_name(self, lang: str) -> str:
        """Return the issuer's name in this language, in Chinese where it has no English one."""
        names = self.issuer["names"]
        assert isinstance(names, dict)
        return str(names.get("en", names["zh"]) if lang == EN else names["zh"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one file."""

    current: bool
    """Whether the answer is for now, not for an instant asked for."""
    as_of: datetime
    shown: Shown | None
    checks: tuple[Finding, ...]

    @property
    def result(self) -> Outcome:
        """Return what the checks add up to."""
        results = {each.result for each in self.checks}
        if Result.FAIL in results:
            return Outcome.INVALID
        return Outcome.UNDETERMINED if Result.UNKNOWN in results else Outcome.VALID

    @property
    def state(self) -> str:
        """Return the result, or `status_as_of` where only the present status is missing."""
        open_points = [each for each in self.checks if not each.passed]
        if [each.reason for each in open_points] == [AS_OF_STATE]:
            return AS_OF_STATE
        return self.result.value

    def finding(self, check: str) -> Finding:
        """Return the finding of one check; KeyError if this verdict does not have it."""
        return {each.check: each for each in self.checks}[check]

    def headline(self, lang: str) -> str:
        """Return the first sentence: what to think, and for which instant if not for now."""
        known = self.finding("status").at or self.as_of
        said = messages.sentence(f"verdict.{self.state}", lang, as_of=known)
        if self.current:
            return said
        space = " " if lang == EN else ""
        return messages.sentence("verdict.not_current", lang, as_of=self.as_of) + space + said

    def to_json(self) -> dict[str, Json]:
        """Return the verdict as kexin/verdict/v1."""
        return {
            "as_of": instants.write(self.as_of),
            "checks": [_check_json(each) for each in self.checks],
            "credential": _shown_json(self.shown),
            "current": self.current,
            "format": FORMAT,
            "result": self.result.value,
        }


def verify(
    data: bytes,
    *,
    trust: TrustList | NoTrust,
    now: datetime,
    media: str | None = None,
    as_of: AsOf = None,
    require: Level | None = None,
    sources: Sources | None = None,
    packs: Sequence[StatusPack] = (),
) -> Verdict:
    """Judge a bundle, a credential alone, or a PDF that carries a bundle.

    Without `sources` the answer is an offline one; then `packs` tell the status. `require`
    raises the evidence of the anchor that is asked for; `as_of` moves `dates` and `status` alone.
    """
    if isinstance(as_of, datetime) and as_of > now:
        raise ValueError("as_of lies in the future")
    terms = Terms(trust, now, as_of, require, sources, tuple(packs))
    read = reading.read(data, media)
    at = _instant(read.material, terms)
    if read.material is None:
        rest = [
            not_reached(each, "format") for each in CHECKS if each not in ("format", "document")
        ]
        about = [] if read.document is None else [document.unreadable(read.document)]
        return Verdict(as_of is None, at, None, (read.format, *about, *rest))
    findings, shown = _judge(read.material, terms, at, read.document)
    return Verdict(as_of is None, at, shown, (read.format, *findings))


def _instant(material: Material | None, terms: Terms) -> datetime:
    """Return the instant that the verdict is for."""
    if terms.as_of == BUNDLE:
        assertion = material.assertion if material else None
        return min(assertion.issued_at, terms.now) if assertion else terms.now
    return terms.as_of if isinstance(terms.as_of, datetime) else terms.now


def _judge(
    material: Material, terms: Terms, at: datetime, paper: FileSignature | Finding | None
) -> tuple[tuple[Finding, ...], Shown | None]:
    """Run the checks, in the order in which they need each other; report them in theirs."""
    credential, located = material.credential, material.located
    # 1. whose word is it? A credential that came alone needs its issuer's record first
    registered = material.registered or issuers.look_up(credential.body.issuer, terms)
    node = issuers.find_node(registered, terms)
    # 2. that and when: the log, and the chain that anchors it
    logged, log_kid = log.check(
        located,
        issuer=credential.body.issuer,
        digest=credential.digest,
        node=node,
        trust=terms.list,
    )
    kids = {credential.kid, *issuers.signers(registered), *([log_kid] if log_kid else [])}
    anchor_finding, anchored = anchor.check(located, node=node, kids=kids, terms=terms)
    # 3. who: the record, and the signature under a key of it
    issuer_finding, issuer = issuers.check(
        credential, registered, node=node, anchored=anchored, terms=terms
    )
    signed = signature.check(credential, registered, issuer, terms)
    # 4. the words on the page, where there is one
    pages = (
        [] if paper is None else [document.check(paper, located=located, node=node, terms=terms)]
    )
    findings = (
        *pages,
        signed,
        signature.disclosure(credential, foreign=material.foreign),
        issuer_finding,
        validity.key_at_time(credential, issuer, anchored, located=located, trust=terms.list),
        validity.accreditation(credential, issuer, anchored),
        validity.dates(credential, at),
        status.check(material, node, terms, at),
        logged,
        anchor_finding,
    )
    return findings, _shown(material, issuer) if signed.passed and issuer else None


def _shown(material: Material, issuer: Issuer) -> Shown:
    body = material.credential.body
    claims: dict[str, Json] = {
        **material.credential.claims,
        "category": body.category,
        "level": body.level,
    }
    if body.notice is not None:
        claims["notice"] = body.notice.to_json()
    return Shown(body.type, body.number, _issuer_json(issuer), claims)


def _issuer_json(issuer: Issuer) -> dict[str, Json]:
    record = issuer.newest or issuer.record
    names: dict[str, Json] = {"zh": record.name_zh}
    if record.name_en is not None:
        names["en"] = record.name_en
    return {
        "codes": [held.code for held in record.codes if held.span.end is None],
        "id": record.id,
        "names": names,
        "node": {"name": issuer.node.name, "title": issuer.node.title.to_json()},
        "telephone": record.telephone,
    }


def _shown_json(shown: Shown | None) -> dict[str, Json]:
    if shown is None:
        return {"claims": None, "issuer": None, "number": None, "type": None}
    return {
        "claims": {**shown.claims},
        "issuer": {**shown.issuer},
        "number": shown.number,
        "type": shown.type,
    }


def _check_json(finding: Finding) -> dict[str, Json]:
    return {
        "at": instants.write(finding.at) if finding.at else None,
        "code": finding.check,
        "evidence": finding.evidence,
        "message": {**messages.message(finding)},
        "reason": finding.reason,
        "remedy": {**messages.remedy(finding)},
        "result": finding.result.value,
    }
