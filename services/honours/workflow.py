"""The life of an honour certificate: one table (identity.md 2.4; docs/processes/honours.md).

Rosters enter at ON_NOTICE with the recorded place and dates of the public notice (design 4);
the states before it are for nominations made class by class.
"""

from services.platform.workflow import Machine, Transition

NOMINATED = "NOMINATED"
SCHOOL_APPROVED = "SCHOOL_APPROVED"
RETURNED = "RETURNED"
ON_NOTICE = "ON_NOTICE"
DISPUTED = "DISPUTED"
CANCELLED = "CANCELLED"
APPROVED = "APPROVED"
NUMBERED = "NUMBERED"
VOID = "VOID"
SIGNED = "SIGNED"
ISSUED = "ISSUED"
SUSPENDED = "SUSPENDED"
REVOKED = "REVOKED"
SUPERSEDED = "SUPERSEDED"

SYSTEM = "system"
PREPARER = "preparer"
APPROVER = "approver"

TABLE = Machine(
    "honours",
    (
        Transition(None, NOMINATED, "nominate", PREPARER, "programme_open"),
        Transition(NOMINATED, SCHOOL_APPROVED, "accept", APPROVER),
        Transition(NOMINATED, RETURNED, "return", APPROVER),
        Transition(RETURNED, NOMINATED, "resubmit", PREPARER),
        Transition(SCHOOL_APPROVED, ON_NOTICE, "notice", PREPARER, "notice_long_enough"),
        Transition(None, ON_NOTICE, "import", PREPARER, "notice_long_enough"),
        Transition(ON_NOTICE, DISPUTED, "object", PREPARER),
        Transition(DISPUTED, ON_NOTICE, "dismiss", APPROVER),
        Transition(DISPUTED, CANCELLED, "uphold", APPROVER),
        Transition(ON_NOTICE, CANCELLED, "withdraw", PREPARER),
        Transition(ON_NOTICE, CANCELLED, "return", APPROVER),
        Transition(ON_NOTICE, APPROVED, "approve", APPROVER, "notice_over"),
        Transition(APPROVED, NUMBERED, "number", SYSTEM),
        Transition(NUMBERED, SIGNED, "sign", SYSTEM, "in_manifest"),
        Transition(NUMBERED, VOID, "void", SYSTEM),
        Transition(SIGNED, ISSUED, "anchor", SYSTEM, "anchor_final"),
        Transition(ISSUED, SUSPENDED, "suspend", APPROVER, "two_persons"),
        Transition(SUSPENDED, ISSUED, "lift", APPROVER, "two_persons"),
        Transition(ISSUED, REVOKED, "revoke", APPROVER, "two_persons"),
        Transition(SUSPENDED, REVOKED, "revoke", APPROVER, "two_persons"),
        Transition(ISSUED, SUPERSEDED, "supersede", APPROVER, "one_successor"),
        Transition(SUSPENDED, SUPERSEDED, "supersede", APPROVER, "one_successor"),
    ),
)

LIVE = (SIGNED, ISSUED, SUSPENDED)
"""States of which one person has at most one certificate for an award in a period."""
