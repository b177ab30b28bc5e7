"""The catalogue of important data: what we hold about people, why, and how it is guarded.

Law        Personal Information Protection Law, articles 6, 28, 31, 51; Data Security Law,
           article 21; GB/T 39786-2021, clauses 8.4 d-g (important data)
Drives     column encryption (a test compares SEALED with the tables), masking, export, and the
           list that an assessor is given
Masking    `mask(value, rule)`: what somebody sees who may see that there is a value. The length of
           names and numbers stays visible: a wrong length is the commonest mistake
Minors     pupils are mostly under 18, many under 14, so what is said of a pupil is sensitive
"""

from dataclasses import dataclass
from enum import StrEnum


class Class(StrEnum):
    """How much harm a disclosure does."""

    KEY = "key"
    """Keys and what opens them. Never exported, never shown."""
    SENSITIVE = "sensitive"
    """Sensitive personal information: identity numbers, and anything about a minor."""
    PERSONAL = "personal"
    """Other information about a person."""


class Rule(StrEnum):
    """How a value is shortened for eyes that need not see all of it."""

    HIDDEN = "hidden"
    """Nothing of it: `***`."""
    NAME = "name"
    """The first character, the rest as stars: `张*`, `阿*******`."""
    NUMBER = "number"
    """The first and the last two characters, of short ones fewer: `41**************3X`, `0***3`."""
    PLAIN = "plain"
    """All of it: says nothing about one person alone."""


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of important data. Texts are for the assessor's list."""

    name: str
    title: str
    cls: Class
    owner: str
    purpose: str
    retention: str
    minors: bool
    rule: Rule


_AS_LONG = "until the person asks to be forgotten; otherwise as long as the certificate counts"
_PUPIL = "the institution that issued"


def _pupil(name: str, title: str, purpose: str, rule: Rule) -> Item:
    return Item(name, title, Class.SENSITIVE, _PUPIL, purpose, _AS_LONG, True, rule)


def _key(name: str, title: str, purpose: str, retention: str) -> Item:
    return Item(name, title, Class.KEY, "the node", purpose, retention, False, Rule.HIDDEN)


ITEMS: dict[str, Item] = {
    item.name: item
    for item in (
        _pupil("name", "姓名", "stands on the certificate", Rule.NAME),
        _pupil("student_register", "学籍号", "tells pupils apart", Rule.NUMBER),
        _pupil("id_number", "身份证件号码", "tells pupils apart without 学籍号", Rule.NUMBER),
        _pupil("student_no", "学号", "tells pupils apart within a school", Rule.NUMBER),
        _pupil("class", "班级", "stands on the certificate", Rule.HIDDEN),
        _pupil("award", "奖项", "stands on the certificate", Rule.PLAIN),
        _pupil("statement", "颁奖词", "stands on the certificate", Rule.HIDDEN),
        _pupil("credential", "证书全文", "is handed to the holder", Rule.HIDDEN),
        _pupil("remark", "退回与排除的说明", "says why a row or batch was left out", Rule.HIDDEN),
        _pupil("code", "短查验码", "opens the public page of one certificate", Rule.HIDDEN),
        Item(
            "answer",
            "接口应答",
            Class.SENSITIVE,
            "the node",
            "is given again when a request is repeated",
            "seven days",
            True,
            Rule.HIDDEN,
        ),
        Item(
            "report_text",
            "举报内容",
            Class.SENSITIVE,
            "the node",
            "says what is wrong with a certificate, and what was done about it",
            "180 days after the report was closed",
            True,
            Rule.HIDDEN,
        ),
        Item(
            "reporter_contact",
            "举报人联系方式",
            Class.PERSONAL,
            "the node",
            "lets the registrar ask back; left out if the reporter likes",
            "180 days after the report was closed",
            False,
            Rule.HIDDEN,
        ),
        Item(
            "operator_name",
            "经办人姓名",
            Class.PERSONAL,
            "the node",
            "says who acted",
            "three years after the last act (PIPL, article 56)",
            False,
            Rule.NAME,
        ),
        Item(
            "operator_document",
            "经办人证件号码",
            Class.SENSITIVE,
            "the node",
            "makes sure that two accounts are two persons",
            "three years after the last act (PIPL, article 56)",
            False,
            Rule.NUMBER,
        ),
        Item(
            "notice",
            "通知内容",
            Class.SENSITIVE,
            "the node",
            "tells a person what happened to his account and data",
            "three years",
            True,
            Rule.HIDDEN,
        ),
        Item(
            "contact",
            "联系方式",
            Class.SENSITIVE,
            "the node",
            "notices reach a person outside Kexin",
            "until it is replaced or the account ends, then three years",
            True,
            Rule.NUMBER,
        ),
        _key("totp", "动态口令种子", "second factor of a sign-in", "while the account is active"),
        _key("password", "口令摘要", "first factor of a sign-in", "while the account is active"),
        _key("signing_key", "签名私钥", "signs for the node or an institution", "5 years"),
        _key("approval_key", "审批私钥", "signs what a person approved", "5 years"),
        _key("record_key", "单条记录密钥", "destroying it forgets the record", _AS_LONG),
    )
}

