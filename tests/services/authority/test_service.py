"""Who gets a certificate, for which key, and how it ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from crypto import certificate_request, sm2
from crypto.chain import Sources
from crypto.crl import parse
from crypto.errors import InvalidKey, InvalidSignature
from crypto.names import COMMON_NAME, Name
from crypto.revocation import Outcome, Reason
from identity import certificates
from identity.certificates import LIFETIME, Kind, Trust
from identity.errors import InvalidCode
from services.audit import queries as audit_queries
from services.authority import lists, own, queries, service
from services.authority.service import Order
from services.platform.errors import Conflict, Invalid, NotFound, Refused, ServiceError, Tampered
from services.registry import institutions, keys
from tests.services.authority.holders import REGISTRAR, Holders, request
from tests.services.nodes import Node


def verified(holders: Holders, certificate_id: str, kind: Kind) -> certificates.Verified:
    """Verify as a stranger would, with the node's lists."""
    node = holders.node
    with node.runtime.reading() as work:
        published = [parse(lists.current(work, each).der) for each in own.ISSUERS]
    trust = Trust.in_own(holders.held(Kind.ROOT), holders.held(Kind.ISSUING))
    return certificates.verify(
        holders.certificate(certificate_id), trust, now=node.clock.now, kind=kind,
        sources=Sources(published),
    )  # fmt: skip


def test_there_is_one_authority_and_a_registrar_makes_it(node: Node) -> None:
    with node.runtime.reading() as work, pytest.raises(NotFound, match="authority_missing"):
        own.newest(work, Kind.ROOT)
    with pytest.raises(Refused, match="role_missing"), node.runtime.writing() as work:
        own.init(work, node.operator("auditor"))
    with node.runtime.writing() as work:
        root = own.init(work, node.operator(REGISTRAR))
    root.certificate.signed.verify(root.certificate.fields.key)
    with pytest.raises(Conflict, match="authority_exists"), node.runtime.writing() as work:
        own.init(work, node.operator(REGISTRAR))


def test_a_person_gets_a_certificate_for_the_key_of_his_request(holders: Holders) -> None:
    key = sm2.generate()
    [made] = holders.issue(holders.person, request(key))
    found = verified(holders, made, Kind.PERSON)
    assert (found.identifier, found.key, found.own) == (holders.person, key.public, True)
    assert found.standing.outcome is Outcome.GOOD
    assert found.node == holders.node.runtime.settings.node_name


def test_an_institution_gets_a_pair(holders: Holders) -> None:
    with holders.node.runtime.reading() as work:
        issuer_key = keys.active_issuer_refs(work, holders.school)[0].public
    signing, secret = holders.issue(holders.school, None, request())
    assert verified(holders, signing, Kind.INSTITUTION_SIGNING).key == issuer_key
    found = verified(holders, secret, Kind.INSTITUTION_ENCRYPTION)
    assert (found.identifier, found.key == issuer_key) == (holders.school, False)
    brought = holders.issue(holders.school, request(), request())
    assert verified(holders, brought[0], Kind.INSTITUTION_SIGNING).key != issuer_key


def test_who_is_not_of_this_node_gets_nothing(sqlite_holders: Holders) -> None:
    holders = sqlite_holders
    with pytest.raises(NotFound, match="person_unknown"):
        holders.issue("E417KQ2M9XW4HD0RT4", request())
    with pytest.raises(InvalidCode):
        holders.issue("E417KQ2M9XW4HD0RT5", request())
    with pytest.raises(NotFound, match="institution_unknown"):
        holders.issue("inst_417KQ2M9XW4HD0RT3F", None, request())
    with holders.work() as work:
        institutions.close(work, holders.node.operator(REGISTRAR), holders.school)
    with pytest.raises(Conflict, match="institution_closed"):
        holders.issue(holders.school, None, request())
    with pytest.raises(Refused, match="role_missing"), holders.work() as work:
        service.issue(work, holders.node.operator("auditor"), Order(holders.person, request()))


def test_a_request_is_needed_and_must_hold(sqlite_holders: Holders) -> None:
    holders = sqlite_holders
    for order, code in (
        ((holders.person,), "x509_request_missing"),
        ((holders.school, request()), "x509_request_missing"),
        ((holders.person, request(), request()), "x509_request_surplus"),
    ):
        with pytest.raises(Invalid, match=code):
            holders.issue(*order)
    with pytest.raises(InvalidKey):
        holders.issue(holders.person, "no request")
    mine, other = sm2.generate(), sm2.generate()
    name = Name.of((COMMON_NAME, "whatever"))
    of_another = certificate_request.make(name, mine.public, lambda data: sm2.sign(other, data))
    with pytest.raises(InvalidSignature):
        holders.issue(holders.person, of_another.pem)


def test_an_institution_without_any_key_is_told_so(sqlite_holders: Holders) -> None:
    holders = sqlite_holders
    actor = holders.node.operator(REGISTRAR)
    with holders.work() as work:
        [ref] = keys.active_issuer_refs(work, holders.school)
        keys.retire_issuer_key(work, actor, ref.kid)
    with pytest.raises(Conflict, match="issuer_key_missing"):
        holders.issue(holders.school, None, request())


