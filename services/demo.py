"""The demo's world: an authority, two schools, their people, the trust root and its list.

Made by the same functions that people's commands call. Everything asks first whether it is
there, so a run that ended anywhere, killed or not, is gone on with: same data, nothing doubled.

Files      home/demo/sign-ins.json and *.pem (0600): passwords, TOTP seeds, keys of the trust root
Errors     Conflict demo_secrets_lost; those of the functions that are called

Nothing of this is for production: what only persons should know stands in files here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from crypto import entropy, pkcs8, sm2
from crypto.jws import b64u, unb64u
from crypto.keys import PrivateKey
from crypto.provider import Use
from identity import issuer
from identity.credential_types import HONOUR
from identity.factors import totp
from identity.levels import InstitutionKind, Role
from identity.trust_nodes import Title
from ledger.chain import Chain
from services.accounts import counters, operators, sign_in
from services.accounts import queries as accounts_queries
from services.accounts.operators import NODE, NewOperator, Operator
from services.authority import lists as revocation_lists
from services.authority import own
from services.platform import files
from services.platform.errors import Conflict
from services.platform.work import Runtime, Work
from services.registry import institutions, keys, records, trust
from services.registry import queries as registry_queries
from services.registry.institutions import NewAccreditation, NewInstitution
from services.registry.trust import Wishes
from services.verification import downloads

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
NODE_NAME = "demo.kexin.example"
REGION = "419900"
AWARD_ON = "2026-06-01"
_CODE_SECONDS = 20
"""So long a code must still count after it was given out."""
OPERATORS = ("kexin-root-1", "kexin-root-2", "kexin-root-3")
"""Names of the operators whose keys are the trust root."""


@dataclass(frozen=True, slots=True)
class School:
    """One institution of the demo and what it issues."""

    key: str
    kind: InstitutionKind
    name_zh: str
    name_en: str
    code: str
    telephone: str
    roster: str = ""
    programme: str = ""
    category: str = ""
    awards: tuple[str, ...] = ()


AUTHORITY = School(
    "authority",
    InstitutionKind.CITY,
    "中原市教育局（示范）",
    "Zhongyuan Education Bureau (demo)",
    "0000" + REGION,
    "0371-12345678",
)
SCHOOLS = (
    School(
        "school-a",
        InstitutionKind.SCHOOL,
        "中原市明德中学（示范）",
        "Mingde Middle School (demo)",
        "3141000001",
        "0371-12340001",
        "school-a.xlsx",
        "2025—2026 学年校级表彰",
        "comprehensive",
        ("三好学生", "优秀学生干部"),
    ),
    School(
        "school-b",
        InstitutionKind.SCHOOL,
        "中原市桐柏路小学（示范）",
        "Tongbai Road Primary School (demo)",
        "2141000001",
        "0371-12340002",
        "school-b.csv",
        "2026 年校园科技节",
        "science",
        ("科技创新奖",),
    ),
)


@dataclass(frozen=True, slots=True)
class People:
    """The demo's operators and their secrets, by login name."""

    secrets: Mapping[str, Mapping[str, str]] = field(repr=False)

    def code(self, login: str, runtime: Runtime) -> str:
        """Return a code that this operator has not used yet, as his telephone shows it."""
        return totp.code(unb64u(self.secrets[login]["seed"]), _next_step(runtime, login))

    def fresh_code(self, login: str, runtime: Runtime) -> str:
        """Return such a code that counts now, waiting for one: a minute at most."""
        pause = Event()
        while _next_step(runtime, login) > totp.step(runtime.clock()) + totp.WINDOW:
            pause.wait(1)
        return self.code(login, runtime)

    def password(self, login: str) -> str:
        """Return an operator's password."""
        return self.secrets[login]["password"]


def secrets_file(home: Path) -> Path:
    """Return where the operators' secrets stand."""
    return home / "demo" / "sign-ins.json"


def read_people(runtime: Runtime) -> People:
    """Return the demo's operators."""
    try:
        return People(json.loads(secrets_file(runtime.settings.home).read_text("utf-8")))
    except FileNotFoundError:
        return People({})


