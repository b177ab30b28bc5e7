"""Checkpoint notes: one text for one signed head, and every byte of it counts."""

import binascii
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import sm3
from ledger import checkpoint
from ledger.checkpoint import Checkpoint
from ledger.errors import InvalidCheckpoint
from tests.ledger.samples import (
    INSTITUTION,
    LOG_KEY,
    NODE,
    NOON,
    ORIGIN,
    RECEIPT_KEY,
    WITNESS_KEY,
    a_note,
    altered,
    signer,
)

HEAD = Checkpoint(ORIGIN, 42, sm3.digest(b"root"), NOON)
NOTE = a_note(HEAD)
KNOWN = {"city.example": WITNESS_KEY.public, "agency.example": RECEIPT_KEY.public}


def cosigned() -> str:
    note = checkpoint.cosign(NOTE, "city.example", WITNESS_KEY.public, signer(WITNESS_KEY))
    return checkpoint.cosign(note, "agency.example", RECEIPT_KEY.public, signer(RECEIPT_KEY))


def code(note: str) -> str:
    with pytest.raises(InvalidCheckpoint) as caught:
        checkpoint.parse(note)
    return caught.value.code


def test_the_body_is_four_lines() -> None:
    root = binascii.b2a_base64(HEAD.root).decode()
    assert HEAD.body().decode() == f"{ORIGIN}\n42\n{root}time 2026-11-24T04:00:00Z\n"


@given(size=st.integers(1, checkpoint.MAX_SIZE), root=st.binary(min_size=32, max_size=32))
def test_what_is_signed_verifies(size: int, root: bytes) -> None:
    head = Checkpoint(ORIGIN, size, root, NOON)
    assert checkpoint.verify(a_note(head), name=NODE, key=LOG_KEY.public) == head


def test_any_altered_character_is_refused() -> None:
    for changed in altered(cosigned()):
        with pytest.raises(InvalidCheckpoint):
            checkpoint.verify(changed, name=NODE, key=LOG_KEY.public, witnesses=KNOWN)


def test_an_empty_log_and_a_strangers_log_are_never_signed() -> None:
    for head in (
        Checkpoint(ORIGIN, 0, sm3.digest(b""), NOON),
        Checkpoint(ORIGIN, checkpoint.MAX_SIZE + 1, HEAD.root, NOON),
        Checkpoint(checkpoint.origin("other.node", INSTITUTION, 2026), 1, HEAD.root, NOON),
    ):
        with pytest.raises(ValueError, match="not a tree head that this node signs"):
            a_note(head)


def test_another_key_or_name_is_refused() -> None:
    with pytest.raises(InvalidCheckpoint) as caught:
        checkpoint.verify(NOTE, name=NODE, key=WITNESS_KEY.public)
    assert caught.value.code == "checkpoint_signer"
    with pytest.raises(InvalidCheckpoint) as caught:
        checkpoint.verify(NOTE, name="other.node", key=LOG_KEY.public)
    assert caught.value.code == "checkpoint_signer"


def test_a_signature_of_another_head_is_refused() -> None:
    other = a_note(Checkpoint(ORIGIN, 43, HEAD.root, NOON))
    swapped = NOTE.partition("\n\n")[0] + "\n\n" + other.partition("\n\n")[2]
    with pytest.raises(InvalidCheckpoint) as caught:
        checkpoint.verify(swapped, name=NODE, key=LOG_KEY.public)
    assert caught.value.code == "checkpoint_signature"


def test_witnesses_stand_after_the_node_in_order() -> None:
    parsed = checkpoint.parse(cosigned())
    assert parsed.node.name == NODE
    assert [line.name for line in parsed.witnesses] == ["agency.example", "city.example"]
    assert (
        checkpoint.verify(cosigned(), name=NODE, key=LOG_KEY.public, witnesses=KNOWN, required=2)
        == HEAD
    )


def test_many_witnesses_are_put_in_order_of_their_names() -> None:
    note = NOTE
    for name in ("d.example", "b.example", "a.example", "c.example", "e.example"):
        note = checkpoint.cosign(note, name, WITNESS_KEY.public, signer(WITNESS_KEY))
    names = [line.name for line in checkpoint.parse(note).witnesses]
    assert names == ["a.example", "b.example", "c.example", "d.example", "e.example"]


def test_the_largest_size_is_that_of_an_integer_in_json() -> None:
    head = Checkpoint(ORIGIN, 9007199254740991, HEAD.root, NOON)
    assert checkpoint.parse(a_note(head)).checkpoint == head


def test_too_few_witnesses_are_refused() -> None:
    with pytest.raises(InvalidCheckpoint) as caught:
        checkpoint.verify(NOTE, name=NODE, key=LOG_KEY.public, witnesses=KNOWN, required=1)
    assert (caught.value.code, caught.value.params) == (
        "checkpoint_witnesses",
        {"found": 0, "wanted": 1},
    )


def test_a_witness_that_nobody_listed_is_refused() -> None:
    with pytest.raises(InvalidCheckpoint) as caught:
        checkpoint.verify(cosigned(), name=NODE, key=LOG_KEY.public)
    assert caught.value.code == "checkpoint_signer"


