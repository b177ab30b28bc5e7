"""Posts that run a node, who may hold what together, who may give it, and who may lend it.

Standard   GB/T 22239-2019 8.1.4 (system, security and audit administrator apart from each
           other), GB/T 39786-2021 8.6 b (key administrator, key operator, auditor of
           cryptography apart by person), and ours: who administers does not issue
Person     everything compares persons (EDU-ID), never accounts: a second login name changes
           nothing
Scope      an institution's id, or NODE, which covers them all
Time       a grant has dates; two that never hold at the same moment do not conflict
Errors     GrantRefused: grant_for_oneself, grant_dates, grant_expiry (days), grant_conflict
           (duty, held), grant_not_yours (duty), grant_unconfirmed, delegation_to_oneself,
           delegation_of_post, delegation_of_lent, delegation_scope, delegation_dates (days)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from identity.errors import GrantRefused
from identity.levels import Role

NODE = "node"
ASSESSMENT_LONGEST = timedelta(days=90)
DELEGATION_LONGEST = timedelta(days=92)


class Post(StrEnum):
    """What somebody does for the node or institution itself, not for its certificates."""

    SYSADMIN = "sysadmin"
    """Runs machines, software and settings."""
    SECADMIN = "secadmin"
    """Gives roles and posts, and policies."""
    AUDITADMIN = "auditadmin"
    """Reads the trail of both, and confirms posts."""
    KEY_ADMIN = "key_admin"
    KEY_OPERATOR = "key_operator"
    CRYPTO_AUDITOR = "crypto_auditor"
    ASSESSOR = "assessor"
    """From outside, for a time: reads, changes nothing."""


Duty: TypeAlias = Role | Post

ADMINISTRATORS: frozenset[Duty] = frozenset({Post.SYSADMIN, Post.SECADMIN, Post.AUDITADMIN})
KEY_POSTS: frozenset[Duty] = frozenset({Post.KEY_ADMIN, Post.KEY_OPERATOR, Post.CRYPTO_AUDITOR})
ISSUING: frozenset[Duty] = frozenset({Role.PREPARER, Role.APPROVER, Role.REGISTRAR})

READ_ONLY: frozenset[Duty] = frozenset(
    {Role.AUDITOR, Post.AUDITADMIN, Post.CRYPTO_AUDITOR, Post.ASSESSOR}
)
"""Duties that change nothing; auditadmin confirms, which is an entry of its own."""

_ALL: frozenset[Duty] = frozenset([*Role, *Post])


def _apart() -> dict[Duty, frozenset[Duty]]:
    """Build the table of what excludes what; it is symmetric."""
    pairs: set[tuple[Duty, Duty]] = set()
    # 1. The three administrators, from each other and from whoever issues, signs or registers.
    pairs |= {(a, b) for a in ADMINISTRATORS for b in (*ADMINISTRATORS, *ISSUING)}
    # 2. Who runs or gives does not audit.
    pairs |= {(a, Role.AUDITOR) for a in (Post.SYSADMIN, Post.SECADMIN, *KEY_POSTS)}
    # 3. The posts around keys, from each other; their auditor from everything.
    pairs |= {(a, b) for a in KEY_POSTS for b in KEY_POSTS}
    pairs |= {(a, Post.AUDITADMIN) for a in KEY_POSTS}
    pairs |= {(Post.CRYPTO_AUDITOR, b) for b in _ALL}
    # 4. Somebody from outside is nobody inside.
    pairs |= {(Post.ASSESSOR, b) for b in _ALL}
    return {
        duty: frozenset(
            other
            for other in _ALL
            if other is not duty and ((duty, other) in pairs or (other, duty) in pairs)
        )
        for duty in _ALL
    }


APART: Mapping[Duty, frozenset[Duty]] = _apart()
"""Duties that one person does not hold together."""

EVERYWHERE: frozenset[Duty] = KEY_POSTS | {Post.ASSESSOR}
"""Duties that are compared over all scopes, not within one."""

_BY_SECURITY: frozenset[Duty] = frozenset({Post.SECADMIN})
GIVEN_BY: Mapping[Duty, frozenset[Duty]] = {
    **dict.fromkeys(Role, _BY_SECURITY | {Role.REGISTRAR}),
    **dict.fromkeys(Post, _BY_SECURITY),
}
"""Who gives what: in the scope of the grant, or on the node."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A duty of a person in a scope, from a moment to a moment."""

    person: str
    duty: Duty
    scope: str
    valid_from: datetime
    valid_to: datetime | None
    given_by: str
    """The person who gives it."""
    lent_by: str | None = None
    """Whose it is, if it is lent."""

    def holds_at(self, now: datetime) -> bool:
        """Return whether the grant is in force."""
        return self.valid_from <= now and (self.valid_to is None or now < self.valid_to)

    def meets(self, other: "Grant") -> bool:
        """Return whether both are in force at some moment."""
        return (self.valid_to is None or other.valid_from < self.valid_to) and (
            other.valid_to is None or self.valid_from < other.valid_to
        )


