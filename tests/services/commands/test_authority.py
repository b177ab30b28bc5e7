"""kexin authority: made once, certificates issued, revoked and imported from a terminal."""

from pathlib import Path

import pytest

from crypto import certificate
from crypto.certificate import Certificate
from identity.certificates import OWN_AUTHORITY
from tests.crypto import authority as licensed
from tests.services.authority import holders as making
from tests.services.commands.terminals import Terminals

BY = "registrar-1"


@pytest.fixture
def made(cli: Terminals) -> Terminals:
    cli.sign_in(BY, "auditor")
    cli.ok("authority", "init", "-o", "root.cer", by=BY)
    return cli


def request(folder: Path, name: str = "one.req") -> str:
    path = folder / name
    path.write_text(making.request())
    return str(path)


def person(cli: Terminals) -> str:
    return cli.node.operator("school-a-preparer").edu_id


def shown(cli: Terminals, name: str) -> Certificate:
    return certificate.parse_pem(cli.ok("authority", "show", name, by="auditor").stdout)


def test_made_once_and_marked_as_own(made: Terminals, tmp_path: Path) -> None:
    root = certificate.parse((tmp_path / "root.cer").read_bytes())
    assert "not licensed" in str(root.fields.subject)
    made.refused("authority_exists", "authority", "init", by=BY)
    made.refused("not_signed_in", "authority", "init")


def test_only_a_registrar_makes_it(cli: Terminals) -> None:
    cli.sign_in("auditor")
    cli.refused("role_missing", "authority", "init", by="auditor")
    cli.sign_in(BY)
    cli.refused("authority_missing", "authority", "issue", person(cli), by=BY)
    told = cli.json("authority", "init", by=BY)
    assert (told["licensed"], len(told["digest"])) == (False, 64)


def test_a_person_and_a_school_get_theirs(made: Terminals, tmp_path: Path) -> None:
    subject, school = person(made), made.node.ids["school-a"]
    order = ["authority", "issue", subject, "--request", request(tmp_path)]
    [mine] = made.json(*order, by=BY)["certificates"]
    assert shown(made, mine).fields.extensions.policies == (OWN_AUTHORITY,)
    pair = ["authority", "issue", school, "--encryption-request", request(tmp_path, "two.req")]
    assert len(made.json(*pair, by=BY)["certificates"]) == 2
    listed = made.lines("authority", "list", by="auditor")
    assert sorted(each["subject"] for each in listed) == sorted([subject, school, school])
    assert mine in made.ok("authority", "list", "--subject", subject, by="auditor").stdout
    made.refused("x509_not_due", "authority", "renew", mine, by=BY)
    made.ok("authority", "show", mine, "-o", "mine.pem", by=BY)
    told = made.json("authority", "show", mine, by=BY)
    assert (tmp_path / "mine.pem").read_text() == told["pem"]


def test_revoked_from_the_terminal(made: Terminals, tmp_path: Path) -> None:
    order = ["authority", "issue", person(made), "--request", request(tmp_path)]
    [mine] = made.json(*order, by=BY)["certificates"]
    revoke = ["authority", "revoke", mine, "--reason", "key_compromise"]
    assert mine in made.ok(*revoke, by=BY).stdout
    made.refused("x509_revoked", *revoke, by=BY)
    [line] = made.lines("authority", "list", by=BY)
    assert line["revoked"] is not None


def test_a_licensed_certificate_comes_in_with_its_chain(
    made: Terminals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = person(made)
    (tmp_path / "theirs.pem").write_text(licensed.person().certificate.pem)
    (tmp_path / "above.pem").write_text(licensed.issuing().certificate.pem)
    order = ["authority", "import", "theirs.pem", "--subject", subject, "--chain", "above.pem"]
    made.refused("licensed_root_missing", *order, by=BY)
    folder = tmp_path / "licensed"
    folder.mkdir()
    (folder / "root.cer").write_bytes(licensed.root().certificate.der())
    monkeypatch.setenv("KEXIN_LICENSED_FOLDER", str(folder))
    taken = made.json(*order, by=BY)["certificate"]
    assert shown(made, taken) == licensed.person().certificate
    made.refused("x509_imported", *order, by=BY)
    made.refused("chain_usage", *order[:4], made.node.ids["school-a"], "--for", "encrypt", by=BY)
