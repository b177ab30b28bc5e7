"""`kexin verify`, as a person and as a script call it."""

import errno
import io
import json
import os
import resource
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from click.testing import CliRunner, Result

from crypto import canonical, selftest
from crypto.errors import CryptoUnavailable
from identity import trust_list
from services.evidence import bundle, command
from services.evidence.command import verify
from services.evidence.verdict import Outcome
from services.platform import clock
from tests.services.evidence import world
from tests.services.evidence.world import NOON

ROOT = Path(__file__).parents[3]
TEXT = world.sd_jwt()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's machine at NOON: root and list under KEXIN_HOME, three files to judge."""
    trust = tmp_path / "trust"
    trust.mkdir()
    (trust / "root.json").write_bytes(world.ROOT.to_bytes())
    (trust / "list.json").write_bytes(canonical.dumps(world.trust_document()))
    (tmp_path / "good.kexin.json").write_bytes(world.bundle_bytes(TEXT))
    (tmp_path / "bad.kexin.json").write_bytes(world.bundle_bytes(TEXT).replace(b"index", b"indez"))
    (tmp_path / "alone.txt").write_text(TEXT)
    monkeypatch.setenv("KEXIN_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setattr(clock, "system", lambda: NOON)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verify, [*arguments], prog_name="kexin verify")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (["good.kexin.json"], 0),
        (["good.kexin.json", "good.kexin.json"], 0),
        (["good.kexin.json", "alone.txt"], 3),
        (["alone.txt", "bad.kexin.json", "good.kexin.json"], 1),
    ],
)
@pytest.mark.usefixtures("folder")
def test_the_exit_code_tells_the_worst(files: list[str], code: int) -> None:
    assert run("--offline", *files).exit_code == code


@pytest.mark.usefixtures("folder")
def test_people_read_chinese_with_an_english_line() -> None:
    shown = run("--offline", "good.kexin.json").stdout

    assert shown.splitlines()[:6] == [
        "good.kexin.json",
        "✓ 真实有效。",
        "  Genuine and valid.",
        f"  荣誉证书 {world.NUMBER}",
        "  郑州市示范高级中学 0371-66880000",
        "  姓名: 阿依古丽·买买提",
    ]
    assert "  ✓ 签名 [通过] 内容与签发时一字不差，签名是签发单位的。" in shown.splitlines()


@pytest.mark.usefixtures("folder")
def test_people_read_english_where_their_locale_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")

    lines = run("--offline", "alone.txt").stdout.splitlines()

    assert lines[1].startswith("? Could not be established")
    assert "  ? Log [unknown] No proof of the log came with it." in lines
    assert "      → Ask the holder for the whole bundle." in lines


def test_the_name_of_a_file_cannot_command_the_terminal(folder: Path) -> None:
    name = "a\x1b[2J.json"
    (folder / name).write_bytes(b"{}")

    shown = run("--offline", name).stdout

    assert shown.splitlines()[:2] == [
        "a?[2J.json",
        "✗ 无效：至少有一项检查不通过，请勿采信。",
    ]


def test_a_contest_shows_its_sentence(folder: Path) -> None:
    (folder / "contest.json").write_bytes(world.bundle_bytes(world.contest()))

    assert "  不作为中小学招生入学依据" in run("--offline", "contest.json").stdout.splitlines()


@pytest.mark.usefixtures("folder")
def test_scripts_read_one_verdict_a_line() -> None:
    shown = run("--offline", "--json", "good.kexin.json", "bad.kexin.json").stdout

    lines: list[dict[str, Any]] = [json.loads(line) for line in shown.splitlines()]
    assert [(line["file"], line["result"]) for line in lines] == [
        ("good.kexin.json", "valid"),
        ("bad.kexin.json", "invalid"),
    ]
    assert lines[0]["format"] == "kexin/verdict/v1"


@pytest.mark.usefixtures("folder")
def test_offline_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.evidence.fetching._fetch", lambda *_: pytest.fail("asked"))

    assert run("--offline", "good.kexin.json").exit_code == 0


