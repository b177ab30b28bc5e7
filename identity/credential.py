"""Credentials: SD-JWTs (RFC 9901) signed by an institution with SM2.

Text        <issuer-signed JWT>~<disclosure>~…~ ; docs/formats/credential-v1.md
Disclosure  base64url of the canonical JSON array [salt, name, value]; salts have 128 bits
_sd         SM3 of each disclosure's text, filled up with decoys, in ascending order
Strict      a holder may leave disclosures out, and change nothing else
Errors      InvalidCredential: credential_unreadable (member), credential_disclosure,
            credential_disclosure_foreign, credential_disclosure_order, credential_number,
            credential_minimum, credential_signature and those of identity.statement
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.entropy import Random
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.jws import SignBytes, b64u, unb64u
from crypto.keys import PublicKey
from identity import codes, instants
from identity.errors import IdentityError, InvalidCredential
from identity.members import Members
from identity.statement import Notice, Statement

TYP = "dc+sd-jwt"
DIGEST_NAME = "sm3"
SALT_SIZE = 16
MAX_LENGTH = 32_768
_THREE_TEXTS = [str, str, str]
_SALT = re.compile("[A-Za-z0-9_-]{21}[AQgw]")
"""SALT_SIZE bytes, as `b64u` writes them."""
URI = "https?://[!-~]{1,200}"

MAX_INDEX = 2**24 - 1
"""Largest index in a status list."""


@dataclass(frozen=True, slots=True)
class StatusRef:
    """Where the status of a credential is published: a list and a place in it."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True)
class Body:
    """The issuer-signed claims, without what is disclosed apart."""

    issuer: str
    issued_at: datetime
    number: str
    status: StatusRef
    type: str
    level: str
    category: str
    notice: Notice | None
    supersedes: bytes | None
    expires_at: datetime | None
    digests: tuple[str, ...]

    def statement(self, claims: Mapping[str, str]) -> Statement:
        """Return what is stated when these claims are disclosed."""
        return Statement(
            type=self.type,
            level=self.level,
            category=self.category,
            claims=claims,
            notice=self.notice,
            supersedes=self.supersedes,
            expires_at=self.expires_at,
        )


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A credential before its signature, with the proof that its decoys hide nothing."""

    payload: bytes
    disclosures: tuple[str, ...]
    decoys: tuple[bytes, ...]
    """What the decoy digests are SM3 of: 16 random bytes each, too short for a disclosure."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential taken apart. `parse` has checked its form, `check_signature` the rest."""

    kid: str
    issuer_jwt: str
    body: Body
    disclosures: tuple[str, ...]
    claims: Mapping[str, str]

    @property
    def digest(self) -> bytes:
        """What the log keeps of it: SM3 of the issuer-signed JWT."""
        return digest(self.issuer_jwt)

    @property
    def statement(self) -> Statement:
        """What it states, as far as it is disclosed."""
        return self.body.statement(self.claims)


def build(
    statement: Statement,
    *,
    issuer: str,
    issued_at: datetime,
    number: str,
    status: StatusRef,
    random: Random,
) -> Unsigned:
    """Return the credential of a statement, ready for the issuer's signature.

    Raises InvalidCredential, InvalidCode.
    """
    statement.check()
    for name in statement.missing():
        raise InvalidCredential("credential_minimum", claim=name)
    rules = statement.rules
    names = [name for name in rules.disclosable if name in statement.claims]
    drawn = random(SALT_SIZE * rules.digests)  # at once: each call asks the system
    salts = [drawn[at : at + SALT_SIZE] for at in range(0, len(drawn), SALT_SIZE)]
    disclosures = tuple(
        _disclosure(name, statement.claims[name], salt)
        for name, salt in zip(names, salts, strict=False)
    )
    decoys = tuple(salts[len(names) :])
    payload: dict[str, Json] = {
        **statement.visible(),
        "_sd": list(seal(disclosures, decoys)),
        "_sd_alg": DIGEST_NAME,
        "iat": instants.seconds(issued_at),
        "iss": issuer,
        "number": number,
        "status": {"status_list": {"idx": status.index, "uri": status.uri}},
        "vct": statement.type,
    }
    encoded = canonical.dumps(payload)
    read_body(encoded)
    return Unsigned(encoded, disclosures, decoys)


def sign(unsigned: Unsigned, *, kid: str, sign: SignBytes) -> str:
    """Return the credential with all its disclosures."""
    message = signing_input(unsigned, kid=kid)
    return signed(unsigned, message, sign(message))


def signing_input(unsigned: Unsigned, *, kid: str) -> bytes:
    """Return what the issuer's key is to sign."""
    return jws.signing_input(payload=unsigned.payload, typ=TYP, kid=kid)


def signed(unsigned: Unsigned, message: bytes, signature: bytes) -> str:
    """Return the credential of a signing input and its signature, with all its disclosures."""
    return present(jws.compact(message, signature), unsigned.disclosures)


def present(issuer_jwt: str, disclosures: tuple[str, ...]) -> str:
    """Return the credential that shows these disclosures, which stand in canonical order."""
    return "".join(f"{part}~" for part in (issuer_jwt, *disclosures))


def parse(text: str) -> Credential:
    """Take a credential apart and check its form; the signature is not looked at."""
    if len(text) > MAX_LENGTH:
        raise InvalidCredential("credential_unreadable", member="length")
    issuer_jwt, *disclosures = text.split("~")
    if not disclosures or disclosures.pop():  # a bare JWT, or one with key binding
        raise InvalidCredential("credential_unreadable", member="end")
    try:
        token = jws.parse_compact(issuer_jwt)
    except InvalidEncoding as error:
        raise InvalidCredential("credential_unreadable", member="jws") from error
    if token.typ != TYP:
        raise InvalidCredential("credential_unreadable", member="typ")
    body = read_body(token.payload)
    claims = read_disclosures(disclosures, body)
    return Credential(token.kid, issuer_jwt, body, tuple(disclosures), claims)