def check_grant(existing: Iterable[Grant], new: Grant, *, now: datetime) -> None:
    """Refuse a grant that its person may not hold, given everything he holds or will hold.

    Raises GrantRefused.
    """
    if new.given_by == new.person:
        raise GrantRefused("grant_for_oneself")
    if new.valid_to is not None and not max(now, new.valid_from) < new.valid_to:
        raise GrantRefused("grant_dates")
    if new.duty is Post.ASSESSOR and not _short(new, ASSESSMENT_LONGEST):
        raise GrantRefused("grant_expiry", days=ASSESSMENT_LONGEST.days)
    for held in existing:
        if held.person == new.person and _conflict(held, new):
            raise GrantRefused("grant_conflict", duty=new.duty.value, held=held.duty.value)


def check_giver(giver: Iterable[Grant], new: Grant, *, now: datetime) -> None:
    """Refuse a grant by somebody whose own grants, `giver`, do not let him give it.

    A lent duty gives nothing on. Raises GrantRefused.
    """
    for held in giver:
        if (
            held.person == new.given_by
            and held.lent_by is None
            and held.duty in GIVEN_BY[new.duty]
            and held.scope in (new.scope, NODE)
            and held.holds_at(now)
        ):
            return
    raise GrantRefused("grant_not_yours", duty=new.duty.value)


def check_confirmed(confirmer: Iterable[Grant], new: Grant, *, now: datetime) -> None:
    """Refuse a post that no audit administrator of the scope, a third person, has confirmed.

    `confirmer` are the grants of whoever confirmed. Roles of the trade need no confirmation.
    Raises GrantRefused.
    """
    if isinstance(new.duty, Role):
        return
    for held in confirmer:
        if (
            held.person not in (new.person, new.given_by)
            and held.duty is Post.AUDITADMIN
            and held.lent_by is None
            and held.scope in (new.scope, NODE)
            and held.holds_at(now)
        ):
            return
    raise GrantRefused("grant_unconfirmed")


def check_delegation(
    held: Grant, lent: Grant, of_borrower: Iterable[Grant], *, now: datetime
) -> None:
    """Refuse to lend what is not one's own, a post, too much, too long, or to a wrong person.

    Raises GrantRefused.
    """
    if lent.person == held.person:
        raise GrantRefused("delegation_to_oneself")
    if isinstance(held.duty, Post):
        raise GrantRefused("delegation_of_post")
    if held.lent_by is not None or lent.lent_by != held.person:
        raise GrantRefused("delegation_of_lent")
    if (lent.duty, lent.scope) != (held.duty, held.scope):
        raise GrantRefused("delegation_scope")
    if not _short(lent, DELEGATION_LONGEST) or not _within(lent, held):
        raise GrantRefused("delegation_dates", days=DELEGATION_LONGEST.days)
    check_grant(of_borrower, lent, now=now)


def is_read_only(grants: Iterable[Grant], *, now: datetime) -> bool:
    """Return whether these grants let nobody change anything; also true where there are none."""
    return all(each.duty in READ_ONLY for each in grants if each.holds_at(now))


def _conflict(held: Grant, new: Grant) -> bool:
    if new.duty not in APART[held.duty] or not held.meets(new):
        return False
    everywhere = bool({held.duty, new.duty} & EVERYWHERE)
    return everywhere or held.scope == new.scope or NODE in (held.scope, new.scope)


def _short(grant: Grant, longest: timedelta) -> bool:
    return grant.valid_to is not None and grant.valid_to - grant.valid_from <= longest


def _within(lent: Grant, held: Grant) -> bool:
    if held.valid_to is not None and (lent.valid_to is None or lent.valid_to > held.valid_to):
        return False
    return lent.valid_from >= held.valid_from