SEALED: dict[str, tuple[str, ...]] = {
    "person.name_sealed": ("operator_name",),
    "person.document_sealed": ("operator_document",),
    "operator.password": ("password",),
    "operator.totp_sealed": ("totp",),
    "operator_key.wrapped": ("approval_key", "signing_key"),
    "institution_key.wrapped": ("signing_key",),
    "node_key.wrapped": ("signing_key",),
    "authority.wrapped": ("signing_key",),
    "record_key.wrapped": ("record_key",),
    "batch_row.sealed": (
        "name",
        "student_register",
        "id_number",
        "student_no",
        "class",
        "award",
        "statement",
    ),
    "batch.exclusions_sealed": ("remark",),
    "batch.returned_sealed": ("remark",),
    "batch.note_sealed": ("remark",),
    "certificate.sealed": ("credential", "code"),
    "report.content_sealed": ("report_text", "reporter_contact"),
    "report.answer_sealed": ("report_text",),
    "upload.file_sealed": (
        "name",
        "student_register",
        "id_number",
        "student_no",
        "class",
        "award",
    ),
    "upload.said_sealed": ("name", "student_register", "id_number", "student_no", "remark"),
    "idempotency.body_sealed": ("answer",),
    "notice.params_sealed": ("notice",),
    "contact.address_sealed": ("contact",),
}
"""Every column that holds important data, as `table.column`; all of them are sealed or wrapped."""

INDEXED: dict[str, str] = {
    "person.document_index": "operator_document",
    "batch_row.person_index": "the strongest of student_register, id_number, student_no",
    "batch_row.award_index": "award",
    "row_person.person_index": "each of student_register, id_number, student_no",
    "row_person.award_index": "award",
    "excluded_person.person_index": "each of student_register, id_number, student_no",
    "certificate.person_index": "the strongest of student_register, id_number, student_no",
    "certificate.award_index": "award",
}
"""Columns with a keyed digest by which an item is found (HMAC-SM3, a key per tenant and field)."""


def is_sealed(column: str) -> bool:
    """Return whether a column's name says that it holds a sealed value."""
    return column in {"sealed", "wrapped"} or column.endswith("_sealed")


def mask(value: str, rule: Rule) -> str:
    """Return what may be shown of a value."""
    match rule:
        case Rule.PLAIN:
            return value
        case Rule.HIDDEN:
            return "***"
        case Rule.NAME:
            return value[:1] + "*" * (len(value) - 1)
        case Rule.NUMBER:
            kept = min(2, len(value) // 3)
            return value[:kept] + "*" * (len(value) - 2 * kept) + value[len(value) - kept :]


def masked(item: str, value: str) -> str:
    """Return what may be shown of an item of the catalogue. Raises KeyError for another."""
    return mask(value, ITEMS[item].rule)
