"""Ten codes, each once, and nothing of them kept that shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import entropy, kdf
from identity.check_characters import ALPHABET
from identity.errors import LoginRefused
from identity.factors import recovery_codes
from identity.factors.protocol import Attempt
from identity.factors.recovery_codes import CodeSet, RecoveryCodes
from identity.levels import FactorKind
from tests.identity.samples import NOW, Sequence

MADE = recovery_codes.new(rounds=2, now=NOW, random=Sequence("codes"))
FACTOR = RecoveryCodes()


def use(stored: CodeSet, code: str) -> CodeSet:
    proof = FACTOR.verify(stored, code, Attempt(NOW))
    assert (proof.kind, proof.at) == (FactorKind.RECOVERY_CODE, NOW)
    return proof.stored


def refused(stored: CodeSet, code: str) -> None:
    with pytest.raises(LoginRefused) as caught:
        use(stored, code)
    assert (caught.value.code, caught.value.params) == ("login_refused", {})


def test_there_are_ten_codes_of_sixteen_symbols() -> None:
    assert len(set(MADE.codes)) == MADE.stored.left == 10
    for code in MADE.codes:
        groups = code.split("-")
        assert [len(each) for each in groups] == [4, 4, 4, 4]
        assert set("".join(groups)) <= set(ALPHABET)


def test_a_set_is_another_each_time() -> None:
    again = recovery_codes.new(rounds=2, now=NOW, random=entropy.system)

    assert not set(again.codes) & set(MADE.codes)
    assert again.stored.salt != MADE.stored.salt


def test_what_is_stored_is_derived_slowly_under_a_salt() -> None:
    stored = MADE.stored
    symbols = MADE.codes[0].replace("-", "").encode()

    assert (stored.rounds, stored.made_at, len(stored.salt)) == (2, NOW, 16)
    assert stored.keys[0] == kdf.pbkdf2(symbols, stored.salt, rounds=2, length=32)
    assert all(code not in repr(MADE) for code in MADE.codes)


def test_each_code_works_once_in_any_order() -> None:
    stored = MADE.stored
    for count, code in enumerate(reversed(MADE.codes), start=1):
        stored = use(stored, code)
        assert stored.left == 10 - count
        refused(stored, code)
    assert stored.keys == ()


def test_people_write_codes_in_several_ways() -> None:
    code = MADE.codes[3]
    for written in (code, code.lower(), code.replace("-", " "), code.replace("-", ""), f" {code} "):
        assert use(MADE.stored, written).left == 9


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    assert recovery_codes.normalise("oOiI-abcd") == "0011ABCD"


@given(code=st.text(max_size=40))
def test_nothing_else_fits(code: str) -> None:
    known = {each.replace("-", "") for each in MADE.codes}
    if recovery_codes.normalise(code) not in known:
        refused(MADE.stored, code)


@pytest.mark.parametrize("code", ["", "\ud800", "x" * 100_000])
def test_strange_codes_are_refused(code: str) -> None:
    refused(MADE.stored, code)


def test_a_stranger_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    derive = kdf.pbkdf2

    def counted(octets: bytes, salt: bytes, *, rounds: int, length: int) -> bytes:
        done.append(rounds)
        return derive(octets, salt, rounds=rounds, length=length)

    monkeypatch.setattr(kdf, "pbkdf2", counted)
    refused(MADE.stored, "AAAA")
    refused(recovery_codes.decoy(rounds=2, now=NOW), "AAAA")
    use(MADE.stored, MADE.codes[9])
    assert done == [2, 2, 2]
