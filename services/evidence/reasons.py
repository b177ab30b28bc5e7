"""Every check of a verdict and every reason it can give, with the result that follows.

A reason belongs to one check and always means the same result, so that neither can drift from
the other; the texts for people are in the catalogue `verdict` under `<check>.<reason>` and
`<check>.<reason>.remedy`. Codes are stable: one is never renamed and never reused.

CHECKS     in the order in which they are reported; `document` only for a PDF
RESULTS    pass, fail, unknown. Unknown is never green: it makes the verdict undetermined
NOTES      sentences added to a finding without changing its result
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Result(StrEnum):
    """What a check found."""

    PASS = "pass"  # noqa: S105 a result, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"


CHECKS: Final = (
    "format",
    "document",
    "signature",
    "disclosure",
    "issuer",
    "key_at_time",
    "accreditation",
    "dates",
    "status",
    "log",
    "anchor",
)

NOTES: Final = ("demo_chain", "one_operator", "live_silent")

TRUST_PROBLEMS: Final = (
    "trust_list_missing",
    "trust_list_unreadable",
    "trust_list_root",
    "trust_list_signature",
    "trust_list_expired",
    "trust_list_not_yet",
    "trust_list_rollback",
    "trust_list_broken_chain",
)
"""Why there is no trust list to judge by; all of them make `issuer` unknown."""

_PASS, _FAIL, _UNKNOWN = Result.PASS, Result.FAIL, Result.UNKNOWN

REASONS: Final[Mapping[str, Mapping[str, Result]]] = {
    "format": {
        "bundle": _PASS,
        "credential_only": _PASS,
        "unreadable": _FAIL,
        "not_ours": _FAIL,
        "too_large": _FAIL,
        "attachments": _FAIL,
        "no_attachment": _FAIL,
        "picture": _FAIL,
        "test": _FAIL,
        "type_unknown": _UNKNOWN,
    },
    "document": {
        "signed": _PASS,
        "unsigned": _FAIL,
        "signatures": _FAIL,
        "form": _FAIL,
        "not_whole": _FAIL,
        "altered": _FAIL,
        "forged": _FAIL,
        "unknown_key": _FAIL,
        "not_in_force": _FAIL,
        "not_yet": _FAIL,
        "key_cut": _FAIL,
        "key_cut_before": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
    "signature": {
        "genuine": _PASS,
        "forged": _FAIL,
        "unknown_key": _FAIL,
        "algorithm": _FAIL,
        "issuer_not_established": _UNKNOWN,
        "record_missing": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
    "disclosure": {
        "complete": _PASS,
        "foreign": _FAIL,
        "incomplete": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
    "issuer": {
        "recorded": _PASS,
        "newest": _PASS,
        "node_unlisted": _FAIL,
        "other_issuer": _FAIL,
        "other_number": _FAIL,
        "registrars": _FAIL,
        "registrar_cut": _FAIL,
        "beyond_bounds": _FAIL,
        "record_not_logged": _FAIL,
        "record_anchor": _FAIL,
        "record_after_credential": _FAIL,
        "record_not_anchored": _UNKNOWN,
        "record_missing": _UNKNOWN,
        "record_unreachable": _UNKNOWN,
        "record_source": _UNKNOWN,
        **dict.fromkeys(TRUST_PROBLEMS, _UNKNOWN),
        "not_reached": _UNKNOWN,
    },
    "key_at_time": {
        "in_force": _PASS,
        "not_in_force": _FAIL,
        "cut_off": _FAIL,
        "not_anchored": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
    "accreditation": {
        "accredited": _PASS,
        "not_accredited": _FAIL,
        "beyond_node": _FAIL,
        "not_anchored": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
    "dates": {
        "within": _PASS,
        "not_yet": _FAIL,
        "expired": _FAIL,
        "not_reached": _UNKNOWN,
    },
    "status": {
        "valid": _PASS,
        "revoked": _FAIL,
        "suspended": _FAIL,
        "superseded": _FAIL,
        "elsewhere": _FAIL,
        "assertion": _FAIL,
        "status_as_of": _UNKNOWN,
        "status_earlier": _UNKNOWN,
        "status_cut": _UNKNOWN,
        "unreachable": _UNKNOWN,
        "list_unusable": _UNKNOWN,
        "missing": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
    "log": {
        "included": _PASS,
        "other_entry": _FAIL,
        "other_log": _FAIL,
        "not_included": _FAIL,
        "checkpoint": _FAIL,
        "log_cut": _FAIL,
        "witness": _FAIL,
        "witness_unlisted": _UNKNOWN,
        "witnesses_missing": _UNKNOWN,
        "missing": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
    "anchor": {
        "local": _PASS,
        "receipt": _PASS,
        "live": _PASS,
        "receipt_wrong": _FAIL,
        "other_head": _FAIL,
        "other_chain": _FAIL,
        "receipt_cut": _FAIL,
        "live_differs": _FAIL,
        "not_anchored": _UNKNOWN,
        "chain_unlisted": _UNKNOWN,
        "evidence_below": _UNKNOWN,
        "receipt_alone": _UNKNOWN,
        "not_reached": _UNKNOWN,
    },
}
