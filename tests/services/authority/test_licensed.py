"""Certificates of licensed authorities: taken in under configured roots, and no others."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crypto.certificate import Certificate
from crypto.errors import InvalidCertificate, InvalidEncoding
from crypto.revocation import Reason
from identity.certificates import Kind
from services.authority import endings, licensed, own, service
from services.platform.errors import Conflict, NotFound, Refused
from tests.crypto import authority
from tests.services.authority.holders import REGISTRAR, Holders
from tests.services.calling import serving
from tests.services.nodes import Node

PERSON, ISSUING = authority.person().certificate, authority.issuing().certificate


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    folder = tmp_path / "licensed"
    folder.mkdir()
    (folder / "root.pem").write_text(authority.root().certificate.pem)
    (folder / "README.txt").write_text("who is trusted")
    return folder


@pytest.fixture
def configured(sqlite_node: Node, roots: Path) -> Holders:
    """A node without an authority of its own, that trusts a licensed one."""
    settings = sqlite_node.runtime.settings.model_copy(update={"licensed_folder": roots})
    return Holders(replace(sqlite_node, runtime=replace(sqlite_node.runtime, settings=settings)))


def take_in(
    holders: Holders, certificate: Certificate = PERSON, kind: Kind = Kind.PERSON,
    subject: str = "", by: str = REGISTRAR,
) -> str:  # fmt: skip
    with holders.work() as work:
        return licensed.take_in(
            work, holders.node.operator(by), subject=subject or holders.person, kind=kind,
            certificate=certificate, between=[ISSUING],
        )  # fmt: skip


def test_bound_to_whom_the_registrar_says(configured: Holders) -> None:
    made = take_in(configured)
    row = configured.row(made)
    assert (row["own"], row["subject"], row["kind"]) == (False, configured.person, "person")
    assert row["chain"] == ISSUING.pem + authority.root().certificate.pem
    with configured.work() as work:
        assert service.check_all(work) == 1
    secret = authority.secrecy().certificate
    taken = take_in(configured, secret, Kind.INSTITUTION_ENCRYPTION, configured.school)
    assert configured.certificate(taken) == secret


def test_read_with_its_chain(configured: Holders) -> None:
    made = take_in(configured)
    with serving(configured.node) as api:
        read = api.signed_in("auditor").get(f"/v1/authority/certificates/{made}").json()
    assert (read["own"], read["pem"]) == (False, PERSON.pem)
    assert read["chain"] == configured.row(made)["chain"]


def test_its_own_authority_renews_and_revokes_it(configured: Holders) -> None:
    made, actor = take_in(configured), configured.node.operator(REGISTRAR)
    with configured.work() as work:
        own.init(work, actor)
    with pytest.raises(Conflict, match="x509_not_own"), configured.work() as work:
        service.revoke(work, actor, made, Reason.SUPERSEDED)
    with pytest.raises(Conflict, match="x509_not_own"), configured.work() as work:
        service.renew(work, actor, made)


def test_what_does_not_hold_is_not_taken_in(configured: Holders) -> None:
    for change, code in (
        ({"kind": Kind.INSTITUTION_ENCRYPTION, "subject": configured.school}, "chain_usage"),
        ({"subject": "E417KQ2M9XW4HD0RT4"}, "person_unknown"),
        ({"by": "auditor"}, "role_missing"),
    ):
        with pytest.raises((InvalidCertificate, NotFound, Refused), match=code):
            take_in(configured, **change)  # type: ignore[arg-type]
    configured.node.clock.now += timedelta(days=400)
    with pytest.raises(InvalidCertificate, match="chain_dates"):
        take_in(configured)


def test_nobody_else_is_trusted(configured: Holders, roots: Path) -> None:
    other = authority.made_root(77, "Root").certificate
    (roots / "root.pem").write_text(other.pem)
    with pytest.raises(InvalidCertificate, match="chain_unknown_issuer"):
        take_in(configured)
    (roots / "root.cer").write_bytes(b"no certificate")
    with pytest.raises(InvalidEncoding):
        take_in(configured)
    for path in roots.iterdir():
        path.unlink()
    for folder in (roots, None, roots / "nowhere"):
        with pytest.raises(NotFound, match="licensed_root_missing"):
            licensed.roots(folder)


def test_taken_in_once_and_for_one_subject(configured: Holders) -> None:
    take_in(configured)
    with pytest.raises(Conflict, match="x509_imported"):
        take_in(configured)
    again = replace(PERSON.fields, serial=4711)
    twin = authority.issuing().issue(again)
    other = configured.node.operator("school-a-approver").edu_id
    with pytest.raises(Conflict, match="x509_key_taken"):
        take_in(configured, twin, subject=other)
    take_in(configured, twin)


def test_an_imported_one_of_an_institution_ends_with_an_alarm(configured: Holders) -> None:
    made = take_in(configured, kind=Kind.INSTITUTION_SIGNING, subject=configured.school)
    configured.node.clock.now = PERSON.fields.not_after - timedelta(days=5)
    with configured.work() as work:
        assert list(endings._due(work)) == [f"{made}/7"]
