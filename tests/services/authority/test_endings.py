"""Alarms before certificates end, and the status responders that follow one another."""

from datetime import timedelta

from crypto.revocation import Reason
from identity.certificates import LIFETIME, Kind
from services import recurring
from services.audit import trail
from services.authority import endings, own, service
from tests.services.authority.holders import REGISTRAR, Holders, request
from tests.services.nodes import Node


def alarms(node: Node) -> list[str]:
    recurring.remind_of_ends(node.runtime)
    with node.runtime.reading() as work:
        return [subject for kind, subject in trail.alarms(work) if kind == endings.ALARM]


def test_an_institutions_certificate_is_told_of_three_times(sqlite_holders: Holders) -> None:
    node = sqlite_holders.node
    made = sqlite_holders.issue(sqlite_holders.school, None, request())
    sqlite_holders.to_person()
    assert alarms(node) == []
    for days, left in ((91, None), (89, 90), (30, 30), (6, 7)):
        node.clock.now = sqlite_holders.certificate(made[0]).fields.not_after - timedelta(days=days)
        wanted = [] if left is None else [f"{each}/{left}" for each in sorted(made)]
        assert sorted(alarms(node)) == wanted


def test_an_alarm_goes_with_the_renewal_or_the_revocation(sqlite_holders: Holders) -> None:
    node = sqlite_holders.node
    signing, secret = sqlite_holders.issue(sqlite_holders.school, None, request())
    node.clock.now += LIFETIME[Kind.INSTITUTION_SIGNING] - timedelta(days=10)
    actor = node.operator(REGISTRAR)
    assert len(alarms(node)) == 2
    with sqlite_holders.work() as work:
        service.renew(work, actor, signing)
    assert alarms(node) == [f"{secret}/30"]
    with sqlite_holders.work() as work:
        service.revoke(work, actor, secret, Reason.CESSATION_OF_OPERATION)
    assert alarms(node) == []


def test_the_authority_itself_ends_too(sqlite_holders: Holders) -> None:
    node = sqlite_holders.node
    with node.runtime.reading() as work:
        issuing = own.newest(work, Kind.ISSUING)
    for days, left in ((80, 90), (-1, 0)):
        node.clock.now = issuing.certificate.fields.not_after - timedelta(days=days)
        with sqlite_holders.work() as work:
            found = list(endings._due(work))
        assert found == [f"{issuing.ref.kid}/{left}"]


def test_a_responder_is_followed_by_the_next(sqlite_holders: Holders) -> None:
    node = sqlite_holders.node
    first = sqlite_holders.held(Kind.RESPONDER)
    recurring.remind_of_ends(node.runtime)
    assert sqlite_holders.held(Kind.RESPONDER) == first
    node.clock.now += LIFETIME[Kind.RESPONDER] - own.RESPONDER_LEFT
    recurring.remind_of_ends(node.runtime)
    second = sqlite_holders.held(Kind.RESPONDER)
    assert second.fields.key != first.fields.key
    assert second.fields.not_after - node.clock.now == LIFETIME[Kind.RESPONDER]


def test_a_node_without_an_authority_has_nothing_to_do(sqlite_node: Node) -> None:
    recurring.publish_revocations(sqlite_node.runtime)
    assert alarms(sqlite_node) == []
