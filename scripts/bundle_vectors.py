"""Build tests/vectors/bundles: files, trust lists and packs, with the verdict on each.

    python scripts/bundle_vectors.py             build what changed, write the rest as it is
    python scripts/bundle_vectors.py --check     write nothing; exit 1 if anything would change

The cases are defined in tests/services/evidence/corpus. SM2 signatures are random, so those that
were made are kept in signatures.json: a case that did not change stays the same byte for byte.
The expected verdicts are computed by the Python verifier; each case says besides, by hand, which
reason it is about, and the build stops where that does not come out.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crypto import canonical, sm2, sm3  # noqa: E402
from crypto.errors import InvalidEncoding  # noqa: E402
from crypto.jws import b64u, unb64u  # noqa: E402
from crypto.keys import PrivateKey  # noqa: E402
from identity import instants, status_pack, trust_list, trust_root  # noqa: E402
from identity.errors import InvalidTrust  # noqa: E402
from identity.trust_list import Seen, TrustList  # noqa: E402
from ledger.evidence import Level  # noqa: E402
from services.evidence.verdict import NoTrust, Verdict, verify  # noqa: E402

FOLDER = ROOT / "tests" / "vectors" / "bundles"
SIGNATURES = FOLDER / "signatures.json"
NOT_MADE = {"README.md"}

Signer = Callable[..., bytes]


class Recorder:
    """Signs each message once for ever: what was signed before is looked up."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = dict(known)
        self._used: dict[str, str] = {}
        self._sign_e = sm2.sign_e

    def sign(self, private: PrivateKey, message: bytes, *, ident: bytes = sm2.DEFAULT_ID) -> bytes:
        """Stand where sm2.sign does."""
        e = sm2.e_value(private.public, message, ident=ident)
        return self._once(b"message", private, message, lambda: self._sign_e(private, e))

    def sign_e(self, private: PrivateKey, e: bytes) -> bytes:
        """Stand where sm2.sign_e does."""
        return self._once(b"digest", private, e, lambda: self._sign_e(private, e))

    def _once(
        self, kind: bytes, private: PrivateKey, message: bytes, sign: Callable[[], bytes]
    ) -> bytes:
        label = b64u(sm3.digest(kind + b"\0" + private.public.xy + message))
        if label not in self._known:
            self._known[label] = b64u(sign())
        self._used[label] = self._known[label]
        return unb64u(self._known[label])

    def to_json(self) -> bytes:
        """Return the file of the signatures that were asked for."""
        return _json({label: self._used[label] for label in sorted(self._used)})


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the folder holds: every file by its name."""

    files: dict[str, bytes]


def build() -> Corpus:
    """Build everything in memory."""
    known = json.loads(SIGNATURES.read_text("utf-8")) if SIGNATURES.exists() else {}
    recorder = Recorder(known)
    sm2.sign, sm2.sign_e = recorder.sign, recorder.sign_e
    # Only now: these modules sign while they are loaded.
    from tests.services.evidence import world
    from tests.services.evidence.corpus import altered, case, facts, form, paper, trust

    files = {"root.json": world.ROOT.to_bytes()}
    files |= {f"lists/{name}.json": data for name, data in trust.lists().items()}
    files |= {f"packs/{name}.kexin-pack.json": data for name, data in trust.packs().items()}
    cases = [*form.cases(), *facts.cases(), *paper.cases()]
    listed: list[dict[str, Any]] = []
    by_data: dict[bytes, str] = {}
    for each in cases:
        name = by_data.setdefault(each.data, f"files/{each.name}.{each.suffix}")
        files[name] = each.data
        listed.append(_row(each.name, each.about, name, _terms(each), files))
        _check_about(each.expects, listed[-1])
    for splice in altered.splices():
        shown = {"at": splice.at, "remove": splice.remove, "insert": splice.insert.hex()}
        about = f"One byte of the part {splice.name.rpartition('-')[0]}"
        name = f"altered-{splice.name}"
        row = _row(name, about, by_data[case.RIGHT], Terms(), files, shown)
        if row["expect"]["result"] == "valid":
            raise SystemExit(f"{name} is valid")
        listed.append(row)
    _check_names(listed)
    files["cases.json"] = b"[\n" + b",\n".join(map(_line, listed)) + b"\n]\n"
    files["signatures.json"] = recorder.to_json()
    return Corpus(files)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a case is judged, by the names of files."""

    trust: str | None = "current"
    seen: str | None = None
    packs: tuple[str, ...] = ()
    now: str = "2026-11-24T04:00:00Z"
    as_of: str | None = None
    require: str | None = None


