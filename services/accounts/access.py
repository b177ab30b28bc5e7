"""Who is asking: the bearer token of a sign-in, looked up before anything else of a request.

TokenDep      the token; Unauthenticated not_signed_in without one
OperatorDep   who it belongs to, with his roles as they are now
auditor       for routes of slices below this one: the composition root puts it before them

A sign-in is looked up in a transaction of its own, so in a route's signature it stands before
WorkDep and WriteWorkDep: behind them it would wait for the connection that they hold. A test
looks at every route.
"""

from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from identity.levels import Role
from services.accounts import sign_in
from services.accounts.operators import NODE, Operator
from services.platform.errors import Unauthenticated
from services.web.deps import RuntimeDep

_bearer = HTTPBearer(
    scheme_name="operator", description="The token that POST /v1/session answers.", auto_error=False
)

MOST = 200
"""No token of ours is longer."""


def token(
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer, scope="function")],
) -> str:
    """Return the token of the request. Raises Unauthenticated."""
    if given is None or len(given.credentials) > MOST:
        raise Unauthenticated("not_signed_in")
    return given.credentials


TokenDep = Annotated[str, Depends(token, scope="function")]


def operator(runtime: RuntimeDep, token: TokenDep) -> Operator:
    """Return who is signed in. Raises Unauthenticated, Refused, Tampered."""
    return sign_in.resume(runtime, token)


OperatorDep = Annotated[Operator, Depends(operator, scope="function")]


def auditor(who: OperatorDep) -> None:
    """Raise Refused unless an auditor of the node asks."""
    who.require(Role.AUDITOR, NODE)
