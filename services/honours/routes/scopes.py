"""For whose data somebody may ask: what is not his is as unknown to him as what is not there."""

from services.accounts.operators import Operator
from services.honours import authority
from services.platform.errors import NotFound
from services.platform.work import Work


def require(work: Work, who: Operator, institution_id: str, code: str) -> None:
    """Raise NotFound with this code unless the operator works with the institution's data."""
    if institution_id not in authority.readable(work, who):
        raise NotFound(code)
