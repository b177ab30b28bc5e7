"""For whose data somebody may ask: what is not his is as unknown to him as what is not there."""

from identity.levels import Role
from services.accounts.operators import Operator
from services.platform.errors import NotFound


def readable(who: Operator) -> list[str]:
    """Return the institutions whose batches and certificates the operator works with."""
    return sorted(who.scopes(Role.PREPARER, Role.APPROVER))


def require(who: Operator, institution_id: str, code: str) -> None:
    """Raise NotFound with this code unless the operator works with the institution's data."""
    if institution_id not in readable(who):
        raise NotFound(code)
