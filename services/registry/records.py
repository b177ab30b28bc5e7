"""Issuer records: drafted and signed by one registrar, signed and published by a second person.

The second signature, the entry in the node's registry log and the published record happen in
one transaction. What is published is what the registry says at that moment: a draft that it has
overtaken is refused. Who signed is told by the signatures' keys and never by the draft's row.
A record is in force for issuing as soon as it stands in the log; the first credential under it
waits for its anchor (services.honours.obstacles).

Errors     Conflict record_waiting, record_draft_missing, record_draft_outdated, record_unchanged,
           record_missing; Refused record_same_person, role_missing; InvalidRecord (identity)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from crypto import canonical, jws
from crypto.canonical import Json
from crypto.keys import PublicKey
from identity import issuer
from identity.issuer import Accreditation, HeldCode, IssuerKey, IssuerRecord
from identity.levels import Role
from identity.validity import Span
from services.accounts import operators, personal_keys
from services.accounts.operators import NODE, Operator
from services.accounts.personal_keys import Opened
from services.audit import trail
from services.evidence import bundle
from services.platform import issuing
from services.platform.db import new_id
from services.platform.errors import Conflict, Refused
from services.platform.work import Runtime, Work
from services.registry import institutions, keys, queries

THRESHOLD = 2


def propose(runtime: Runtime, actor: Operator, institution_id: str, key: Opened) -> None:
    """Write the record as the registry stands now and sign it first."""
    with runtime.reading() as work:
        operators.again(work, actor).require(Role.REGISTRAR, NODE)
        payload = _present(work, institution_id).to_json()
        _refuse_unchanged(work, institution_id, payload)
    signature = jws.document_signature(payload, typ=issuer.TYP, kid=key.kid, sign=key.sign)
    with runtime.writing() as work:
        if queries.draft(work.session, institution_id) is not None:
            raise Conflict("record_waiting")
        row = {
            "id": new_id("drf", work.random),
            "institution_id": institution_id,
            "payload": canonical.dumps(payload).decode(),
            "signature": canonical.dumps(signature).decode(),
            "registrar": actor.id,
            "created_at": work.now,
        }
        queries.add_draft(work.session, row)
        trail.record(work, actor=actor.id, action="record.propose", object=institution_id)


def discard(work: Work, actor: Operator, institution_id: str) -> None:
    """Throw a draft away, by either registrar."""
    actor.require(Role.REGISTRAR, NODE)
    if queries.draft(work.session, institution_id) is None:
        raise Conflict("record_draft_missing")
    queries.delete_draft(work.session, institution_id)
    trail.record(work, actor=actor.id, action="record.discard", object=institution_id)


def publish(runtime: Runtime, actor: Operator, institution_id: str, key: Opened) -> bytes:
    """Sign the waiting draft as a second person and publish it; return the record's digest."""
    with runtime.reading() as work:
        operators.again(work, actor).require(Role.REGISTRAR, NODE)
        draft = _draft(work, institution_id)
        known = registrar_keys(work)
        _require_other_person(work, actor, draft)
    payload = canonical.loads(draft["payload"].encode())
    second = jws.document_signature(payload, typ=issuer.TYP, kid=key.kid, sign=key.sign)
    first = canonical.loads(draft["signature"].encode())
    document = jws.assemble(payload, [_mapping(first), second])
    record = issuer.verify(document, known, THRESHOLD)
    with runtime.writing() as work:
        institutions.load(work, institution_id, lock=True)
        if _draft(work, institution_id)["id"] != draft["id"]:
            raise Conflict("record_draft_missing")
        if not _says_the_same(record, _present(work, institution_id)):
            raise Conflict("record_draft_outdated")
        _require_two_persons(work, document)
        digest = _store(work, record, document)
        trail.record(work, actor=actor.id, action="record.publish", object=institution_id)
    return digest


def newest(work: Work, institution_id: str) -> tuple[IssuerRecord, Mapping[Any, Any]]:
    """Return the newest published record and its row. Raises Conflict record_missing."""
    row = queries.newest_record(work.session, institution_id)
    if row is None:
        raise Conflict("record_missing")
    opened, _ = issuer.open_record(document(row))
    return opened, row


@dataclass(frozen=True, slots=True)
class Difference:
    """One member of a record that a new one would have otherwise."""

    member: str
    before: Json
    after: Json


def outdated(work: Work, institution_id: str) -> bool:
    """Return whether the newest record says something else than the registry, or is missing."""
    last = queries.newest_record(work.session, institution_id)
    if last is None:
        return True
    before, _ = issuer.open_record(document(last))
    return not _says_the_same(_present(work, institution_id), before)


