"""Test certificates: what a certificate will look like and what its code answers, never valid.

Type       test/1, which no key of an institution signs and every verifier refuses
           (docs/decisions/0016-test-certificates.md)
Key        made for one certificate and forgotten; record, log, checkpoint and status name a node
           that cannot exist, and are signed by it too
Numbers    begin with codes.TEST_PREFIX, which is nobody's, and take none of a series
Code       one for all of them: what it stands for is made anew whenever somebody asks
Nothing is stored, logged or counted.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crypto import canonical, jws, sm2
from crypto.canonical import Json
from crypto.entropy import Random
from crypto.keys import PrivateKey
from identity import codes, credential, instants, issuer, status_list
from identity.check_characters import mod_31
from identity.credential import Credential, StatusRef
from identity.credential_types import HONOUR, TEST
from identity.issuer import IssuerKey, IssuerRecord
from identity.statement import Statement
from identity.status_list import Assertion, Status
from identity.validity import Span
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.log import Log, MemoryStore
from services.evidence import bundle
from services.evidence.bundle import Bundle, IssuerPart, Place
from services.honours.letters import SAMPLE_NAME

CODE = "0" * 16
NODE = "test.invalid"
"""RFC 2606, 2: a name that never leads anywhere."""

NAME, REGION, TELEPHONE = "测试", "110000", "0000000"
LIFE = timedelta(hours=24)
PUPIL = f"{SAMPLE_NAME}甲"
AWARD = "三好学生"

_REGISTRY = "registry"
_LIST = f"https://{NODE}/v1/status/0"
_PLACEHOLDER = "0000110000"
"""A prefix that can be built with; it is replaced before anything is signed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A test certificate: what a page shows of it, and the bundle that the page carries."""

    number: str
    shown: Credential
    """As an honour certificate would be, unsigned: for the typesetter alone."""
    bundle: bytes


def make(statement: Statement, institution: str, now: datetime, random: Random) -> Trial:
    """Return a test certificate of a statement. Raises InvalidCredential."""
    key = sm2.generate()
    built = credential.build(
        statement,
        issuer=institution,
        issued_at=now,
        number=codes.number(_PLACEHOLDER, _year(now), statement.category, 1),
        status=StatusRef(_LIST, 0),
        random=random,
    )
    shown = credential.parse(credential.sign(built, kid=key.public.kid, sign=_signer(key)))
    number = number_of(statement.category, _year(now))
    payload = {**_members(built.payload), "number": number, "vct": TEST}
    marked = replace(built, payload=canonical.dumps(payload))
    text = credential.sign(marked, kid=key.public.kid, sign=_signer(key))
    made = _bundle(text, institution, now, key, random)
    return Trial(number, shown, bundle.build(made))


def of_nobody(institution: str, now: datetime, random: Random) -> bytes:
    """Return the bundle that the code of all test certificates stands for."""
    day = instants.write(now)[:10]
    claims = {"name": PUPIL, "award": AWARD, "award_date": day}
    statement = Statement(HONOUR.name, "school", "comprehensive", claims)
    return make(statement, institution, now, random).bundle


def number_of(category: str, year: int) -> str:
    """Return the number of every test certificate of a category and year."""
    letter = next(each for each, name in codes.CATEGORIES.items() if name == category)
    body = f"{codes.TEST_PREFIX}{year}{letter}000000"
    return body + mod_31(body)


def _bundle(text: str, institution: str, now: datetime, key: PrivateKey, random: Random) -> Bundle:
    """Return everything around a credential, in form and by nobody."""
    digest = credential.digest(text.partition("~")[0])
    entry = Entry("credential", institution, now, digest, random(32))
    assertion = Assertion(_LIST, 0, Status.VALID, digest, 1, now, now + LIFE)
    status = status_list.sign_assertion(assertion, kid=key.public.kid, sign=_signer(key))
    issuer_part = _issuer(institution, now, key, random)
    return Bundle(text, _place(entry, institution, now, key), issuer_part, status)


def _issuer(institution: str, now: datetime, key: PrivateKey, random: Random) -> IssuerPart:
    record = IssuerRecord(
        id=institution,
        node=NODE,
        seq=1,
        previous=None,
        issued_at=now,
        name_zh=NAME,
        name_en="test",
        codes=(),
        uscc=None,
        telephone=TELEPHONE,
        superior=None,
        region=REGION,
        keys=(IssuerKey(key.public, Span(now, None)),),
        accreditations=(),
    )
    document: Json = {
        **jws.seal_document(
            record.to_json(), typ=issuer.TYP, signers=[(key.public.kid, _signer(key))]
        )
    }
    salt = random(bundle.SALT_SIZE)
    entry = Entry(
        "record", _REGISTRY, now, bundle.record_digest(issuer.digest(document), salt), None
    )
    return IssuerPart(document, salt, _place(entry, _REGISTRY, now, key))


def _place(entry: Entry, institution: str, now: datetime, key: PrivateKey) -> Place:
    """Return the place of an entry in a log of its own, which nothing anchors."""
    origin = checkpoint.origin(NODE, institution, _year(now))
    log = Log(MemoryStore(), origin)
    log.append([entry])
    note = checkpoint.sign(
        Checkpoint(origin, log.size, log.root(), now), NODE, key.public, _signer(key)
    )
    return Place(entry, 0, (), note, None)


def _members(payload: bytes) -> dict[str, Json]:
    read = canonical.loads(payload)
    assert isinstance(read, dict)
    return read


def _signer(key: PrivateKey) -> jws.SignBytes:
    return lambda message: sm2.sign(key, message)


def _year(now: datetime) -> int:
    return instants.shanghai_year(now)