def test_a_witness_signs_once_and_under_a_name_of_its_own() -> None:
    for name in ("city.example", NODE, "City", ""):
        with pytest.raises(ValueError, match="one more witness"):
            checkpoint.cosign(cosigned(), name, WITNESS_KEY.public, signer(WITNESS_KEY))


def test_lines_out_of_order_or_doubled_are_refused() -> None:
    head, _, tail = cosigned().partition("\n\n")
    node, agency, city = tail.splitlines(keepends=True)
    assert code(f"{head}\n\n{node}{city}{agency}") == "checkpoint_lines"
    assert code(f"{head}\n\n{node}{city}{city}") == "checkpoint_lines"
    assert code(f"{head}\n\n{node}{node}") == "checkpoint_lines"
    assert code(f"{head}\n\n{agency}{city}") == "checkpoint_signer"
    assert code(f"{head}\n\n") == "checkpoint_text"
    assert code(f"{head}\n") == "checkpoint_text"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("/2026\n", "/1999\n", "checkpoint_origin"),
        ("demo.kexin/log", "Demo/log", "checkpoint_origin"),
        ("\n42\n", "\n042\n", "checkpoint_size"),
        ("\n42\n", "\n0\n", "checkpoint_size"),
        ("\n42\n", "\n-1\n", "checkpoint_size"),
        ("\n42\n", "\n9007199254740992\n", "checkpoint_size"),
        ("time 2026", "time  2026", "checkpoint_time"),
        ("time 2026", "2026", "checkpoint_time"),
        ("=\ntime", "\ntime", "checkpoint_root"),
        ("=\ntime", "==\ntime", "checkpoint_root"),
        ("\n\n", "\nmore 1\n\n", "checkpoint_text"),
        ("\n\n", "\n", "checkpoint_text"),
        ("\n\n", "\n\n\n", "checkpoint_lines"),
        ("\n42\n", "\r\n42\r\n", "checkpoint_text"),
        ("\N{EM DASH} ", "- ", "checkpoint_lines"),
        ("\N{EM DASH} ", "", "checkpoint_lines"),
        ("\N{EM DASH} demo.kexin ", "\N{EM DASH} Demo ", "checkpoint_lines"),
        ("\N{EM DASH} demo.kexin ", "\N{EM DASH} demo.kexin  ", "checkpoint_lines"),
        ("\N{EM DASH} demo.kexin ", "\N{EM DASH} demo.other ", "checkpoint_signer"),
    ],
)
def test_another_spelling_is_refused(old: str, new: str, expected: str) -> None:
    assert old in NOTE
    assert code(NOTE.replace(old, new)) == expected


def test_spare_bits_of_base64_are_refused() -> None:
    root = binascii.b2a_base64(HEAD.root, newline=False).decode()
    assert root[-2] in "AEIMQUYcgkosw048"
    spare = root[:-2] + chr(ord(root[-2]) + 1) + "="
    assert binascii.a2b_base64(spare) == HEAD.root, "the same root, spelled otherwise"
    assert code(NOTE.replace(root, spare)) == "checkpoint_root"


def test_a_note_without_end_or_without_bound_is_refused() -> None:
    assert code(NOTE[:-1]) == "checkpoint_text"
    assert code(NOTE * 20) == "checkpoint_text"


def test_an_origin_says_whose_log_of_which_year() -> None:
    assert checkpoint.origin(NODE, INSTITUTION, 2026) == f"demo.kexin/log/{INSTITUTION}/2026"
    assert checkpoint.split_origin(ORIGIN) == (NODE, INSTITUTION, 2026)
    registry = checkpoint.origin(NODE, "registry", 2026)
    assert checkpoint.split_origin(registry).institution == "registry"


@pytest.mark.parametrize(
    ("node", "institution", "year"),
    [
        ("Demo", INSTITUTION, 2026),
        ("", INSTITUTION, 2026),
        ("x" * 64, INSTITUTION, 2026),
        ("demo/log/x/2026", INSTITUTION, 2026),
        (NODE, "inst 41", 2026),
        (NODE, "河南", 2026),
        (NODE, INSTITUTION, 1999),
        (NODE, INSTITUTION, 20260),
    ],
)
def test_other_names_make_no_origin(node: str, institution: str, year: int) -> None:
    with pytest.raises(ValueError, match="no origin may carry"):
        checkpoint.origin(node, institution, year)


def test_ids_on_the_chain_are_digests_of_the_names() -> None:
    assert checkpoint.log_id(ORIGIN) == sm3.digest(ORIGIN.encode())
    assert checkpoint.node_id(NODE) == sm3.digest(NODE.encode())


def test_a_key_hash_depends_on_name_and_key() -> None:
    made = checkpoint.key_hash(NODE, LOG_KEY.public)
    assert made == sm3.digest(NODE.encode() + b"\x0a\xfesm2" + LOG_KEY.public.xy)[:4]
    assert made != checkpoint.key_hash("other", LOG_KEY.public)
    assert made != checkpoint.key_hash(NODE, WITNESS_KEY.public)


def test_a_time_with_a_zone_is_not_signed(noon: datetime) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        Checkpoint(ORIGIN, 1, HEAD.root, noon.replace(tzinfo=None)).body()
