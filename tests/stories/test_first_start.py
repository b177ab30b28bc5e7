"""docs/operations.md followed word by word: a node of two registrars, a chain, a root of three."""

import base64
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from click.testing import CliRunner

from identity.factors import totp
from services import dev_chain
from services.cli import main
from services.platform import clock, files, master
from tests.services.nodes import few_rounds
from tests.stories.programs import ROOT, Kexin

PASSPHRASE = "twelve or more characters"
KEY_PASSPHRASE = "a passphrase of its own"
PERSONS = {
    "registrar-1": ("410105197001011234", "first of two registrars"),
    "registrar-2": ("410105197002021234", "second of two registrars"),
    "mingde-1": ("410105198003031234", "who prepares at a school"),
    "mingde-2": ("410105198004041234", "who approves at a school"),
}


def steps() -> Iterator[str]:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for block in re.findall(r"<!-- steps -->\n```\n(.*?)^```", text, re.M | re.S):
        yield from block.splitlines()


@dataclass
class Operator:
    """Who types what the commands ask for, and notes what they print."""

    kexin: Kexin
    rpc_url: str
    seeds: dict[str, bytes] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    login: str = ""

    def follow(self, line: str) -> str:
        """Run one line of the page."""
        for name, value in self.placeholders().items():
            line = re.sub(rf"\b{name}\b", value, line)
        arguments = shlex.split(line)[1:]
        runner = CliRunner(catch_exceptions=False)
        done = runner.invoke(main, arguments, input=self.typed(line), prog_name="kexin")
        assert done.exit_code == 0, f"{line}\n{done.output}"
        self.note(line, done.stdout)
        return done.stdout

    def placeholders(self) -> dict[str, str]:
        names = dict(zip(("AUTHORITY", "SCHOOL"), self.ids, strict=False))
        admin = str(self.kexin.folder / "admin.key")
        return {"RPC_URL": self.rpc_url, "ADMIN_KEY_FILE": admin, **names}

    def typed(self, line: str) -> str:
        """Return what a person types when this command asks."""
        match line.split():
            case ["kexin", "operators", "create", login, *_]:
                number, password = PERSONS[login]
                return f"{number_with_check(number)}\n{password}\n"
            case ["kexin", "login", "--login", login]:
                self.login = login
                return self.proof()
            case ["kexin", "institutions", "propose" | "publish", *_]:
                return self.proof()
            case ["kexin", "trust", "key" | "sign", *_]:
                return f"{KEY_PASSPHRASE}\n"
        return ""

    def proof(self) -> str:
        step = max(totp.step(clock.system()), self.used.get(self.login, 0) + 1)
        self.used[self.login] = step
        return f"{PERSONS[self.login][1]}\n{totp.code(self.seeds[self.login], step)}\n"

    def note(self, line: str, said: str) -> None:
        if line.startswith("kexin operators create"):
            secret = re.findall(r"secret=([A-Z2-7]+)", said)[0]
            self.seeds[line.split()[3]] = base64.b32decode(secret)
        if line.startswith("kexin institutions create"):
            self.ids += re.findall("inst_[0-9A-Z]+", said)[:1]


def number_with_check(number: str) -> str:
    """Return an ID number with the check character that it should have (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return number[:17] + "10X98765432"[total % 11]


@contextmanager
def chain(kexin: Kexin) -> Iterator[str]:
    binary = dev_chain.binary()
    if binary is None:
        pytest.skip("anvil is not installed: make setup")
    with dev_chain.running(binary, kexin.folder / "chain", dev_chain.free_port()) as url:
        yield url


@pytest.mark.component
@pytest.mark.slow
def test_a_node_starts_as_the_page_says(kexin: Kexin) -> None:
    rounds = master.create_master.__kwdefaults__ or {}
    kexin.monkeypatch.setitem(rounds, "rounds", master.FEWEST_ROUNDS)
    kexin.monkeypatch.chdir(kexin.folder)
    files.replace(kexin.folder / "unseal", f"{PASSPHRASE}\n".encode())
    files.replace(kexin.folder / "admin.key", b"11" * 32)
    kexin.monkeypatch.setenv("KEXIN_UNSEAL_FILE", str(kexin.folder / "unseal"))
    kexin.monkeypatch.setenv("KEXIN_NODE_NAME", "kexin.zhongyuan.example")
    with few_rounds(), chain(kexin) as url:
        kexin.monkeypatch.setenv("KEXIN_CHAIN_URLS", url)
        operator = Operator(kexin, url)
        said = {line: operator.follow(line) for line in steps()}
    assert "alarms" in said["kexin health"]
    assert "✗" not in said["kexin log audit"]
    [shown] = [text for line, text in said.items() if line == "kexin trust show"]
    assert "kexin.zhongyuan.example" in shown
