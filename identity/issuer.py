"""Issuer records: what two registrars of a node sign about one institution.

Document   general JWS, typ kexin-record+jws, canonical JSON; docs/formats/issuer-record-v1.md
Chain      `seq` counts from 1, `prev` is the digest of the record before
Digest     SM3 of the canonical bytes of the whole document, signatures included
Errors     InvalidRecord: record_unreadable (member), record_signature, record_chain,
           record_key_unknown, record_key_not_in_force, record_not_accredited, record_number

A record is small and travels in every bundle. What it says, it says about times: keys, codes
and accreditations have from and to, and are asked with the time that counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.jws import b64u
from crypto.keys import PublicKey
from identity import codes, instants
from identity.credential_types import TYPES
from identity.errors import IdentityError, InvalidRecord
from identity.levels import AWARD_LEVELS
from identity.members import Members
from identity.validity import Span, key_json, read_key, read_span

TYP = "kexin-record+jws"
FORMAT = "kexin/issuer-record/v1"
NODE_NAME = "[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?"
"""A node is named like a host: lower-case letters, digits, hyphens, dots; the start of origins."""
TELEPHONE = r"\+?[0-9][0-9 -]{2,28}[0-9]"

MAX_CODES = 20
MAX_KEYS = 100
MAX_ACCREDITATIONS = 100


@dataclass(frozen=True, slots=True)
class HeldCode:
    """A school code, or 0000 and a region code, and when the institution had it."""

    code: str
    span: Span


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A key under which the institution signs credentials."""

    key: PublicKey
    span: Span


@dataclass(frozen=True, slots=True)
class Accreditation:
    """The right to issue a credential type at these award levels."""

    type: str
    levels: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class IssuerRecord:
    """One institution as two registrars saw it at `issued_at`."""

    id: str
    node: str
    seq: int
    previous: bytes | None
    issued_at: datetime
    name_zh: str
    name_en: str | None
    codes: tuple[HeldCode, ...]
    uscc: str | None
    telephone: str
    superior: str | None
    region: str
    keys: tuple[IssuerKey, ...]
    accreditations: tuple[Accreditation, ...]

    def to_json(self) -> dict[str, Json]:
        """Return the payload that the registrars sign."""
        members: dict[str, Json] = {
            "accreditations": [
                {"type": each.type, "levels": [*each.levels], **each.span.to_json()}
                for each in self.accreditations
            ],
            "codes": [{"code": each.code, **each.span.to_json()} for each in self.codes],
            "format": FORMAT,
            "id": self.id,
            "issued": instants.write(self.issued_at),
            "keys": [key_json(each.key, "issuer", each.span) for each in self.keys],
            "names": {"zh": self.name_zh, **({} if self.name_en is None else {"en": self.name_en})},
            "node": self.node,
            "prev": None if self.previous is None else b64u(self.previous),
            "region": self.region,
            "seq": self.seq,
            "superior": self.superior,
            "telephone": self.telephone,
        }
        if self.uscc is not None:
            members["uscc"] = self.uscc
        return members


def parse(payload: Json) -> IssuerRecord:
    """Read the payload of a record. Raises InvalidRecord unless every member is as it must be."""
    read = Members(payload, _wrong)
    read.constant("format", FORMAT)
    names = read.object("names")
    record = IssuerRecord(
        id=read.code("id", codes.validate_institution_id),
        node=read.match("node", NODE_NAME),
        seq=read.integer("seq", 1),
        previous=read.or_null("prev", lambda name: read.octets(name, 32)),
        issued_at=read.instant("issued"),
        name_zh=names.text("zh", 120),
        name_en=names.or_absent("en", lambda name: names.text(name, 200)),
        codes=tuple(_read_code(each) for each in read.objects("codes", 0, MAX_CODES)),
        uscc=read.or_absent("uscc", lambda name: read.code(name, codes.validate_uscc)),
        telephone=read.match("telephone", TELEPHONE),
        superior=read.or_null(
            "superior", lambda name: read.code(name, codes.validate_institution_id)
        ),
        region=read.code("region", codes.validate_region),
        keys=tuple(_read_key(each) for each in read.objects("keys", 0, MAX_KEYS)),
        accreditations=tuple(
            _read_accreditation(each)
            for each in read.objects("accreditations", 0, MAX_ACCREDITATIONS)
        ),
    )
    names.end()
    read.end()
    _check_whole(record)
    return record


