"""kexin status: a day's statuses as a file."""

from pathlib import Path

from identity import instants, status_pack
from tests.services.commands.terminals import Terminals


def test_a_pack_verifies_without_the_node(cli: Terminals, tmp_path: Path) -> None:
    pack = tmp_path / "today.kexin-pack.json"
    made = cli.json("status", "pack", "-o", str(pack))
    assert made["bytes"] == len(pack.read_bytes())
    parsed = status_pack.parse(pack.read_bytes())
    assert parsed.node == cli.node_name
    assert made["expires"] == instants.write(parsed.expires_at)
    cli.sign_in("school-a-preparer")
    number = cli.node.numbers("school-a")[0]
    cli.ok("honours", "bundle", number, "--out", "one.kexin.json", by="school-a-preparer")
    asked = ["verify", "one.kexin.json", "--offline", "--pack", str(pack)]
    assert cli.json(*asked)["result"] == "valid"


def test_a_pack_replaces_the_one_of_yesterday(cli: Terminals, tmp_path: Path) -> None:
    pack = tmp_path / "pack.json"
    pack.write_text("yesterday")
    assert str(pack) in cli.ok("status", "pack", "-o", str(pack)).stdout
    assert status_pack.parse(pack.read_bytes()).node == cli.node_name
