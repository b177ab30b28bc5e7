"""Signing in, staying signed in, and proving oneself once more before an act that binds.

Order      the attempt is counted in a transaction of its own before anything is compared, so
           that parallel guesses are all counted; success sets the counter back
Refusals   one code, sign_in_refused, for an unknown name, a wrong or used code, a wrong password
           and a lock; an unknown name costs the same work
Lock       waits and locks are identity.lockout's; inside one, every attempt is a wrong one
Session    a random token, stored as its SM3; idle and absolute limits; bound to the row's MAC
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crypto import kdf
from crypto.keys import PublicKey
from crypto.provider import Use
from identity import lockout, login, session
from identity.errors import LoginRefused
from identity.levels import Acr
from identity.login import Account
from services.accounts import counters, delegations, operators, personal_keys, queries
from services.accounts.operators import Operator
from services.accounts.tables import OPERATOR, SESSION
from services.audit import trail
from services.platform import guarded
from services.platform.errors import NotFound, Unauthenticated
from services.platform.work import Runtime, Work


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the token is shown once."""

    token: str
    operator: Operator


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is compared."""

    operator_id: str
    account: Account


def sign_in(runtime: Runtime, name: str, password: str, code: str) -> SignedIn:
    """Return a session for an operator who proved two kinds of factor."""
    operator_id = _prove(runtime, name, password, code)
    with runtime.writing() as work:
        operator = operators.load(work, operator_id, acr=Acr.AAL2.value)
        text = session.new_token(runtime.random)
        values = {
            "token_digest": session.token_digest(text),
            "operator_id": operator_id,
            "acr": operator.acr,
            "created_at": work.now,
            "last_seen_at": work.now,
            "expires_at": work.now + session.LONGEST,
        }
        queries.end_sessions_before(work.session, work.now)
        queries.add_session(work.session, guarded.stamp(work.protect, SESSION, values))
        trail.record(work, actor=operator_id, action="session.start", object=operator_id)
    return SignedIn(text, operator)


def resume(runtime: Runtime, text: str) -> Operator:
    """Return who this token belongs to and keep him signed in. Raises Unauthenticated."""
    with runtime.reading() as work:
        row = queries.session_row(work.session, session.token_digest(text))
        if row is None:
            raise Unauthenticated("not_signed_in")
        guarded.check(work.protect, SESSION, row)
        idle = timedelta(minutes=work.settings.session_idle_minutes)
        if work.now >= min(row["expires_at"], row["last_seen_at"] + idle):
            raise Unauthenticated("session_ended")
        operator = operators.load(work, row["operator_id"], acr=row["acr"])
        stale = work.now - row["last_seen_at"] >= idle / 15
    if stale:  # once a minute is enough; not every request needs a write
        with runtime.writing() as work:
            seen = guarded.stamp(work.protect, SESSION, {**row, "last_seen_at": work.now})
            queries.touch_session(work.session, row["token_digest"], seen)
    return operator


def sign_out(runtime: Runtime, text: str) -> None:
    """End a session; ending one that is not there is no error."""
    with runtime.writing() as work:
        row = queries.session_row(work.session, session.token_digest(text))
        if row is not None:
            queries.end_session(work.session, row["token_digest"])
            trail.record(
                work, actor=row["operator_id"], action="session.end", object=row["operator_id"]
            )


def open_personal_key(
    runtime: Runtime, operator: Operator, password: str, code: str, *, use: Use, typ: str
) -> personal_keys.Opened:
    """Prove both factors once more and open a personal key for one act.

    Raises Unauthenticated, Tampered, Refused; NotFound personal_key_missing.
    """
    prove(runtime, operator, password, code)
    with runtime.reading() as work:
        roles = {role for role, _ in operators.again(work, operator).roles}
        roles |= {row["role"] for row in delegations.to_operator(work, operator)}
        found = _personal_key(work, operator, use)
    if found is None:
        if not personal_keys.needed(use, roles):
            raise NotFound("personal_key_missing", use=use.value)
        found = _make_personal_key(runtime, operator, password, use)
    public, encrypted = found
    return personal_keys.open_key(public, use, encrypted, password, typ)


def prove(runtime: Runtime, operator: Operator, password: str, code: str) -> None:
    """Prove both factors once more. Raises Unauthenticated."""
    if _prove(runtime, operator.login, password, code) != operator.id:
        raise Unauthenticated("sign_in_refused")


def _personal_key(work: Work, operator: Operator, use: Use) -> tuple[PublicKey, str] | None:
    try:
        return personal_keys.newest(work, operator.id, use)
    except NotFound:
        return None


def _make_personal_key(
    runtime: Runtime, operator: Operator, password: str, use: Use
) -> tuple[PublicKey, str]:
    """Make the key that a role granted after the account needs: the password is here just now."""
    made = personal_keys.make(use, password, runtime.random)
    with runtime.writing() as work:
        operators.add_key(work, operator.id, made)
    return made.public, made.encrypted


def _prove(runtime: Runtime, name: str, password: str, code: str) -> str:
    """Return the operator's id after both factors. Raises Unauthenticated."""
    stored = _count(runtime, name)
    try:
        proved = login.authenticate(
            stored.account if stored else None,
            password_text=password,
            otp=code,
            rounds=kdf.ROUNDS,
            now=runtime.clock(),
        )
    except LoginRefused as error:
        raise Unauthenticated("sign_in_refused") from error
    if stored is None:  # the decoy never fits; kept for who reads this alone
        raise Unauthenticated("sign_in_refused")
    with runtime.writing() as work:
        counter = counters.hold(work, stored.operator_id)
        if counter["totp_step"] >= proved.totp_step:  # used meanwhile by another request
            raise Unauthenticated("sign_in_refused")
        counters.passed(work, counter, proved.totp_step)
    return stored.operator_id


def _count(runtime: Runtime, name: str) -> _Stored | None:
    """Count an attempt and return what to compare with; None for a stranger or under a lock."""
    if not name.isprintable():  # no database need be asked for what no account can be called
        return None
    with runtime.writing() as work:
        row = queries.operator_by_login(work.session, name)
        if row is None:
            return None
        guarded.check(work.protect, OPERATOR, row)
        counter = counters.hold(work, row["id"])
        if not row["active"]:
            return None
        try:
            lockout.check_attempts(counter["failures"], counter["last_failure_at"], work.now)
        except LoginRefused:
            return None
        counters.failed(work, counter)
        return _Stored(row["id"], _account(work, row, counter["totp_step"]))


def _account(work: Work, row: Mapping[Any, Any], step: int) -> Account:
    place = {"tenant": "node", "table": "operator", "key": row["id"]}
    password = work.protect.unseal(row["password"], column="password", **place)
    seed = work.protect.unseal(row["totp_sealed"], column="totp_sealed", **place)
    return Account(password.decode(), seed, step)