@pytest.mark.usefixtures("folder")
def test_online_the_node_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        world.STATUS.uri: world.signed_list().encode(),
        f"{world.RECORDS_URL}/{world.SCHOOL}": bundle.build_issuer(world.registry_part()),
    }
    monkeypatch.setattr("services.evidence.fetching._fetch", lambda url, *_: answers.get(url))

    assert run("good.kexin.json").exit_code == 0
    answers.clear()
    assert run("good.kexin.json").exit_code == 3


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--require", "receipt"], 0),
        (["--require", "live"], 3),
        (["--as-of", "bundle"], 0),
        (["--as-of", "2026-11-24T03:30:00Z"], 0),
        (["--as-of", "2026-11-24T11:30:00+08:00"], 0),
        (["--as-of", "2026-11-24T01:00:00Z"], 1),
        (["--as-of", "2026-11-24T05:00:00Z"], 2),
        (["--as-of", "2026-11-24T03:30:00"], 2),
        (["--as-of", "yesterday"], 2),
        (["--as-of", "0001-01-01T00:00:00+23:59"], 2),
        (["--require", "more"], 2),
        (["--root", "nowhere.json"], 2),
        (["--trust", "nowhere.json"], 2),
    ],
)
@pytest.mark.usefixtures("folder")
def test_options(options: list[str], code: int) -> None:
    result = run("--offline", *options, "good.kexin.json")

    assert result.exit_code == code, result.output


def test_root_and_list_can_be_named(folder: Path) -> None:
    for name in ("root.json", "list.json"):
        (folder / "trust" / name).rename(folder / name)

    assert run("--offline", "good.kexin.json").exit_code == 2
    assert run("--offline", "--root", "root.json", "good.kexin.json").exit_code == 0
    (folder / "list.json").rename(folder / "other.json")
    assert run("--offline", "--root", "root.json", "good.kexin.json").exit_code == 3
    named = ("--root", "root.json", "--trust", "other.json")
    assert run("--offline", *named, "good.kexin.json").exit_code == 0


def test_without_a_root_the_way_out_is_told(folder: Path) -> None:
    (folder / "trust" / "root.json").unlink()

    result = run("--offline", "good.kexin.json")

    assert result.exit_code == 2
    assert "请用 --root 指定" in result.stderr
    assert result.stdout == ""


def test_no_file_and_a_missing_file_are_wrong_usage(folder: Path) -> None:
    assert run().exit_code == 2
    assert run(str(folder / "nowhere")).exit_code == 2
    assert run(str(folder)).exit_code == 2


@pytest.mark.usefixtures("folder")
def test_an_older_list_is_noticed_the_second_time(folder: Path) -> None:
    first = (folder / "trust" / "list.json").read_bytes()
    document = canonical.loads(first)
    newer = world.trust_document(seq=3, previous=trust_list.digest(document))

    assert run("--offline", "good.kexin.json").exit_code == 0
    (folder / "trust" / "list.json").write_bytes(canonical.dumps(newer))
    assert run("--offline", "good.kexin.json").exit_code == 0
    (folder / "trust" / "list.json").write_bytes(first)
    result = run("--offline", "--json", "good.kexin.json")
    assert result.exit_code == 3
    assert "trust_list_rollback" in result.stdout


@pytest.mark.usefixtures("folder")
def test_cryptography_that_fails_its_self_test_verifies_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_names: object) -> None:
        raise CryptoUnavailable("selftest_failed")

    monkeypatch.setattr(selftest, "require", fails)

    result = run("--offline", "good.kexin.json")

    assert result.exit_code == 2
    assert "selftest_failed" in result.stderr


@pytest.mark.usefixtures("folder")
def test_a_huge_file_is_not_read(folder: Path) -> None:
    with (folder / "huge.json").open("wb") as file:
        file.truncate(10**10)

    result = run("--offline", "--json", "huge.json")

    assert result.exit_code == 1


