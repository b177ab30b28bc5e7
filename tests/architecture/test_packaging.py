"""Both ways to install: a wheel, and this folder as it stands; side by side with pycryptodome.

Each test has an environment of its own. What Kexin depends on is lent to it by a path file, so
nothing is fetched.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture import tree

pytestmark = pytest.mark.slow
LENT = Path(sysconfig.get_paths()["purelib"])
SIDE_BY_SIDE = (
    "import json, crypto.sm3, Crypto, identity.codes, ledger.merkle, services.platform.texts;"
    "print(json.dumps([crypto.__file__, Crypto.__file__]))"
)


@dataclass(frozen=True, slots=True)
class Environment:
    """A new virtual environment, and a folder that is not the repository to work from."""

    home: Path
    elsewhere: Path

    @property
    def site(self) -> Path:
        return next(self.home.glob("lib/python3*/site-packages"))

    def lend(self) -> None:
        (self.site / "lent.pth").write_text(f"{LENT}\n", "utf-8")

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [str(self.home / "bin" / command[0]), *command[1:]],
            cwd=self.elsewhere,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pip(self, *arguments: str) -> None:
        """Run the developer's pip for this environment."""
        command = [sys.executable, "-m", "pip", "--python", str(self.home / "bin" / "python")]
        subprocess.run(
            [*command, "--disable-pip-version-check", "--quiet", *arguments],
            cwd=self.elsewhere,
            capture_output=True,
            check=True,
        )


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    venv.create(tmp_path / "venv", with_pip=False)
    (tmp_path / "elsewhere").mkdir()
    return Environment(tmp_path / "venv", tmp_path / "elsewhere")


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    options = ["--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    subprocess.run([*command, *options, str(tree.ROOT)], check=True, capture_output=True)
    return next(tmp_path.glob("kexin-*.whl"))


def test_the_wheel_holds_the_four_folders_and_the_path_to_them(wheel: Path) -> None:
    packed = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    metadata = {path for path in packed if path.parts[0].endswith(".dist-info")}
    house = {Path("_kexin") / path for path in tree.files() if path.parts[0] in tree.HOUSE}
    assert packed - metadata == house | {Path("kexin.pth")}
    assert any(path.name == "LICENSE" for path in metadata)


def test_an_installed_wheel_works_from_anywhere_and_goes_again(
    environment: Environment, wheel: Path
) -> None:
    before = set(environment.site.iterdir())
    environment.pip("install", "--no-deps", "--no-index", str(wheel))
    added = {path.name for path in set(environment.site.iterdir()) - before}
    assert {name for name in added if not name.endswith(".dist-info")} == {"_kexin", "kexin.pth"}

    environment.lend()
    ours, theirs = json.loads(environment.run("python", "-c", SIDE_BY_SIDE))
    assert Path(ours) == environment.site / "_kexin" / "crypto" / "__init__.py"
    assert Path(theirs).parent == LENT / "Crypto"
    assert environment.run("kexin", "--version").startswith("kexin")

    (environment.site / "lent.pth").unlink()
    environment.pip("uninstall", "--yes", "kexin")
    left = [*environment.home.glob("lib/**/*.p*"), *environment.home.glob("bin/kexin")]
    assert not left


def test_an_editable_install_uses_this_folder(environment: Environment) -> None:
    environment.lend()
    options = ["--no-deps", "--no-build-isolation", "--no-index"]
    environment.pip("install", *options, "--editable", str(tree.ROOT))
    ours, theirs = json.loads(environment.run("python", "-c", SIDE_BY_SIDE))
    assert Path(ours) == tree.ROOT / "crypto" / "__init__.py"
    assert Path(theirs).parent == LENT / "Crypto"
    assert environment.run("kexin", "--version").startswith("kexin")
