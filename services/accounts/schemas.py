"""Bodies and answers of the accounts slice."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, StringConstraints

from identity.levels import Role
from services.web.bodies import Answer, Body, Line, Secret, choice, identifier

OperatorId = Annotated[str, StringConstraints(pattern=identifier("opr"))]
Scope = Annotated[str, StringConstraints(pattern=r"^(node|inst_[0-9A-Z]{18})$")]
RoleName = Annotated[Role, BeforeValidator(choice(Role))]
DocumentType = Literal[
    "resident_id",
    "hk_macau_permit",
    "taiwan_permit",
    "hmt_residence",
    "passport",
    "foreigner_pr",
    "other",
]


class Proof(Body):
    """A fresh proof of both factors, for an act that binds."""

    password: Secret
    code: Secret


class SignIn(Proof):
    """Name and both factors."""

    login: Secret


class Grant(Body):
    """A role in a scope: an institution's id, or `node`."""

    role: RoleName
    scope: Scope


class OperatorIn(Body):
    """A new operator."""

    login: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,63}$")]
    name: Line
    document_type: DocumentType
    document_number: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    password: Secret
    roles: list[Grant]


class GrantOut(Answer):
    """A role that somebody has."""

    role: str
    scope: str


class OperatorOut(Answer):
    """An operator, without anything of the person behind him."""

    id: str
    login: str
    active: bool
    roles: list[GrantOut]


class SessionOut(Answer):
    """Who is signed in."""

    operator: OperatorOut
    acr: str


class SignedInOut(SessionOut):
    """A new sign-in; the token is shown this once."""

    token: str


class OperatorMade(Answer):
    """A new operator and the seed for his authenticator app, to be handed over once."""

    id: str
    edu_id: str
    totp_uri: str
