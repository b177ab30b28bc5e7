"""The same key and the same request give the same answer, once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.platform import idempotency
from services.platform.errors import Conflict, Invalid
from services.platform.idempotency import Answer
from services.platform.tables import IDEMPOTENCY
from services.platform.work import Runtime
from tests.services.conftest import Ticking

ONE, TWO = bytes(32), bytes([1]) * 32


def ask(runtime: Runtime, *, actor: str = "op_1", key: str = "k", digest: bytes = ONE) -> Answer:
    with runtime.writing() as work:
        kept = idempotency.begin(work, actor=actor, key=key, digest=digest)
        if kept is not None:
            return Answer(kept.status, b"again: " + kept.body)
        answer = Answer(201, "张三".encode())
        idempotency.keep(work, answer, actor=actor, key=key)
        return answer


def test_the_second_request_gets_the_first_answer(runtime: Runtime) -> None:
    assert ask(runtime) == Answer(201, "张三".encode())
    assert ask(runtime) == Answer(201, b"again: " + "张三".encode())
    assert ask(runtime, actor="op_2").body == "张三".encode()
    assert ask(runtime, key="other").body == "张三".encode()


def test_another_request_under_the_same_key_is_refused(runtime: Runtime) -> None:
    ask(runtime)
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        ask(runtime, digest=TWO)


def test_work_that_failed_leaves_the_key_free(runtime: Runtime) -> None:
    def half() -> None:
        with runtime.writing() as work:
            idempotency.begin(work, actor="op_1", key="k", digest=ONE)
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert ask(runtime).body == "张三".encode()


def test_an_answer_is_stored_sealed(runtime: Runtime) -> None:
    ask(runtime)
    with runtime.reading() as work:
        sealed = work.session.scalars(select(IDEMPOTENCY.c.body_sealed)).one()
    assert sealed is not None
    assert "张三".encode() not in sealed


def test_a_key_that_is_claimed_and_not_answered_is_in_use(runtime: Runtime) -> None:
    with runtime.writing() as work:
        idempotency.begin(work, actor="op_1", key="k", digest=ONE)
    with pytest.raises(Conflict, match="idempotency_key_in_use"):
        ask(runtime)


def test_a_claim_of_a_dead_process_is_free_after_a_while(
    runtime: Runtime, ticking: Ticking
) -> None:
    with runtime.writing() as work:
        idempotency.begin(work, actor="op_1", key="k", digest=ONE)
    ticking.now += timedelta(seconds=idempotency.CLAIM_SECONDS + 1)
    with pytest.raises(Invalid, match="idempotency_key_reused"):
        ask(runtime, digest=TWO)
    assert ask(runtime).body == "张三".encode()
    assert ask(runtime).body.startswith(b"again: ")


def test_a_claim_can_be_given_back_and_an_answer_cannot(runtime: Runtime) -> None:
    with runtime.writing() as work:
        idempotency.begin(work, actor="op_1", key="k", digest=ONE)
    for first in (True, False):
        with runtime.writing() as work:
            idempotency.release(work, actor="op_1", key="k")
        assert ask(runtime).body.startswith(b"again: ") is not first


def test_requests_at_the_same_time_are_done_once(runtime: Runtime) -> None:
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(runtime).body)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=len) == ["张三".encode(), *[b"again: " + "张三".encode()] * 3]


def test_old_answers_are_forgotten(runtime: Runtime, ticking: Ticking) -> None:
    ask(runtime)
    ticking.now += timedelta(days=idempotency.KEPT_DAYS, seconds=1)
    ask(runtime, key="new")
    with runtime.writing() as work:
        assert idempotency.forget_old(work) == 1
    assert ask(runtime).body == "张三".encode()


@pytest.mark.parametrize("key", ["", "a b", "a" * 65, "键", "a\n"])
def test_a_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(Invalid, match="idempotency_key_malformed"):
        idempotency.check_key(key)


def test_a_key_is_required() -> None:
    assert idempotency.check_key("A.b_c-1") == "A.b_c-1"
    with pytest.raises(Invalid, match="idempotency_key_missing"):
        idempotency.check_key(None)
