"""From bytes to the parts of a bundle: the check `format`, and for a PDF its signature.

Media      application/json (a bundle), application/dc+sd-jwt (a credential alone),
           application/pdf (a bundle attached to a page); without a media type, the first bytes
           tell which of them it may be
Strict     every part must be in its one canonical form; nothing is verified here
Disclosed  what is disclosed but does not belong to the credential fails `disclosure`, not
           `format`: the credential without it is still judged
"""

from dataclasses import dataclass
from typing import Final

from crypto import canonical, jws
from identity import credential as credentials
from identity import issuer as records
from identity import status_list
from identity.credential import Credential
from identity.credential_types import TEST
from identity.errors import InvalidCredential, InvalidRecord, InvalidStatus
from identity.issuer import IssuerRecord
from identity.status_list import Assertion
from ledger import checkpoint as checkpoints
from ledger import evidence as receipts
from ledger.checkpoint import SignedNote
from ledger.errors import InvalidCheckpoint, InvalidReceipt
from ledger.evidence import Receipt
from services.evidence import bundle as bundles
from services.evidence import file_signature, pdf
from services.evidence.bundle import IssuerPart, Place
from services.evidence.errors import Unproven, UnreadableBundle
from services.evidence.file_signature import FileSignature
from services.evidence.finding import Finding, Term

JSON: Final = "application/json"
PDF: Final = "application/pdf"
SD_JWT: Final = "application/dc+sd-jwt"
MEDIA: Final = (JSON, PDF, SD_JWT)

_PICTURES: Final = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"BM",
    b"II*\0",  # TIFF, both orders of bytes
    b"MM\0*",
)
_BOXED_PICTURES: Final = (b"WEBP", b"ftypheic", b"ftypmif1", b"ftypavif")
"""What stands a little behind the start of a WebP, HEIC or AVIF picture."""


@dataclass(frozen=True, slots=True)
class Located:
    """A place in a log, read: checkpoint and receipt are taken apart."""

    place: Place
    note: SignedNote
    receipt: Receipt | None


@dataclass(frozen=True, slots=True)
class Registered:
    """An issuer record with its place in the registry log."""

    part: IssuerPart
    record: IssuerRecord
    located: Located


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to judge. A credential alone has neither place, record nor assertion."""

    credential: Credential
    foreign: bool
    """Whether something was disclosed that does not belong to the credential."""
    located: Located | None = None
    registered: Registered | None = None
    status: str | None = None
    assertion: Assertion | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The finding about the form, and the parts if the form is right."""

    format: Finding
    material: Material | None
    document: FileSignature | Finding | None = None
    """PDF only: the node's signature, or why there is none to judge."""


def read(data: bytes, media: str | None = None) -> Reading:
    """Take the bytes apart, as a bundle, a credential or a PDF. ValueError for other media."""
    kind = media or _guess(data)
    if kind not in (*MEDIA, None):
        raise ValueError(f"no media type of ours: {kind}")
    try:
        if kind == PDF:
            return _read_pdf(data)
        if kind == SD_JWT:
            return Reading(Finding("format", "credential_only"), _read_credential(data))
        if kind == JSON:
            return Reading(Finding("format", "bundle"), _read_bundle(data))
    except UnreadableBundle as error:
        return Reading(_format(error), None)
    return Reading(Finding("format", "picture" if _is_picture(data) else "not_ours"), None)


def read_issuer(data: bytes) -> Registered:
    """Take an issuer part apart that came by itself. Raises UnreadableBundle."""
    return _registered(bundles.parse_issuer(data))


def _guess(data: bytes) -> str | None:
    """Return which of our media it may be; None if none."""
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"{"):
        return JSON
    return SD_JWT if data.startswith(b"ey") and b"~" in data else None


def _format(error: UnreadableBundle) -> Finding:
    params = {
        name: Term(f"part.{value}") if name == "part" else value
        for name, value in error.params.items()
    }
    return Finding("format", error.code, params=params)


def _is_picture(data: bytes) -> bool:
    boxed = any(data[4:16].find(mark) >= 0 for mark in _BOXED_PICTURES)
    return data.startswith(_PICTURES) or boxed


def _read_pdf(data: bytes) -> Reading:
    """Read the attached bundle and the signature over the file."""
    try:
        attached = pdf.attachment(data)
    except UnreadableBundle as error:
        return Reading(_format(error), None, _signature(data))
    inner = read(attached, JSON)
    return Reading(inner.format, inner.material, _signature(data))


def _signature(data: bytes) -> FileSignature | Finding:
    try:
        return file_signature.read(data)
    except Unproven as error:
        return Finding("document", error.code, params=error.params)


def _read_credential(data: bytes) -> Material:
    if len(data) > bundles.MAX_SIZE:
        raise UnreadableBundle("too_large", limit_kb=bundles.MAX_SIZE // 1024)
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise UnreadableBundle("unreadable", part="credential") from error
    credential, foreign = _credential(text)
    return Material(credential, foreign)


def _read_bundle(data: bytes) -> Material:
    bundle = bundles.parse(data)
    credential, foreign = _credential(bundle.credential)
    try:
        assertion, _ = status_list.open_assertion(bundle.status)
    except InvalidStatus as error:
        raise UnreadableBundle("unreadable", part="status") from error
    return Material(
        credential,
        foreign,
        _located(bundle.place),
        _registered(bundle.issuer),
        bundle.status,
        assertion,
    )


def _credential(text: str) -> tuple[Credential, bool]:
    """Return the credential, without its disclosures where these do not belong to it."""
    try:
        return credentials.parse(text), False
    except InvalidCredential as error:
        if error.code == "credential_type_unknown":
            raise _unknown(_type(text)) from error
        if not error.code.startswith(("credential_disclosure", "credential_claim")):
            raise UnreadableBundle("unreadable", part="credential") from error
    return credentials.parse(credentials.present(text.split("~")[0], ())), True


def _unknown(type_: str) -> UnreadableBundle:
    """A test certificate is told at the door: whoever signed it, nothing else of it counts."""
    if type_ == TEST:
        return UnreadableBundle("test")
    return UnreadableBundle("type_unknown", type=type_)


def _type(text: str) -> str:
    """Return the type that a credential names, which was seen to be none of ours."""
    payload = canonical.loads(jws.parse_compact(text.split("~")[0]).payload)
    return str(payload["vct"]) if isinstance(payload, dict) else ""


def _registered(part: IssuerPart) -> Registered:
    try:
        record, _ = records.open_record(part.record)
    except InvalidRecord as error:
        raise UnreadableBundle("unreadable", part="issuer") from error
    return Registered(part, record, _located(part.place))


def _located(place: Place) -> Located:
    try:
        note = checkpoints.parse(place.checkpoint)
    except InvalidCheckpoint as error:
        raise UnreadableBundle("unreadable", part="checkpoint") from error
    try:
        receipt = None if place.receipt is None else receipts.open_receipt(place.receipt)
    except InvalidReceipt as error:
        raise UnreadableBundle("unreadable", part="evidence") from error
    return Located(place, note, receipt)
