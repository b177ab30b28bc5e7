"""A test certificate is never valid, and nothing real moves for it."""

import pytest
from sqlalchemy import func, select

from crypto import canonical, jws
from identity import codes, credential
from identity.credential_types import HONOUR, TEST, TYPES
from identity.errors import InvalidCode, InvalidCredential
from identity.statement import Statement
from services.evidence import pdf
from services.evidence.verdict import NoTrust, Outcome, Verdict, verify
from services.honours import programmes, trial
from services.honours.paper import trials
from services.honours.papers import HonourPapers
from services.migrations.tables import METADATA
from services.platform.errors import Invalid
from services.registry import institutions
from services.registry.institutions import NewAccreditation
from tests.services import verifying
from tests.services.honours.paper import reading
from tests.services.nodes import Node

NOT_COUNTED = ("operator", "session", "login_counter")


def made(node: Node) -> bytes:
    with node.runtime.reading() as work:
        programme = programmes.load(work, node.programmes["school-a"])
        return trials.file_of(work, programme, trials.sample_claims(work, programme))


def judged(node: Node, data: bytes) -> Verdict:
    return verify(data, trust=verifying.trusted(node), now=node.clock.now)


def format_of(verdict: Verdict) -> str:
    assert verdict.result is Outcome.INVALID
    assert verdict.shown is None
    return verdict.finding("format").reason


def test_its_file_looks_like_a_certificate_says_test_and_is_invalid(sqlite_node: Node) -> None:
    data = made(sqlite_node)

    words = reading.text(data)
    assert "测试" in words
    assert trial.PUPIL in words
    assert format_of(judged(sqlite_node, data)) == "test"
    assert format_of(judged(sqlite_node, pdf.attachment(data))) == "test"


def test_it_is_invalid_without_any_trust_list(sqlite_node: Node) -> None:
    bundle = pdf.attachment(made(sqlite_node))

    verdict = verify(bundle, trust=NoTrust("trust_list_missing"), now=sqlite_node.clock.now)

    assert format_of(verdict) == "test"


def test_what_its_code_stands_for_is_a_test_whatever_number_is_typed(sqlite_node: Node) -> None:
    papers = HonourPapers(sqlite_node.runtime)

    for number in (None, trial.number_of("comprehensive", 2026)):
        assert format_of(judged(sqlite_node, papers.bundle(trial.CODE, number))) == "test"


def test_without_its_mark_it_is_a_forgery(sqlite_node: Node) -> None:
    members = canonical.loads(pdf.attachment(made(sqlite_node)))
    assert isinstance(members, dict)
    token, *disclosures = str(members["credential"]).split("~")
    header, payload, signature = token.split(".")
    body = canonical.loads(jws.unb64u(payload))
    assert isinstance(body, dict)
    real = codes.number("3441000001", 2026, "comprehensive", 1)
    plain = jws.b64u(canonical.dumps({**body, "vct": HONOUR.name, "number": real}))
    members["credential"] = "~".join([f"{header}.{plain}.{signature}", *disclosures])

    verdict = judged(sqlite_node, canonical.dumps(members))

    assert verdict.finding("format").reason == "bundle"
    assert verdict.result is Outcome.INVALID


def test_nothing_real_moves(sqlite_node: Node) -> None:
    def counted() -> dict[str, int]:
        with sqlite_node.runtime.reading() as work:
            tables = [each for each in METADATA.sorted_tables if each.name not in NOT_COUNTED]
            return {
                each.name: work.session.execute(select(func.count()).select_from(each)).scalar_one()
                for each in tables
            }

    before = counted()
    made(sqlite_node)
    assert counted() == before


def test_its_number_is_nobodys() -> None:
    number = trial.number_of("science", 2026)

    assert number.startswith("00000000002026K000000")
    with pytest.raises(InvalidCode):
        codes.validate_certificate_number(number)


def test_no_institution_can_be_accredited_for_the_type(sqlite_node: Node) -> None:
    node = sqlite_node
    assert TEST not in TYPES
    actor, school = node.operator("registrar-1"), node.ids["school-a"]
    order = NewAccreditation(TEST, ("school",), node.clock.now, None)
    with node.runtime.writing() as work, pytest.raises(Invalid, match="type_unknown"):
        institutions.accredit(work, actor, school, order)
    assert TEST not in {each for one in verifying.trusted(node).nodes for each in one.types}


def test_what_the_check_before_an_issuers_key_reads_is_refused(sqlite_node: Node) -> None:
    members = canonical.loads(pdf.attachment(made(sqlite_node)))
    assert isinstance(members, dict)
    payload = jws.parse_compact(str(members["credential"]).partition("~")[0]).payload

    with pytest.raises(InvalidCredential, match="credential_type_unknown"):
        credential.read_body(payload)


def test_a_statement_of_the_type_cannot_be_approved() -> None:
    claims = {"name": "示例", "award": "三好学生", "award_date": "2026-06-01"}
    with pytest.raises(InvalidCredential, match="credential_type_unknown"):
        Statement(TEST, "school", "comprehensive", claims).check()