def differences(work: Work, institution_id: str) -> list[Difference]:
    """Return what a record of today would say otherwise than the newest one."""
    last = queries.newest_record(work.session, institution_id)
    after = _present(work, institution_id).to_json()
    before: Mapping[str, Json] = {}
    if last is not None:
        before = issuer.open_record(document(last))[0].to_json()
    return [
        Difference(member, before.get(member), value)
        for member, value in after.items()
        if member not in ("seq", "prev", "issued") and before.get(member) != value
    ]


def document(row: Mapping[Any, Any]) -> Json:
    """Return the signed document of a record's row."""
    return canonical.loads(row["document"].encode())


def registrar_keys(work: Work) -> dict[str, PublicKey]:
    """Return the registrars' keys in force by kid."""
    return {public.kid: public for public, _ in personal_keys.registrars(work)}


def _require_other_person(work: Work, actor: Operator, draft: Mapping[Any, Any]) -> None:
    """Refuse early, before a registrar signs what he may not publish."""
    if operators.load(work, draft["registrar"]).edu_id == actor.edu_id:
        raise Refused("record_same_person")


def _require_two_persons(work: Work, document: Json) -> None:
    """Check that the signers are registrars now, and as many persons as are needed."""
    owners = {public.kid: owner for public, owner in personal_keys.registrars(work)}
    _, kids = issuer.open_record(document)
    signers = [operators.load(work, owners[kid]) for kid in kids]
    for signer in signers:
        signer.require(Role.REGISTRAR, NODE)
    if len({signer.edu_id for signer in signers}) < THRESHOLD:
        raise Refused("record_same_person")


def _says_the_same(one: IssuerRecord, other: IssuerRecord) -> bool:
    """Return whether two records differ in nothing but their place in the chain."""
    moved = replace(one, seq=other.seq, previous=other.previous, issued_at=other.issued_at)
    return moved == other


def _store(work: Work, record: IssuerRecord, document: Json) -> bytes:
    digest, salt = issuer.digest(document), work.random(16)
    last = queries.newest_record(work.session, record.id)
    if last is not None:
        before, _ = issuer.open_record(canonical.loads(last["document"].encode()))
        issuer.check_follows(record, before, last["digest"])
    draft = issuing.EntryDraft(kind="record", digest=bundle.record_digest(digest, salt))
    [appended] = issuing.append(work, institution=issuing.REGISTRY, drafts=[draft])
    row = {
        "digest": digest,
        "institution_id": record.id,
        "seq": record.seq,
        "document": canonical.dumps(document).decode(),
        "salt": salt,
        "log_origin": appended.origin,
        "log_index": appended.index,
        "created_at": work.now,
    }
    queries.add_record(work.session, row)
    queries.delete_draft(work.session, record.id)
    return digest


def _present(work: Work, institution_id: str) -> IssuerRecord:
    """Return the record that the registry's tables add up to now."""
    row = institutions.load(work, institution_id)
    last = queries.newest_record(work.session, institution_id)
    return IssuerRecord(
        id=institution_id,
        node=work.settings.node_name,
        seq=1 if last is None else last["seq"] + 1,
        previous=None if last is None else last["digest"],
        issued_at=work.now,
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        codes=tuple(
            HeldCode(each["code"], Span(each["valid_from"], each["valid_to"]))
            for each in institutions.code_history(work, row)
        ),
        uscc=row["uscc"],
        telephone=row["telephone"],
        superior=row["superior_id"],
        region=row["region"],
        keys=tuple(
            IssuerKey(PublicKey(each["public"]), Span(each["valid_from"], each["valid_to"]))
            for each in keys.issuer_keys(work, row)
        ),
        accreditations=tuple(
            Accreditation(
                each["type"],
                tuple(each["levels"].split(",")),
                Span(each["valid_from"], each["valid_to"]),
            )
            for each in institutions.accreditations(work, row)
        ),
    )


def _refuse_unchanged(work: Work, institution_id: str, payload: Json) -> None:
    last = queries.newest_record(work.session, institution_id)
    if last is None:
        return
    before, _ = issuer.open_record(document(last))
    if _says_the_same(issuer.parse(payload), before):
        raise Conflict("record_unchanged")


def _draft(work: Work, institution_id: str) -> Mapping[Any, Any]:
    draft = queries.draft(work.session, institution_id)
    if draft is None:
        raise Conflict("record_draft_missing")
    return draft


def _mapping(value: Json) -> dict[str, str]:
    if not isinstance(value, dict):
        raise Conflict("record_draft_missing")
    return {name: str(part) for name, part in value.items()}
