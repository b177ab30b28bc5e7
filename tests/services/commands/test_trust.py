"""The trust root and its lists: keys in files, two signatures, cut-offs."""

from datetime import timedelta
from pathlib import Path

import pytest

from crypto import canonical
from crypto.jws import b64u
from services.registry import trust
from services.verification import downloads
from tests.services.commands.terminals import Terminals

SECRET = "a passphrase of its own"


@pytest.fixture
def operators(cli: Terminals, tmp_path: Path) -> list[Path]:
    """Return key files of three root operators, each of them sealed."""
    paths = [tmp_path / f"operator-{number}.pem" for number in (1, 2, 3)]
    for path in paths:
        made = cli.json("trust", "key", str(path), stdin=f"{SECRET}\n")
        assert made["public"] == f"{path}.pub"
    return paths


@pytest.fixture
def root(cli: Terminals, operators: list[Path]) -> list[Path]:
    """Return the same after they made a root of their own."""
    for name in (trust.ROOT, trust.LIST, trust.PAGE):
        (cli.home / "trust" / name).unlink()
    publics = [f"{path}.pub" for path in operators]
    cli.ok("trust", "init", *publics, "--name", "中原市信任根")
    cli.sign_in("registrar-1")
    return operators


TITLES = ["--title-zh", "中原市", "--title-en", "Zhongyuan"]
CHAIN = ["--chain-zh", "本机", "--chain-en", "local"]


def sign(cli: Terminals, path: Path) -> bool:
    arguments = ["trust", "sign", "--key", str(path)]
    published: bool = cli.json(*arguments, stdin=f"{SECRET}\n")["published"]
    return published


def publish(cli: Terminals, root: list[Path], *more: str) -> None:
    cli.ok("trust", "propose", *more, by="registrar-1")
    assert [sign(cli, path) for path in root[:2]] == [False, True]


def test_a_private_key_is_sealed_and_its_owners_alone(operators: list[Path]) -> None:
    text = operators[0].read_text()
    assert "ENCRYPTED" in text
    assert operators[0].stat().st_mode & 0o077 == 0


def test_a_key_file_is_never_written_over(cli: Terminals, operators: list[Path]) -> None:
    before = operators[0].read_bytes()
    result = cli.run("trust", "key", str(operators[0]), stdin=f"{SECRET}\n")
    assert result.exit_code == 1
    assert operators[0].read_bytes() == before


def test_two_operators_publish_a_list(cli: Terminals, root: list[Path]) -> None:
    publish(cli, root, *TITLES, *CHAIN)
    shown = cli.json("trust", "show")
    assert (shown["list"]["seq"], shown["list"]["nodes"]) == (1, [cli.node_name])
    assert shown["fingerprint"] in cli.ok("trust", "show").stdout
    cli.sign_in("school-a-preparer")
    number = cli.node.numbers("school-a")[0]
    cli.ok("honours", "bundle", number, "--out", "one.kexin.json", by="school-a-preparer")
    assert cli.json("verify", "one.kexin.json", "--offline")["result"] == "valid"


def test_one_operator_signs_once(cli: Terminals, root: list[Path]) -> None:
    cli.ok("trust", "propose", *TITLES, *CHAIN, by="registrar-1")
    assert not sign(cli, root[0])
    result = cli.run("trust", "sign", "--key", str(root[0]), stdin=f"{SECRET}\n")
    assert result.exit_code == 1
    assert "[jws_order]" in result.stderr
    assert not (cli.home / "trust" / trust.LIST).exists()
    assert sign(cli, root[1])


