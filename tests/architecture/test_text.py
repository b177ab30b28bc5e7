"""The tree can be built anywhere: no registry's address, no path of somebody's machine."""

import json
import re

import pytest

from tests.architecture import tree

# written in pieces, so that this file does not hold what it looks for
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "npmjs" + ".", "golang" + ".org"]
HOSTS += ["crates" + ".io", "maven" + ".org", "debian" + ".org"]
MACHINE = re.compile(r"(?<![\w.>)\]-])/(root|work)/")
LOCKS = sorted(path.name for path in tree.ROOT.glob("requirements*.lock"))
NPM_LOCKS = [path.as_posix() for path in tree.files() if path.name == "package-lock.json"]
PINNED = re.compile(r"^[a-z0-9][a-z0-9._-]*(\[[a-z0-9,-]+\])?==[^\s;]+( ; .+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def test_no_file_names_a_registry() -> None:
    found = [
        f"{path}: {host}" for path, text in tree.texts() for host in HOSTS if host in text.lower()
    ]
    assert not found, "where packages come from is set on the machine, not here"


def test_no_file_names_a_machine() -> None:
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path, text in tree.texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE.search(line)
    ]
    assert not found, "paths are relative to the repository or come from a setting"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_versions_and_hashes_and_nothing_else(name: str) -> None:
    lines = (tree.ROOT / name).read_text("utf-8").splitlines()
    assert lines
    strange = [line for line in lines if not PINNED.match(line) and not HASH.match(line)]
    assert not strange


def test_the_locks_agree() -> None:
    versions: dict[str, set[str]] = {}
    for name in LOCKS:
        for line in (tree.ROOT / name).read_text("utf-8").splitlines():
            if PINNED.match(line):
                package, _, version = line.removesuffix(" \\").partition("==")
                versions.setdefault(package, set()).add(version)
    assert not {package for package, each in versions.items() if len(each) > 1}


@pytest.mark.parametrize("name", NPM_LOCKS)
def test_a_lock_of_npm_pins_hashes_and_holds_no_address(name: str) -> None:
    lock = json.loads((tree.ROOT / name).read_text("utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert packages
    assert not [name for name, each in packages.items() if "resolved" in each]
    assert not [name for name, each in packages.items() if "integrity" not in each]
    assert "://" not in json.dumps(packages)