def ensure_people(runtime: Runtime) -> People:
    """Make the registrars of the node, once."""
    grants = ((Role.REGISTRAR, NODE), (Role.AUDITOR, NODE))
    orders = [
        _order(f"registrar-{number}", f"登记员{number}", number - 1, grants) for number in (1, 2)
    ]
    return _ensure_operators(runtime, orders)


def ensure_school_people(runtime: Runtime, ids: Mapping[str, str]) -> People:
    """Make a preparer and an approver for each school, once."""
    titles = {Role.PREPARER: "经办人", Role.APPROVER: "审批人"}
    pairs = [(school, role) for school in SCHOOLS for role in titles]
    orders = [
        _order(
            f"{school.key}-{role.value}",
            f"{titles[role]}{number}",
            number,
            ((role, ids[school.key]),),
        )
        for number, (school, role) in enumerate(pairs, start=10)
    ]
    return _ensure_operators(runtime, orders)


def ensure_institutions(runtime: Runtime, people: People) -> dict[str, str]:
    """Make authority and schools with keys, accreditations and records; return ids by key."""
    ids = _known_institutions(runtime)
    first = operator(runtime, "registrar-1")
    for each in (AUTHORITY, *SCHOOLS):
        if each.key not in ids:
            with runtime.writing() as work:
                ids[each.key] = _create(work, first, each, ids.get("authority"))
    with runtime.reading() as work:
        bare = [
            institution_id
            for institution_id in ids.values()
            if registry_queries.newest_record(work.session, institution_id) is None
        ]
        waiting = {row["institution_id"] for row in registry_queries.drafts(work.session)}
    fresh = [institution_id for institution_id in bare if institution_id not in waiting]
    for login, act, chosen in (
        ("registrar-1", records.propose, fresh),
        ("registrar-2", records.publish, bare),
    ):
        if chosen:
            _sign_records(runtime, people, login, act, chosen)
    return ids


def ensure_authority(runtime: Runtime) -> None:
    """Make the node's own certification authority, once, and its first lists."""
    registrar = operator(runtime, "registrar-1")
    with runtime.writing() as work:
        if not own.exists(work):
            own.init(work, registrar)
    revocation_lists.publish(runtime)


def ensure_trust(runtime: Runtime, chain: Chain) -> None:
    """Make the trust root, and sign a list whenever the registry says something new.

    The offline page holds the root and is read under a list, so a later list vouches for it.
    """
    folder = runtime.settings.trust_folder
    private = [_root_key(runtime, name) for name in OPERATORS]
    if not (folder / trust.ROOT).exists():
        public = [key.public for key in private]
        trust.make_root(folder, name="Kexin demo", keys=public, now=runtime.clock())
    _ensure_list(runtime, chain, private)
    page = downloads.finished(trust.read_root(folder))
    path = folder / trust.PAGE
    if not path.exists() or path.read_bytes() != page:
        files.replace(path, page, mode=files.PUBLIC)
        _ensure_list(runtime, chain, private)


def _ensure_list(runtime: Runtime, chain: Chain, private: Sequence[PrivateKey]) -> None:
    """Sign a list of what the registry and the trust folder hold, unless there is one."""
    folder = runtime.settings.trust_folder
    identity = chain.identity()
    local = identity.driver == "local"
    wishes = Wishes(
        title=Title(zh="可信演示节点", en="Kexin demo node"),
        chain=identity,
        chain_title=Title(
            zh="本机记录（无外部见证）" if local else "本机演示链",
            en="local table, no outside witness" if local else "local demo chain",
        ),
        assurance="demo",
        minimum="local" if local else "receipt",
        url=trust.published_url(folder) or runtime.settings.url,
    )
    with runtime.reading() as work:
        if trust.unchanged(work, folder, wishes):
            return
        trust.propose(work, folder, wishes)
    for key in private[:2]:
        sign = lambda message, key=key: sm2.sign(key, message)  # noqa: E731
        trust.sign(folder, key.public, sign, now=runtime.clock())