def test_a_stranger_signs_nothing(cli: Terminals, root: list[Path], tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    cli.ok("trust", "key", str(stranger), stdin=f"{SECRET}\n")
    cli.ok("trust", "propose", *TITLES, *CHAIN, by="registrar-1")
    assert not sign(cli, root[0])
    result = cli.run("trust", "sign", "--key", str(stranger), stdin=f"{SECRET}\n")
    assert result.exit_code == 1
    assert not (cli.home / "trust" / trust.LIST).exists()


def test_a_monthly_list_says_again_what_the_last_one_said(cli: Terminals, root: list[Path]) -> None:
    publish(cli, root, *TITLES, *CHAIN)
    before = trust.published(cli.home / "trust")
    cli.clock.now += timedelta(days=31)
    cli.sign_in("registrar-1")
    publish(cli, root)
    after = trust.published(cli.home / "trust")
    assert before is not None
    assert after is not None
    assert (after.seq, after.nodes, after.chains) == (2, before.nodes, before.chains)


def test_the_first_list_needs_its_titles(cli: Terminals, root: list[Path]) -> None:
    result = cli.run("trust", "propose", *CHAIN, by="registrar-1")
    assert result.exit_code == 2
    assert "--title-zh" in result.stderr


@pytest.mark.slow
def test_a_cut_off_ends_a_key_and_stays_in_later_lists(cli: Terminals, root: list[Path]) -> None:
    publish(cli, root, *TITLES, *CHAIN)
    school = cli.node.ids["school-a"]
    logs = {each["origin"]: each["size"] for each in cli.lines("log", "list", by="registrar-1")}
    [origin] = [each for each in logs if f"/{school}/" in each]
    keys = cli.lines("keys", "list", by="registrar-1")
    [kid] = [each["kid"] for each in keys if each["owner"] == school]
    cli.sign_in("school-a-preparer")
    first, *_, last = cli.node.numbers("school-a")
    for name, number in (("first", first), ("last", last)):
        cli.ok("honours", "bundle", number, "--out", name, by="school-a-preparer")
    index = cli.json("honours", "show", last, by="school-a-preparer")["index"]
    cut = ["--cut-off", kid, "--reason", "key_compromise", "--keep", f"{origin}={index}"]
    publish(cli, root, *cut)
    assert cli.run("verify", "first", "--offline").exit_code == 3  # ask the chain, not a receipt
    assert cli.run("verify", "last", "--offline").exit_code == 1
    publish(cli, root)
    assert cli.json("trust", "show")["list"]["cut_offs"] == [kid]
    assert cli.run("verify", "last", "--offline").exit_code == 1


def test_what_is_kept_is_a_log_and_a_size(cli: Terminals, root: list[Path]) -> None:
    result = cli.run("trust", "propose", *TITLES, *CHAIN, "--keep", "all", by="registrar-1")
    assert result.exit_code == 2
    assert "--keep" in result.stderr


def test_a_root_is_made_once(cli: Terminals, root: list[Path]) -> None:
    publics = [f"{path}.pub" for path in root]
    cli.refused("trust_root_exists", "trust", "init", *publics, "--name", "另一个")


def test_a_wrong_passphrase_or_file_opens_no_key(cli: Terminals, root: list[Path]) -> None:
    cli.ok("trust", "propose", *TITLES, *CHAIN, by="registrar-1")
    for path in (root[0], cli.home / "trust" / "root.json"):
        result = cli.run("trust", "sign", "--key", str(path), stdin="wrong\n")
        assert result.exit_code == 1
        assert "[key_file_unreadable]" in result.stderr


def test_without_a_root_there_is_nothing_to_show(fresh: Terminals) -> None:
    fresh.refused("trust_root_missing", "trust", "show")


def test_a_root_alone_is_shown_without_a_list(cli: Terminals, root: list[Path]) -> None:
    assert cli.json("trust", "show")["list"] is None
    assert len(cli.ok("trust", "show").stdout.splitlines()) == 1


def test_a_proposal_is_canonical(cli: Terminals, root: list[Path]) -> None:
    cli.ok("trust", "propose", *TITLES, *CHAIN, "--url", "https://kexin.example", by="registrar-1")
    data = (cli.home / "trust" / trust.PROPOSAL).read_bytes()
    assert canonical.dumps(canonical.loads(data)) == data
    assert b"https://kexin.example/v1/status" in data


def test_the_offline_page_has_the_root_in_it_and_the_next_list_vouches_for_it(
    cli: Terminals, root: list[Path]
) -> None:
    publish(cli, root, *TITLES, *CHAIN)
    assert cli.json("trust", "show")["list"]["artifacts"] == []

    made = cli.json("trust", "page")

    page = Path(made["file"])
    data = page.read_bytes()
    assert page == cli.home / "trust" / "kexin-verify.html"
    assert b64u((cli.home / "trust" / "root.json").read_bytes()).encode() in data
    assert downloads.MARK not in data
    publish(cli, root)
    shown = cli.json("trust", "show")
    assert (shown["list"]["artifacts"], shown["list"]["seq"]) == ([page.name], 2)
    listed = trust.published(page.parent)
    assert listed is not None
    assert [(each.name, b64u(each.sm3)) for each in listed.artifacts] == [(page.name, made["sm3"])]
    assert cli.json("trust", "page")["sm3"] == made["sm3"]