def _terms(case: Any) -> Terms:
    as_of = instants.write(case.as_of) if isinstance(case.as_of, datetime) else case.as_of
    return Terms(case.trust, case.seen, case.packs, instants.write(case.now), as_of, case.require)


def _row(
    name: str,
    about: str,
    file: str,
    terms: Terms,
    files: Mapping[str, bytes],
    splice: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": name,
        "about": about,
        "file": file,
        "splice": splice,
        "trust": terms.trust and f"lists/{terms.trust}.json",
        "seen": _seen(files, terms.seen),
        "packs": [f"packs/{each}.kexin-pack.json" for each in terms.packs],
        "now": terms.now,
        "as_of": terms.as_of,
        "require": terms.require,
    }
    return {**row, "expect": expected(judge(row, files.__getitem__))}


def _seen(files: Mapping[str, bytes], name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    document: Any = canonical.loads(files[f"lists/{name}.json"])
    payload: Any = canonical.loads(unb64u(document["payload"]))
    return {"digest": b64u(trust_list.digest(document)), "seq": payload["seq"]}


def content(row: Mapping[str, Any], read: Callable[[str], bytes]) -> bytes:
    """Return the bytes that a case is about."""
    data, splice = read(row["file"]), row["splice"]
    if splice is None:
        return data
    rest = data[splice["at"] + splice["remove"] :]
    return data[: splice["at"]] + bytes.fromhex(splice["insert"]) + rest


def trust_of(row: Mapping[str, Any], read: Callable[[str], bytes]) -> TrustList | NoTrust:
    """Return the trust list of a case, or why there is none."""
    if row["trust"] is None:
        return NoTrust("trust_list_missing")
    root = trust_root.parse(read("root.json"))
    seen = row["seen"] and Seen(row["seen"]["seq"], unb64u(row["seen"]["digest"]))
    try:
        document = canonical.loads(read(row["trust"]))
        return trust_list.open(document, root, now=instants.read(row["now"]), seen=seen)
    except InvalidTrust as error:
        return NoTrust(error.code)
    except InvalidEncoding:
        return NoTrust("trust_list_unreadable")


def judge(row: Mapping[str, Any], read: Callable[[str], bytes]) -> Verdict:
    """Return the Python verifier's verdict on a case."""
    as_of = row["as_of"]
    return verify(
        content(row, read),
        trust=trust_of(row, read),
        now=instants.read(row["now"]),
        as_of=as_of if as_of in (None, "bundle") else instants.read(as_of),
        require=Level.of(row["require"]) if row["require"] else None,
        packs=[status_pack.parse(read(each)) for each in row["packs"]],
    )


def expected(verdict: Verdict) -> dict[str, Any]:
    """Return what is kept of a verdict: everything but the texts for people."""
    shown: Any = verdict.to_json()
    members = ("code", "result", "reason", "evidence", "at")
    return {
        "result": shown["result"],
        "state": verdict.state,
        "current": shown["current"],
        "as_of": shown["as_of"],
        "checks": [{name: each[name] for name in members} for each in shown["checks"]],
        "credential": shown["credential"],
    }


def _check_about(expects: str, row: Mapping[str, Any]) -> None:
    reasons = [f"{each['code']}.{each['reason']}" for each in row["expect"]["checks"]]
    if expects not in reasons:
        raise SystemExit(f"{row['name']} is not about {expects}: {' '.join(reasons)}")


def _check_names(listed: list[dict[str, Any]]) -> None:
    names = [each["name"] for each in listed]
    if len(set(names)) != len(names):
        raise SystemExit("two cases have one name")


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=0).encode() + b"\n"


def kept() -> Iterator[tuple[str, Path]]:
    """Yield what lies in the folder."""
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.name not in NOT_MADE:
            yield path.relative_to(FOLDER).as_posix(), path


def main() -> int:
    """Do what the command line asks; return the exit code."""
    corpus = build()
    lying = dict(kept())
    stale = sorted(
        {name for name in lying if name not in corpus.files}
        | {
            name
            for name, data in corpus.files.items()
            if name not in lying or lying[name].read_bytes() != data
        }
    )
    print(*stale, sep="\n", end="\n" if stale else "")
    if "--check" in sys.argv:
        return 1 if stale else 0
    for name in stale:
        path = FOLDER / name
        if name in corpus.files:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(corpus.files[name])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