def check_signature(credential: Credential, key: PublicKey) -> None:
    """Check that `key`, which must be the one the credential names, signed it."""
    try:
        jws.verify_compact(credential.issuer_jwt, key, typ=TYP)
    except InvalidSignature as error:
        raise InvalidCredential("credential_signature") from error


def verify(text: str, key: PublicKey) -> Credential:
    """Return the credential after checking its form and its signature by `key`."""
    credential = parse(text)
    check_signature(credential, key)
    return credential


def missing_minimum(credential: Credential) -> tuple[str, ...]:
    """Return the names of the type's minimum that the credential does not disclose."""
    return credential.statement.missing()


def digest(issuer_jwt: str) -> bytes:
    """Return what the log keeps of a credential: SM3 of the issuer-signed JWT."""
    return sm3.digest(issuer_jwt.encode("ascii"))


@lru_cache(maxsize=64)
def seal(disclosures: tuple[str, ...], decoys: tuple[bytes, ...]) -> tuple[str, ...]:
    """Return the `_sd` digests of these disclosures and decoys. Remembered as `read_body` is."""
    contents = [*(text.encode("ascii") for text in disclosures), *decoys]
    return tuple(sorted([b64u(sm3.digest(content)) for content in contents]))


@lru_cache(maxsize=64)
def read_body(payload: bytes) -> Body:
    """Read and check the payload of an issuer-signed JWT.

    Remembered, because what is built is read at once and again soon, before it is signed.
    """
    try:
        read = Members(canonical.loads(payload), _wrong)
    except InvalidEncoding as error:
        raise InvalidCredential("credential_unreadable", member="payload") from error
    body = _take_body(read)
    read.end()
    body.statement({}).check()
    _check_number(body)
    if body.expires_at is not None and body.expires_at <= body.issued_at:
        raise InvalidCredential("credential_unreadable", member="exp")
    return body


def read_disclosures(disclosures: list[str], body: Body) -> dict[str, str]:
    """Return the disclosed claims after checking them against the signed digests."""
    read = [_read_disclosure(text) for text in disclosures]
    for text in disclosures:
        if _digest(text.encode("ascii")) not in body.digests:
            raise InvalidCredential("credential_disclosure_foreign")
    return _claims(read, body)


def read_sealed(
    disclosures: tuple[str, ...], decoys: tuple[bytes, ...], body: Body
) -> dict[str, str]:
    """Return the claims of a credential whose digests are exactly those of these contents."""
    read = [_read_disclosure(text) for text in disclosures]
    if seal(disclosures, decoys) != body.digests:
        raise InvalidCredential("credential_disclosure_foreign")
    return _claims(read, body)


def _claims(read: list[tuple[str, str]], body: Body) -> dict[str, str]:
    """Return the claims; one order of the disclosures is accepted, and no name twice."""
    order = body.statement({}).rules.disclosable
    left = iter(order)
    for name, _ in read:
        if name not in order:
            raise InvalidCredential("credential_claim_unknown")
        if name not in left:  # looking passes over what stands before it
            raise InvalidCredential("credential_disclosure_order")
    claims = dict(read)
    body.statement(claims).check()
    return claims


def _digest(content: bytes) -> str:
    return b64u(sm3.digest(content))


def _disclosure(name: str, value: str, salt: bytes) -> str:
    return b64u(canonical.dumps([b64u(salt), name, value]))


def _read_disclosure(text: str) -> tuple[str, str]:
    try:
        read = canonical.loads(unb64u(text))
        if isinstance(read, list) and [type(part) for part in read] == _THREE_TEXTS:
            salt, name, value = map(str, read)
            if _SALT.fullmatch(salt):
                return name, value
    except InvalidEncoding as error:
        raise InvalidCredential("credential_disclosure") from error
    raise InvalidCredential("credential_disclosure")


def _take_body(read: Members) -> Body:
    read.constant("_sd_alg", DIGEST_NAME)
    place = read.object("status")
    status_list = place.object("status_list")
    status = StatusRef(status_list.match("uri", URI), status_list.integer("idx", 0, MAX_INDEX))
    status_list.end()
    place.end()
    vct = read.match("vct", "[a-z_]{1,30}/[1-9][0-9]?")
    statement = Statement(type=vct, level="", category="", claims={})
    count = statement.rules.digests
    return Body(
        issuer=read.code("iss", codes.validate_institution_id),
        issued_at=read.seconds("iat"),
        number=read.code("number", codes.validate_certificate_number),
        status=status,
        type=vct,
        level=read.match("level", "[a-z_]{1,30}"),
        category=read.match("category", "[a-z_]{1,30}"),
        notice=read.or_absent("notice", lambda name: Notice.read(read.object(name))),
        supersedes=read.or_absent("supersedes", lambda name: read.octets(name, 32)),
        expires_at=read.or_absent("exp", read.seconds),
        digests=read.texts("_sd", count, count, "[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"),
    )


def _check_number(body: Body) -> None:
    """The number's letter is the category's; its year, of the approval, is this or the last."""
    number = codes.parse_number(body.number)
    year = instants.shanghai_year(body.issued_at)
    if number.category != body.category or number.year not in (year - 1, year):
        raise InvalidCredential("credential_number")


def _wrong(member: str) -> IdentityError:
    return InvalidCredential("credential_unreadable", member=member)
