"""Revocation lists when something is in the way: the revocation stands, the worker follows up."""

import pytest

from crypto import crl
from crypto.errors import CryptoUnavailable
from crypto.revocation import Reason
from identity.certificates import Kind
from services import process, recurring
from services.audit import trail
from services.authority import lists, own, service
from tests.services.authority.holders import REGISTRAR, Holders


def broken(*_: object) -> None:
    raise CryptoUnavailable("signature_fault")


def alarms(holders: Holders) -> list[tuple[str, str]]:
    with holders.node.runtime.reading() as work:
        return trail.alarms(work)


def test_a_list_that_could_not_be_signed_is_an_alarm_until_it_is(
    holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, made = holders.node, holders.to_person()
    with monkeypatch.context() as patch:
        patch.setattr(own, "signer", broken)
        with holders.work() as work:
            service.revoke(work, node.operator(REGISTRAR), made, Reason.SUPERSEDED)
    assert holders.row(made)["revoked_at"] == node.clock.now
    assert alarms(holders) == [(lists.ALARM, "signature_fault")]
    process.make_runner(node.runtime, node.chain, [lists.ALARM]).do_recurring()
    assert alarms(holders) == []
    with node.runtime.reading() as work:
        newest = crl.parse(lists.current(work, Kind.ISSUING).der)
    assert [each.serial for each in newest.entries] == [holders.certificate(made).fields.serial]


def test_one_of_two_publishers_signs(holders: Holders) -> None:
    holders.node.clock.now += lists.LIFE / 2
    recurring.publish_revocations(holders.node.runtime)
    assert not lists._publish(holders.node.runtime, Kind.ISSUING)