@pytest.fixture
def two_days_later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same machine when every assertion has expired, with a pack that was just made."""
    now = NOON + timedelta(days=2)
    monkeypatch.setattr(clock, "system", lambda: now)
    (folder / "today.kexin-pack.json").write_bytes(world.pack(now=now))
    return folder


def test_three_hundred_good_files_are_valid_offline_with_a_fresh_pack(
    two_days_later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.evidence.fetching._fetch", lambda *_: pytest.fail("asked"))
    texts = [world.sd_jwt(random=world.Numbers(f"pupil {each}")) for each in range(6)]
    bundles = [world.bundle_bytes(text) for text in texts]
    names = [f"{each}.kexin.json" for each in range(300)]
    for number, name in enumerate(names):
        (two_days_later / name).write_bytes(bundles[number % len(bundles)])

    assert run("--offline", "--json", *names).exit_code == 3
    assert run("--pack", "today.kexin-pack.json", "--json", *names).exit_code == 0


def test_a_pack_can_bring_the_trust_list_along(two_days_later: Path) -> None:
    now = NOON + timedelta(days=2)
    (two_days_later / "trust" / "list.json").unlink()
    (two_days_later / "p").write_bytes(world.pack(now=now, trust=world.trust_document()))

    assert run("--pack", "p", "good.kexin.json").exit_code == 0
    assert run("--pack", "today.kexin-pack.json", "good.kexin.json").exit_code == 3
    both = ("--pack", "p", "--pack", "today.kexin-pack.json")
    assert run(*both, "good.kexin.json").exit_code == 0


@pytest.mark.usefixtures("folder")
def test_what_is_no_pack_is_wrong_usage() -> None:
    result = run("--pack", "good.kexin.json", "good.kexin.json")

    assert result.exit_code == 2
    assert "不是状态包" in result.stderr


def test_outcomes_add_up() -> None:
    valid, invalid, unknown = Outcome.VALID, Outcome.INVALID, Outcome.UNDETERMINED
    assert command.exit_code([]) == 0
    assert command.exit_code([valid, unknown, invalid]) == 1
    assert command.exit_code([valid, unknown]) == 3


HEAVY = {
    "alembic",
    "eth_account",
    "fastapi",
    "httpx",
    "jinja2",
    "openpyxl",
    "pikepdf",
    "psycopg",
    "pydantic",
    "pydantic_settings",
    "pypdf",
    "rich",
    "sqlalchemy",
    "starlette",
    "web3",
}

VERIFY = "from services.evidence.command import verify\n"


@pytest.fixture
def today(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same machine by the real clock; return a bundle that is valid now."""
    monkeypatch.undo()
    monkeypatch.setenv("KEXIN_HOME", str(folder))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("PYTHONUTF8", "1")
    now = clock.system()
    document = world.trust_document(
        issued_at=now - timedelta(days=1), next_update=now + timedelta(days=30)
    )
    (folder / "trust" / "list.json").write_bytes(canonical.dumps(document))
    status = world.assertion(
        TEXT, issued_at=now - timedelta(hours=1), expires_at=now + timedelta(hours=1)
    )
    path = folder / "now.kexin.json"
    path.write_bytes(world.bundle_bytes(TEXT, status=status))
    return path


def as_process(
    code: str, *arguments: str, stdout: IO[bytes] | int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", VERIFY + code, *arguments],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_process_loads_nothing_heavy(today: Path) -> None:
    code = (
        "import sys\ntry:\n    verify()\nexcept SystemExit as end:\n"
        "    print(end.code, *sorted({name.split('.')[0] for name in sys.modules}))"
    )

    done = as_process(code, "--offline", "--json", str(today))

    exit_code, *loaded = done.stdout.splitlines()[-1].split()
    assert exit_code == "0", done.stdout + done.stderr
    assert not set(loaded) & HEAVY


@pytest.mark.parametrize("form", [["--json"], []])
def test_a_full_disk_is_no_verdict(today: Path, form: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = as_process("verify()", "--offline", *form, str(today), stdout=full)
    assert done.returncode == 2
    assert done.stderr.startswith("结论写不出去（No space left on device）")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_who_goes_away_is_no_verdict_and_no_news(today: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = as_process("verify()", "--offline", str(today), stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (2, "")


@pytest.mark.parametrize(("number", "lines"), [(errno.ENOSPC, 1), (errno.EPIPE, 0)])
@pytest.mark.usefixtures("folder")
def test_an_output_that_is_refused_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, number: int, lines: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(command, "_print", refuse)
    done = run("--offline", "good.kexin.json")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, lines)


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_read_to_its_end_is_no_verdict(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    path = folder / "good.kexin.json"
    was = Path.open

    def opened(self: Path, *args: Any, **kwargs: Any) -> Any:
        return Broken() if self.name == path.name else was(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", opened)
    done = run("--offline", str(path))
    assert done.exit_code == 2
    assert (done.stdout, str(path) in done.stderr) == ("", True)
    assert "Input/output error" in done.stderr


def test_a_process_answers_in_a_third_of_a_second(today: Path) -> None:
    """Counted in processor time, the best of several: offline it waits for nothing else, and the
    machine may be busy, the program may not."""
    took = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = as_process("verify()", "--offline", str(today))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0, done.stdout + done.stderr
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.3, took


@pytest.mark.usefixtures("folder")
def test_what_is_wrong_with_the_call_is_told_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "时间不能在将来。 · The instant" in (
        run("--as-of", "2026-11-25T00:00:00Z", "good.kexin.json").stderr
    )
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    stderr = run("--as-of", "2026-11-25T00:00:00Z", "good.kexin.json").stderr
    assert "The instant lies in the future." in stderr
    assert "时间" not in stderr
