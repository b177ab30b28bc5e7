"""Signing in: two factors, each code once, one refusal for everything, and waits that count."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from crypto import pkcs8
from crypto.errors import CryptoError
from crypto.jws import unb64u
from crypto.provider import Use
from identity import approval, issuer, lockout, login, session
from identity.factors import password as passwords
from identity.factors import totp
from identity.levels import Role
from services.accounts import counters, operators, personal_keys, queries, sign_in
from services.accounts.tables import OPERATOR
from services.platform import guarded
from services.platform.errors import NotFound, Refused, Tampered, Unauthenticated
from services.platform.protect import Protect
from tests.services.honours import classes
from tests.services.nodes import Node

WHO = "school-a-approver"


def try_in(node: Node, name: str, password: str, code: str) -> str:
    """Return what a person is told."""
    with pytest.raises(Unauthenticated) as caught:
        sign_in.sign_in(node.runtime, name, password, code)
    return str(caught.value)


def counter(node: Node, name: str = WHO) -> Any:
    with node.runtime.reading() as work:
        row = queries.operator_by_login(work.session, name)
        assert row is not None
        return queries.counter(work.session, row["id"])


def fail(node: Node, times: int) -> None:
    """Let a person's sign-in fail as often, however long each wait would have been."""
    with node.runtime.reading() as work:
        row = queries.operator_by_login(work.session, WHO)
        assert row is not None
    for _ in range(times):
        with node.runtime.writing() as work:
            counters.failed(work, counters.hold(work, row["id"]))


def test_who_is_who(node: Node) -> None:
    proof = node.proof(WHO)
    done = sign_in.sign_in(node.runtime, WHO, **proof)
    assert (done.operator.login, done.operator.acr) == (WHO, "aal2")
    assert done.operator.roles == {("approver", node.ids["school-a"])}
    assert sign_in.resume(node.runtime, done.token) == done.operator
    sign_in.sign_out(node.runtime, done.token)
    with pytest.raises(Unauthenticated, match="not_signed_in"):
        sign_in.resume(node.runtime, done.token)
    sign_in.sign_out(node.runtime, done.token)


def test_one_refusal_for_everything(node: Node) -> None:
    used = node.proof(WHO)
    sign_in.sign_in(node.runtime, WHO, **used)
    node.clock.now += timedelta(minutes=2)
    right = node.proof(WHO)
    told = {
        try_in(node, "nobody", **right),
        try_in(node, "", **right),
        try_in(node, "a\x00b", **right),
        try_in(node, "\ud800", **right),
        try_in(node, WHO, "wrong password", right["code"]),
        try_in(node, WHO, right["password"], "000000"),
        try_in(node, WHO, right["password"], used["code"]),
        try_in(node, WHO, right["password"], ""),
        try_in(node, WHO, "\ud800", "１２３４５６"),
        try_in(node, "school-a-preparer", **right),
    }
    assert told == {"sign_in_refused"}


def test_a_stranger_costs_the_same_work(sqlite_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    verify = passwords.verify

    def counted(text: str, stored: str) -> None:
        verified.append(stored.split("$")[2])
        verify(text, stored)

    monkeypatch.setattr(passwords, "verify", counted)
    try_in(sqlite_node, "nobody", "a wrong password", "000000")
    try_in(sqlite_node, WHO, "a wrong password", "000000")
    assert len(verified) == 2
    assert verified[0] == verified[1]


def test_a_code_counts_once_also_for_two_at_the_same_moment(node: Node) -> None:
    proof = node.proof(WHO)

    def attempt(_: int) -> bool:
        with suppress(Unauthenticated):
            return bool(sign_in.sign_in(node.runtime, WHO, **proof).token)
        return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(attempt, range(4))) == [False, False, False, True]


def test_codes_of_a_step_before_and_after(sqlite_node: Node) -> None:
    node = sqlite_node
    people = node.people
    seed, password = unb64u(people.secrets[WHO]["seed"]), people.password(WHO)
    node.clock.now += timedelta(minutes=10)
    now = totp.step(node.clock.now)
    for step in (now - 2, now + 2):
        try_in(node, WHO, password, totp.code(seed, step))
    for step in (now - 1, now, now + 1):
        assert sign_in.sign_in(node.runtime, WHO, password, totp.code(seed, step)).token
    try_in(node, WHO, password, totp.code(seed, now))