def operator(runtime: Runtime, login: str) -> Operator:
    """Return an operator as if he had just signed in."""
    with runtime.reading() as work:
        row = accounts_queries.operator_by_login(work.session, login)
        assert row is not None
        return operators.checked(work, row, acr="aal2")


def _next_step(runtime: Runtime, login: str) -> int:
    """Return the oldest step whose code counts for some seconds more and was not used yet."""
    with runtime.reading() as work:
        row = accounts_queries.operator_by_login(work.session, login)
        assert row is not None
        used: int = counters.load(work, row["id"])["totp_step"]
    seconds = runtime.clock().timestamp() + _CODE_SECONDS
    return max(int(seconds) // totp.STEP_SECONDS - totp.WINDOW, used + 1)


def _order(login: str, name: str, number: int, grants: tuple[tuple[Role, str], ...]) -> NewOperator:
    return NewOperator(login, name, "other", f"DEMO-{number:04d}", entropy.token(9), grants)


def _ensure_operators(runtime: Runtime, orders: Iterable[NewOperator]) -> People:
    """Make the operators that are missing; each secret is in the file before it is needed."""
    path = secrets_file(runtime.settings.home)
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {login: dict(secret) for login, secret in read_people(runtime).secrets.items()}
    for order in orders:
        secret = known.setdefault(order.login, {})
        if "seed" in secret:
            continue
        seed = _seed(runtime, order.login)
        if seed is None:
            secret["password"] = order.password
            _write_secrets(path, known)
            seed = operators.create(runtime, order, by=operators.SYSTEM).totp_seed
        elif "password" not in secret:
            raise Conflict("demo_secrets_lost")
        secret["seed"] = b64u(seed)
        _write_secrets(path, known)
    return People(known)


def _seed(runtime: Runtime, login: str) -> bytes | None:
    """Return the TOTP seed of an operator who exists: a run may end before it was noted."""
    with runtime.reading() as work:
        row = accounts_queries.operator_by_login(work.session, login)
    if row is None:
        return None
    place = {"tenant": "node", "table": "operator", "key": row["id"]}
    return runtime.protect.unseal(row["totp_sealed"], column="totp_sealed", **place)


def _write_secrets(path: Path, known: Mapping[str, Mapping[str, str]]) -> None:
    files.replace(path, (json.dumps(known, indent=1) + "\n").encode())


def _known_institutions(runtime: Runtime) -> dict[str, str]:
    with runtime.reading() as work:
        by_name = {row["name_zh"]: row["id"] for row in registry_queries.institutions(work.session)}
    return {
        each.key: by_name[each.name_zh] for each in (AUTHORITY, *SCHOOLS) if each.name_zh in by_name
    }


def _create(work: Work, actor: Operator, school: School, superior: str | None) -> str:
    institution_id = institutions.create(
        work,
        actor,
        NewInstitution(
            kind=school.kind,
            name_zh=school.name_zh,
            name_en=school.name_en,
            region=REGION,
            code=school.code,
            uscc=None,
            telephone=school.telephone,
            superior_id=superior,
        ),
    )
    keys.make_issuer_key(work, actor, institution_id)
    levels = ("school",) if school.kind is InstitutionKind.SCHOOL else ("school", "county", "city")
    order = NewAccreditation(HONOUR.name, levels, work.now, None)
    institutions.accredit(work, actor, institution_id, order)
    return institution_id


def _sign_records(
    runtime: Runtime, people: People, login: str, act: Any, ids: Sequence[str]
) -> None:
    """Let one registrar, with one proof of his factors, sign all of these records."""
    actor = operator(runtime, login)
    key = sign_in.open_personal_key(
        runtime,
        actor,
        people.password(login),
        people.fresh_code(login, runtime),
        use=Use.REGISTRAR,
        typ=issuer.TYP,
    )
    for institution_id in ids:
        act(runtime, actor, institution_id, key)


def _root_key(runtime: Runtime, name: str) -> Any:
    path = runtime.settings.home / "demo" / f"{name}.pem"
    if not path.exists():
        files.replace(path, pkcs8.dump(sm2.generate()).encode())
    return pkcs8.load(path.read_text("utf-8"))