def test_a_key_is_certified_once(holders: Holders) -> None:
    mine = request()
    holders.issue(holders.person, mine)
    with pytest.raises(Conflict, match="x509_key_taken"):
        holders.issue(holders.person, mine)
    with pytest.raises(Conflict, match="x509_key_taken"):
        holders.issue(holders.school, None, mine)
    same = request()
    with pytest.raises(Conflict, match="x509_key_taken"):
        holders.issue(holders.school, same, same)


def test_two_at_once_certify_a_key_once(holders: Holders) -> None:
    mine, subject = request(), holders.person
    actor = holders.node.operator(REGISTRAR)

    def issue(_: int) -> str:
        try:
            with holders.work() as work:
                service.issue(work, actor, Order(subject, mine))
        except ServiceError as error:
            return error.code
        return "issued"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(issue, range(4)))
    assert answers == ["issued", *["x509_key_taken"] * 3]


def test_a_serial_number_cannot_double(holders: Holders) -> None:
    made = holders.certificate(holders.to_person())
    with pytest.raises(Conflict, match="already_exists"), holders.work() as work:
        service.store(work, Kind.PERSON, holders.person, made)


def test_renewed_within_ninety_days_for_the_same_key(holders: Holders) -> None:
    node, old = holders.node, holders.to_person()
    actor = node.operator(REGISTRAR)
    with pytest.raises(Conflict, match="x509_not_due"), holders.work() as work:
        service.renew(work, actor, old)
    node.clock.now += LIFETIME[Kind.PERSON] - timedelta(days=89)
    with holders.work() as work:
        new = service.renew(work, actor, old)
    first, second = holders.certificate(old).fields, holders.certificate(new).fields
    assert (first.key, first.subject) == (second.key, second.subject)
    assert second.not_after - node.clock.now == LIFETIME[Kind.PERSON]
    with pytest.raises(Conflict, match="x509_renewed"), holders.work() as work:
        service.renew(work, actor, old)


def test_revoked_is_in_the_next_list_and_stays_so(holders: Holders) -> None:
    made, other = holders.to_person(), holders.to_person()
    actor = holders.node.operator(REGISTRAR)
    with holders.work() as work:
        service.revoke(work, actor, made, Reason.KEY_COMPROMISE)
    found = verified(holders, made, Kind.PERSON).standing
    assert found.outcome is Outcome.REVOKED
    assert found.revoked is not None
    assert found.revoked.reason is Reason.KEY_COMPROMISE
    assert verified(holders, other, Kind.PERSON).standing.outcome is Outcome.GOOD
    with pytest.raises(Conflict, match="x509_revoked"), holders.work() as work:
        service.revoke(work, actor, made, Reason.SUPERSEDED)
    with pytest.raises(Conflict, match="x509_revoked"), holders.work() as work:
        service.renew(work, actor, made)
    with pytest.raises(NotFound, match="x509_unknown"), holders.work() as work:
        service.revoke(work, actor, "crt_none", Reason.SUPERSEDED)
    with pytest.raises(Refused, match="role_missing"), holders.work() as work:
        service.revoke(work, holders.node.operator("auditor"), other, Reason.SUPERSEDED)
    with holders.work() as work:
        actions = [row["action"] for row in audit_queries.unsealed(work.session, limit=50)]
    assert actions.count("authority.issue") == 2
    assert actions.count("authority.revoke") == 1


def altered(holders: Holders, statement: str) -> None:
    with holders.node.runtime.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_certificate_altered_by_hand_is_refused(holders: Holders) -> None:
    made = holders.to_person()
    altered(holders, "UPDATE authority_certificate SET subject = 'E417KQ2M9XW4HD0RT4'")
    with pytest.raises(Tampered, match="row_altered"):
        holders.row(made)
    with pytest.raises(Tampered), holders.work() as work:
        service.check_all(work)


def test_an_authority_altered_by_hand_is_refused(holders: Holders) -> None:
    holders.to_person()
    altered(holders, "UPDATE authority SET list_number = 0")
    with pytest.raises(Tampered, match="row_altered"):
        holders.to_person()


def test_a_revocation_taken_back_by_hand_is_missed(holders: Holders) -> None:
    """Also with the row as it was before, under its old MAC."""
    made = holders.to_person()
    before = holders.row(made)
    with holders.work() as work:
        service.revoke(work, holders.node.operator(REGISTRAR), made, Reason.SUPERSEDED)
    with holders.work() as work:
        queries.replace_certificate(work.session, before)
    holders.node.clock.now += lists.LIFE / 2
    with pytest.raises(Tampered, match="rows_altered"):
        lists.publish(holders.node.runtime)
    with pytest.raises(Tampered, match="rows_altered"), holders.work() as work:
        service.check_all(work)


def test_all_is_well_otherwise(holders: Holders) -> None:
    made = holders.to_person()
    holders.issue(holders.school, None, request())
    with holders.work() as work:
        service.revoke(work, holders.node.operator(REGISTRAR), made, Reason.UNSPECIFIED)
    with holders.node.runtime.reading() as work:
        assert service.check_all(work) == 3
        listed = service.listed(
            work, holders.node.operator("auditor"), subject=holders.person, after="", limit=9
        )
        assert [row["id"] for row in listed] == [made]
        with pytest.raises(Refused, match="role_missing"):
            service.require_reader(holders.node.operator("school-a-approver"))