def open_record(document: Json) -> tuple[IssuerRecord, tuple[str, ...]]:
    """Return an unverified record and the kids of its signatures."""
    try:
        opened = jws.open_document(document, typ=TYP)
    except InvalidEncoding as error:
        raise _wrong("document") from error
    return parse(opened.payload), tuple(each.kid for each in opened.signatures)


def verify(document: Json, registrar_keys: Mapping[str, PublicKey], threshold: int) -> IssuerRecord:
    """Return the record after checking that `threshold` different registrars signed it.

    `registrar_keys` are the node's, by kid, from the trust list. Raises InvalidRecord.
    """
    try:
        payload = jws.verify_document(document, registrar_keys, typ=TYP, threshold=threshold)
    except InvalidEncoding as error:
        raise _wrong("document") from error
    except InvalidSignature as error:
        raise InvalidRecord("record_signature") from error
    return parse(payload)


def digest(document: Json) -> bytes:
    """Return SM3 of the document's canonical bytes: what the next record and the log keep."""
    return sm3.digest(canonical.dumps(document))


def check_follows(record: IssuerRecord, last: IssuerRecord, last_digest: bytes) -> None:
    """Check that `record` is the next one about the same institution after `last`."""
    if (
        (record.id, record.node) != (last.id, last.node)
        or record.seq != last.seq + 1
        or record.previous != last_digest
        or record.issued_at < last.issued_at
    ):
        raise InvalidRecord("record_chain")


def key_in_force(record: IssuerRecord, kid: str, at: datetime) -> PublicKey:
    """Return the issuer key of this name if it was in force at the instant `at`."""
    return held_key(record, kid, at).key


def held_key(record: IssuerRecord, kid: str, at: datetime | None = None) -> IssuerKey:
    """Return the issuer key of this name; with `at`, only if it was in force then."""
    for held in record.keys:
        if held.key.kid == kid:
            if at is not None and not held.span.holds(at):
                raise InvalidRecord("record_key_not_in_force", kid=kid)
            return held
    raise InvalidRecord("record_key_unknown", kid=kid)


def accredited(record: IssuerRecord, credential_type: str, level: str, at: datetime) -> None:
    """Check that the institution could issue this type at this level at the instant `at`."""
    for each in record.accreditations:
        if each.type == credential_type and level in each.levels and each.span.holds(at):
            return
    raise InvalidRecord("record_not_accredited", type=credential_type, level=level)


def check_number(record: IssuerRecord, number: str) -> None:
    """Check that the institution had the code that this certificate number starts with.

    At any time: a number keeps the code of its day, and a code is never given to another.
    """
    prefix = codes.parse_number(number).prefix
    if prefix not in {each.code for each in record.codes}:
        raise InvalidRecord("record_number")


def _read_code(read: Members) -> HeldCode:
    held = HeldCode(read.code("code", codes.validate_number_prefix), read_span(read))
    read.end()
    return held


def _read_key(read: Members) -> IssuerKey:
    key, _, span = read_key(read, ("issuer",))
    return IssuerKey(key, span)


def _read_accreditation(read: Members) -> Accreditation:
    kind = read.one_of("type", TYPES)
    levels = read.array("levels", 1, len(AWARD_LEVELS))
    if levels != [level for level in AWARD_LEVELS if level in levels]:
        read.refuse("levels")
    accreditation = Accreditation(kind, tuple(map(str, levels)), read_span(read))
    read.end()
    return accreditation


def _check_whole(record: IssuerRecord) -> None:
    """Check what no single member shows."""
    if (record.seq == 1) != (record.previous is None):
        raise _wrong("prev")
    if record.superior == record.id:
        raise _wrong("superior")
    if len({held.key for held in record.keys}) != len(record.keys):
        raise _wrong("keys")


def _wrong(member: str) -> IdentityError:
    return InvalidRecord("record_unreadable", member=member)
