"""How large bundles get: 8 KB in the demonstration, 12 KB on a node of 10^5 schools."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from crypto import sm3
from identity.issuer import Accreditation, HeldCode
from identity.levels import AWARD_LEVELS
from identity.trust_list import Witness
from identity.validity import Span
from ledger import checkpoint, merkle
from ledger.checkpoint import Checkpoint
from services.evidence import bundle
from services.evidence.bundle import Place
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, world

FULL = {
    "name": "阿卜杜热合曼·麦麦提明",
    "award": "河南省普通高中三好学生",
    "award_date": "2026-11-20",
    "rank": "first",
    "period": "2025-2026学年第二学期",
    "programme": "河南省普通高中三好学生评选",
    "class": "高一(3)班",
    "student_no": "20260317",
    "subject": "综合",
    "statement": "热心公益，连续两年担任班长，组织同学为敬老院服务一百二十小时。",
}
WITNESSES = ("witness.henan.example", "witness.zhengzhou.example")


def grown(place: Place, size: int, **receipt: Any) -> Place:
    """Return the place as it would be in a log of `size` entries: real hashes, a made-up rest."""
    parsed = checkpoint.parse(place.checkpoint).checkpoint
    index = 5  # from the left, where a path is longest
    inner = (index ^ (size - 1)).bit_length()
    length = inner + (index >> inner).bit_count()
    hashes = tuple(sm3.digest(level.to_bytes(4)) for level in range(length))
    top = merkle.leaf_hash(place.entry.encode())
    for level, node in enumerate(hashes):
        right = level < inner and not index >> level & 1
        top = merkle.node_hash(top, node) if right else merkle.node_hash(node, top)
    head = Checkpoint(parsed.origin, size, top, parsed.time)
    note = checkpoint.sign(head, world.NODE, world.public("log"), world.signer("log"))
    for name in WITNESSES:
        note = checkpoint.cosign(note, name, world.public(name), world.signer(name))
    return Place(place.entry, index, hashes, note, world.sealed_receipt(head, **receipt))


def test_a_young_nodes_bundle_fits_in_8_kb() -> None:
    claims = {name: FULL[name] for name in ("name", "award", "award_date", "period", "class")}
    text = world.sd_jwt({**claims, "programme": "校级荣誉评选", "student_no": "20260317"})

    data = world.bundle_bytes(text, place=world.credential_place(text, others=59))

    assert judging.judge(data).result is Outcome.VALID
    assert len(data) <= 8 * 1024, len(data)


def test_a_large_nodes_bundle_fits_in_12_kb() -> None:
    """10^6 entries, 10^5 records, 2 witnesses, 3 keys, 5 accreditations, every claim shown."""
    ended = Span(world.START, world.START + timedelta(days=30))
    record = world.record(
        seq=12,
        previous=sm3.digest(b"record 11"),
        codes=(HeldCode("3441000009", ended), HeldCode(world.CODE, world.ALWAYS)),
        keys=(
            world.issuer_key("issuer old", ended),
            world.issuer_key("issuer"),
            world.issuer_key("issuer next"),
        ),
        accreditations=(
            *(Accreditation("honour/1", (level,), ended) for level in AWARD_LEVELS[:4]),
            Accreditation("honour/1", tuple(AWARD_LEVELS), world.ALWAYS),
        ),
    )
    text = world.sd_jwt(FULL)
    part = world.registry_part(world.sealed(record))
    seqs = {"seq": 12_345, "block_number": 123_456_789}
    data = world.bundle_bytes(
        text,
        place=grown(world.credential_place(text), 1_000_000, **seqs),
        issuer=replace(part, place=grown(part.place, 100_000, **{**seqs, "block_number": 1})),
    )
    trust = world.trusted(
        witnesses=tuple(Witness(name, world.public(name)) for name in sorted(WITNESSES)),
        witnesses_required=2,
    )

    assert judging.judge(data, trust=trust).result is Outcome.VALID
    assert len(bundle.parse(data).place.hashes) == 20
    assert len(data) <= 12 * 1024, len(data)