def test_attempts_count_before_they_are_compared(
    sqlite_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is killed while he compares has used an attempt up."""
    authenticate = login.authenticate
    seen: list[int] = []

    def looking(*arguments: Any, **named: Any) -> Any:
        seen.append(counter(sqlite_node)["failures"])
        return authenticate(*arguments, **named)

    monkeypatch.setattr(login, "authenticate", looking)
    try_in(sqlite_node, WHO, "wrong password", "000000")
    try_in(sqlite_node, WHO, "wrong password", "000000")
    sign_in.sign_in(sqlite_node.runtime, WHO, **sqlite_node.proof(WHO))
    assert seen == [1, 2, 3]
    assert counter(sqlite_node)["failures"] == 0


def test_parallel_guesses_are_all_counted(node: Node) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: try_in(node, WHO, "wrong password", "000000"), range(4)))
    assert counter(node)["failures"] == 4


def test_failures_slow_down_and_finally_lock(sqlite_node: Node) -> None:
    node = sqlite_node
    for _ in range(lockout.FREE_FAILURES):
        try_in(node, WHO, "wrong password", "000000")
    assert try_in(node, WHO, **node.proof(WHO)) == "sign_in_refused"
    assert counter(node)["failures"] == lockout.FREE_FAILURES, "within the wait nothing is compared"
    node.clock.now += timedelta(seconds=lockout.FIRST_WAIT_SECONDS)
    assert sign_in.sign_in(node.runtime, WHO, **node.proof(WHO)).token
    assert counter(node)["failures"] == 0
    fail(node, lockout.LOCK_AFTER_FAILURES)
    node.clock.now += timedelta(days=1)
    assert try_in(node, WHO, **node.proof(WHO)) == "sign_in_refused"
    assert counter(node)["failures"] == lockout.LOCK_AFTER_FAILURES


def test_a_session_ends(sqlite_node: Node) -> None:
    node = sqlite_node
    token = node.token(WHO)
    for _ in range(4):
        node.clock.now += timedelta(minutes=14)
        sign_in.resume(node.runtime, token)
    node.clock.now += timedelta(minutes=15)
    with pytest.raises(Unauthenticated, match="session_ended"):
        sign_in.resume(node.runtime, token)

    token = node.token(WHO)
    start = node.clock.now
    while node.clock.now < start + session.LONGEST - timedelta(minutes=10):
        node.clock.now += timedelta(minutes=10)
        sign_in.resume(node.runtime, token)
    node.clock.now = start + session.LONGEST
    with pytest.raises(Unauthenticated, match="session_ended"):
        sign_in.resume(node.runtime, token)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE session SET operator_id = (SELECT id FROM operator WHERE login = 'registrar-1')",
        "UPDATE session SET acr = 'aal3'",
        "UPDATE session SET expires_at = (SELECT max(expires_at) FROM status_publication)",
    ],
)
def test_a_session_cannot_be_made_better_by_hand(sqlite_node: Node, change: str) -> None:
    token = sqlite_node.token(WHO)
    assert classes.by_hand(sqlite_node, change) == 1
    with pytest.raises(Tampered, match="row_altered"):
        sign_in.resume(sqlite_node.runtime, token)


def test_an_inactive_operator_is_a_stranger(sqlite_node: Node) -> None:
    node = sqlite_node
    token, actor = node.token(WHO), node.operator(WHO)
    with node.runtime.writing() as work:
        row = queries.operator(work.session, actor.id)
        assert row is not None
        stamped = guarded.stamp(work.protect, OPERATOR, {**row, "active": False})
        queries.replace_operator(work.session, stamped)
    people = node.people
    node.clock.now += timedelta(minutes=1)
    assert try_in(node, WHO, people.password(WHO), people.code(WHO, node.runtime))
    with pytest.raises(Refused, match="operator_inactive"):
        sign_in.resume(node.runtime, token)


def test_a_personal_key_opens_for_its_owner_alone(sqlite_node: Node) -> None:
    """Neither the node without the password nor the password without the node opens it."""
    node = sqlite_node
    actor = node.operator(WHO)
    key = sign_in.open_personal_key(
        node.runtime, actor, **node.proof(WHO), use=Use.APPROVAL, typ=approval.TYP
    )
    with node.runtime.reading() as work:
        public, encrypted = personal_keys.newest(work, actor.id, Use.APPROVAL)
        [row] = queries.keys(work.session, actor.id)
    assert key.public == public
    assert "BEGIN" not in repr(row["wrapped"])  # the node's seal is outside
    assert encrypted.startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")  # the password's inside
    with pytest.raises(CryptoError):
        pkcs8.load(encrypted, b"another password")
    place = {"tenant": "node", "table": "operator_key", "column": "wrapped", "key": row["kid"]}
    other = Protect(bytes(32))
    with pytest.raises(CryptoError):
        other.unseal(row["wrapped"], **place)
    with pytest.raises(CryptoError):  # it signs nothing but approvals
        key.sign(b"anything")


def test_a_proof_of_somebody_else_opens_nothing(sqlite_node: Node) -> None:
    node = sqlite_node
    with pytest.raises(Unauthenticated, match="sign_in_refused"):
        sign_in.open_personal_key(
            node.runtime,
            node.operator(WHO),
            **node.proof("school-b-approver"),
            use=Use.APPROVAL,
            typ=approval.TYP,
        )


def test_who_has_no_such_role_has_no_such_key(sqlite_node: Node) -> None:
    node = sqlite_node
    for login_name, use, typ in (
        ("school-a-preparer", Use.APPROVAL, approval.TYP),
        (WHO, Use.REGISTRAR, issuer.TYP),
    ):
        actor, proof = node.operator(login_name), node.proof(login_name)
        with pytest.raises(NotFound, match="personal_key_missing"):
            sign_in.open_personal_key(node.runtime, actor, **proof, use=use, typ=typ)


def test_a_role_that_comes_later_brings_its_key(node: Node) -> None:
    """The key needs the password: it is made when the operator first proves himself."""
    actor = node.operator("school-a-preparer")
    with node.runtime.writing() as work:
        registrar = node.operator("registrar-1")
        operators.grant(work, registrar, actor.id, Role.APPROVER, node.ids["school-a"])
    opened = [
        sign_in.open_personal_key(
            node.runtime,
            node.operator("school-a-preparer"),
            **node.proof("school-a-preparer"),
            use=Use.APPROVAL,
            typ=approval.TYP,
        )
        for _ in range(2)
    ]
    assert opened[0].kid == opened[1].kid
    with node.runtime.reading() as work:
        public, owner = personal_keys.public_key(work, opened[0].kid)
        assert (public, owner) == (opened[0].public, actor.id)
        operators.check_all(work)


def test_one_password_however_the_keyboard_spells_it(sqlite_node: Node) -> None:
    """NFKC: a full-width keyboard and a half-width one mean the same, for the key as well."""
    node = sqlite_node
    school = node.ids["school-a"]
    order = operators.NewOperator(
        "wide", "宽", "other", "WIDE-1", "ｐａｓｓｗｏｒｔ 早上好", ((Role.APPROVER, school),)
    )
    made = operators.create(node.runtime, order, by=operators.SYSTEM)
    node.clock.now += timedelta(minutes=5)
    key = sign_in.open_personal_key(
        node.runtime,
        node.operator("wide"),
        "passwort 早上好",
        totp.code(made.totp_seed, totp.step(node.clock.now)),
        use=Use.APPROVAL,
        typ=approval.TYP,
    )
    assert key.kid == key.public.kid


COUNTER_OF_MINE = "operator_id = (SELECT id FROM operator WHERE login = 'school-a-approver')"
COUNTERS = {
    "lock lifted": "UPDATE login_counter SET failures = 0, last_failure_at = NULL WHERE ",
    "code given back": "UPDATE login_counter SET totp_step = totp_step - 1 WHERE ",
    "version": "UPDATE login_counter SET version = version + 1 WHERE ",
    "gone": "DELETE FROM login_counter WHERE ",
}


@pytest.mark.parametrize("statement", COUNTERS.values(), ids=COUNTERS.keys())
def test_a_counter_written_by_hand_refuses_the_sign_in(node: Node, statement: str) -> None:
    used = node.proof(WHO)
    sign_in.sign_in(node.runtime, WHO, **used)
    try_in(node, WHO, "wrong password", "000000")
    assert classes.by_hand(node, statement + COUNTER_OF_MINE) == 1
    for proof in (used, {"password": "wrong password", "code": "000000"}):
        with pytest.raises(Tampered):
            sign_in.sign_in(node.runtime, WHO, **proof)
    with node.runtime.reading() as work, pytest.raises(Tampered):
        operators.check_all(work)


@pytest.mark.parametrize("ended", ["used", "locked"])
def test_an_older_copy_of_a_counter_is_refused(node: Node, ended: str) -> None:
    """Its MAC is good: it was written by us once. The process remembers that it wrote more."""
    proof = node.proof(WHO)
    with node.runtime.reading() as work:
        row = queries.operator_by_login(work.session, WHO)
        assert row is not None
        before = queries.counter(work.session, row["id"])
        assert before is not None
    if ended == "used":
        sign_in.sign_in(node.runtime, WHO, **proof)
    else:
        fail(node, lockout.LOCK_AFTER_FAILURES)
    with node.runtime.writing() as work:
        queries.replace_counter(work.session, before)
    with pytest.raises(Tampered):
        sign_in.sign_in(node.runtime, WHO, **proof)
    assert counter(node)["version"] == before["version"]


def test_a_counter_that_was_not_committed_is_not_remembered(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.reading() as work:
        row = queries.operator_by_login(work.session, WHO)
        assert row is not None

    def dies_before_the_commit() -> None:
        with node.runtime.writing() as work:
            counters.failed(work, counters.hold(work, row["id"]))
            raise Unauthenticated("not_signed_in")

    with pytest.raises(Unauthenticated):
        dies_before_the_commit()
    assert sign_in.sign_in(node.runtime, WHO, **node.proof(WHO)).token
