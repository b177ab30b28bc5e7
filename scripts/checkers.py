"""Fetch the checkers of PDFs by other people that the tests ask: `python -m scripts.checkers`.

Programs   qpdf, pdffonts, pdfdetach and pdfsig: by apt-get, as root on Debian and Ubuntu
veraPDF    by Maven, where Java and Maven are: scripts/verapdf/pom.xml says which, and every file
           of it is pinned by hash in scripts/verapdf/jars.lock. Where its files lie is left in
           .make/verapdf.classpath
Without    them nothing stops: the tests judge a page by rules of their own
           (tests/services/honours/paper/archival.py), and say nothing of what was not asked
Output     on stderr

`python -m scripts.checkers --lock` writes jars.lock anew, for a new version of veraPDF.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

from scripts import bootstrap

FOLDER = bootstrap.ROOT / "scripts" / "verapdf"
LOCK = FOLDER / "jars.lock"
CLASSPATH = bootstrap.ROOT / ".make" / "verapdf.classpath"
PROGRAMS = {"qpdf": "qpdf", "pdffonts": "poppler-utils"}
GOAL = "org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath"
FETCH_SECONDS = 300


def main(arguments: list[str]) -> int:
    """Fetch what is missing; say what cannot be had, and go on."""
    for program, package in PROGRAMS.items():
        if shutil.which(program) is None:
            bootstrap.apt_get_install(package, why="the tests let it look at our PDFs")
    try:
        _set_up_verapdf(anew="--lock" in arguments)
    except bootstrap.SetUpError as error:
        CLASSPATH.unlink(missing_ok=True)
        bootstrap.say(f"going on without veraPDF: {error}")
    return 0


def _set_up_verapdf(*, anew: bool) -> None:
    """Leave the class path of a veraPDF whose every file has its pinned hash."""
    if shutil.which("java") is None or shutil.which("mvn") is None:
        raise bootstrap.SetUpError("there is no Java or no Maven here")
    if not anew and CLASSPATH.exists() and _matches(CLASSPATH):
        return
    beside = CLASSPATH.with_suffix(".new")
    beside.parent.mkdir(exist_ok=True)
    bootstrap.say("asking Maven for veraPDF (19 MB)")
    command = ["mvn", "-q", "-B", "-f", str(FOLDER / "pom.xml"), GOAL]
    bootstrap.run([*command, f"-Dmdep.outputFile={beside}"], seconds=FETCH_SECONDS)
    if anew:
        LOCK.write_text(_hashes(beside), "utf-8")
    if not _matches(beside):
        raise bootstrap.SetUpError("a file of it is not the one that is pinned")
    beside.replace(CLASSPATH)


def _matches(classpath: Path) -> bool:
    try:
        return _hashes(classpath) == LOCK.read_text("utf-8")
    except OSError:
        return False


def _hashes(classpath: Path) -> str:
    """Return a line for each file: its SHA-256 and its name, in the order of the names."""
    paths = (Path(each) for each in classpath.read_text("utf-8").strip().split(":"))
    named = sorted((each.name, hashlib.sha256(each.read_bytes()).hexdigest()) for each in paths)
    return "".join(f"{digest}  {name}\n" for name, digest in named)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
