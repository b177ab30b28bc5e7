"""Issuer records: two registrars, one institution, keys and rights over time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from identity import issuer
from identity.errors import InvalidRecord
from identity.issuer import Accreditation, HeldCode, IssuerKey, IssuerRecord
from identity.validity import Span
from tests.identity import samples
from tests.identity.samples import ALWAYS, RECORD, REGISTRARS, START

KEYS = samples.keys(*REGISTRARS)
DOCUMENT = samples.sealed_record()
PAYLOAD = RECORD.to_json()
KID = samples.kid("issuer")
SECOND = timedelta(seconds=1)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidRecord) as caught:
        act()
    return caught.value.code


def blamed(payload: Json) -> object:
    with pytest.raises(InvalidRecord) as caught:
        issuer.parse(payload)
    assert caught.value.code == "record_unreadable"
    return caught.value.params["member"]


def test_a_record_of_two_registrars_verifies() -> None:
    assert issuer.verify(DOCUMENT, KEYS, 2) == RECORD


def test_a_record_can_be_read_before_its_registrars_are_known() -> None:
    record, kids = issuer.open_record(DOCUMENT)

    assert record == RECORD
    assert sorted(kids) == sorted(KEYS)


def test_everything_optional_may_be_left_out() -> None:
    bare = replace(
        RECORD, name_en=None, uscc=None, superior=None, codes=(), keys=(), accreditations=()
    )

    assert issuer.parse(bare.to_json()) == bare


def test_everything_may_be_there() -> None:
    ended = Span(START, START + SECOND)
    full = replace(
        RECORD,
        seq=7,
        previous=sm3.digest(b"before"),
        codes=(HeldCode("3141000009", ended), HeldCode("0000410102", ALWAYS)),
        keys=(
            IssuerKey(samples.private_key("old").public, ended),
            IssuerKey(samples.private_key("issuer").public, ALWAYS),
        ),
        accreditations=(Accreditation("honour/1", ("school", "county"), ended),),
    )

    assert issuer.parse(full.to_json()) == full


def test_one_registrar_is_not_enough() -> None:
    alone = samples.seal(PAYLOAD, issuer.TYP, "registrar 1")

    assert refused(lambda: issuer.verify(alone, KEYS, 2)) == "record_signature"


def test_one_registrar_twice_is_not_two() -> None:
    assert isinstance(DOCUMENT["signatures"], list)
    twice: dict[str, Json] = {**DOCUMENT, "signatures": [DOCUMENT["signatures"][0]] * 2}

    assert refused(lambda: issuer.verify(twice, KEYS, 2)) == "record_unreadable"


def test_the_registrars_of_another_node_do_not_count() -> None:
    foreign = samples.seal(PAYLOAD, issuer.TYP, "registrar 1", "stranger")

    assert refused(lambda: issuer.verify(foreign, KEYS, 2)) == "record_signature"


def test_a_signature_of_something_else_does_not_count() -> None:
    other = samples.sealed_record(replace(RECORD, seq=2, previous=bytes(32)))
    mixed: dict[str, Json] = {**DOCUMENT, "signatures": other["signatures"]}

    assert refused(lambda: issuer.verify(mixed, KEYS, 2)) == "record_signature"


def test_a_document_of_another_type_is_no_record() -> None:
    other = samples.seal(PAYLOAD, "kexin-trust-list+jws", *REGISTRARS)

    assert refused(lambda: issuer.verify(other, KEYS, 2)) == "record_unreadable"
    assert refused(lambda: issuer.open_record(other)) == "record_unreadable"


def test_the_digest_is_of_the_whole_document() -> None:
    assert issuer.digest(DOCUMENT) == sm3.digest(canonical.dumps(DOCUMENT))


@given(data=st.data())
def test_one_changed_byte_never_verifies(data: st.DataObject) -> None:
    raw = bytearray(canonical.dumps(DOCUMENT))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    try:
        document = canonical.loads(bytes(raw))
    except InvalidEncoding:
        return
    assert refused(lambda: issuer.verify(document, KEYS, 2))


CODE: dict[str, Json] = {"code": "3441000001", "from": "2026-09-01T00:00:00Z", "to": None}
ACCREDITATION: dict[str, Json] = {
    "type": "honour/1",
    "levels": ["school"],
    "from": "2026-09-01T00:00:00Z",
    "to": None,
}
KEY: dict[str, Json] = {
    "jwk": {**samples.private_key("issuer").public.jwk()},
    "kid": KID,
    "use": "issuer",
    "from": "2026-09-01T00:00:00Z",
    "to": None,
}

CHANGED: list[tuple[dict[str, Any], str]] = [
    ({"format": "kexin/issuer-record/v2"}, "format"),
    ({"surplus": 1}, "surplus"),
    ({"id": "inst_41"}, "id"),
    ({"node": "Kexin.ZZ"}, "node"),
    ({"node": "kexin/zz"}, "node"),
    ({"node": "-kexin"}, "node"),
    ({"node": "kexin."}, "node"),
    ({"node": "x" * 64}, "node"),
    ({"seq": 0}, "seq"),
    ({"seq": 2}, "prev"),
    ({"prev": "A" * 43}, "prev"),
    ({"prev": "x"}, "prev"),
    ({"issued": "2026-09-01"}, "issued"),
    ({"names": {"en": "x"}}, "zh"),
    ({"names": {"zh": "校", "fr": "x"}}, "fr"),
    ({"names": {"zh": "校\u202e"}}, "zh"),
    ({"codes": [{**CODE, "code": "34410000"}]}, "code"),
    ({"codes": [{**CODE, "x": 1}]}, "x"),
    ({"codes": [{**CODE, "to": CODE["from"]}]}, "to"),
    ({"codes": [CODE] * 21}, "codes"),
    ({"uscc": "12410100MB0000001X"}, "uscc"),
    ({"telephone": "call me"}, "telephone"),
    ({"superior": "nobody"}, "superior"),
    ({"superior": samples.SCHOOL}, "superior"),
    ({"region": "990000"}, "region"),
    ({"keys": [{**KEY, "use": "log"}]}, "use"),
    ({"keys": [{**KEY, "kid": samples.kid("other")}]}, "kid"),
    ({"keys": [{**KEY, "jwk": {}}]}, "jwk"),
    ({"keys": [{**KEY, "x": 1}]}, "x"),
    ({"keys": [KEY, KEY]}, "keys"),
    ({"accreditations": [{**ACCREDITATION, "type": "honour/2"}]}, "type"),
    ({"accreditations": [{**ACCREDITATION, "levels": []}]}, "levels"),
    ({"accreditations": [{**ACCREDITATION, "levels": ["county", "school"]}]}, "levels"),
    ({"accreditations": [{**ACCREDITATION, "levels": ["school", "school"]}]}, "levels"),
    ({"accreditations": [{**ACCREDITATION, "levels": ["moon"]}]}, "levels"),
    ({"accreditations": [{**ACCREDITATION, "levels": [1]}]}, "levels"),
    ({"accreditations": [{**ACCREDITATION, "x": 1}]}, "x"),
]


@pytest.mark.parametrize(("change", "member"), CHANGED)
def test_a_member_outside_the_rules_is_refused(change: dict[str, Any], member: str) -> None:
    assert blamed({**PAYLOAD, **change}) == member


@pytest.mark.parametrize("name", sorted(set(PAYLOAD) - {"uscc"}))
def test_no_member_may_be_missing(name: str) -> None:
    assert blamed({key: value for key, value in PAYLOAD.items() if key != name}) == name


def test_a_key_is_in_force_from_its_first_to_before_its_last_second() -> None:
    end = START + timedelta(days=365)
    record = replace(
        RECORD, keys=(IssuerKey(samples.private_key("issuer").public, Span(START, end)),)
    )
    public = samples.private_key("issuer").public

    assert issuer.key_in_force(record, KID, START) == public
    assert issuer.key_in_force(record, KID, end - SECOND) == public
    assert issuer.held_key(record, KID).span.end == end
    for at in (START - SECOND, end):
        with pytest.raises(InvalidRecord) as caught:
            issuer.key_in_force(record, KID, at)
        assert caught.value.code == "record_key_not_in_force"


def test_a_key_that_the_record_does_not_name_is_unknown() -> None:
    code = refused(lambda: issuer.key_in_force(RECORD, samples.kid("other"), START))

    assert code == "record_key_unknown"


def test_accreditation_is_for_a_type_a_level_and_a_time() -> None:
    issuer.accredited(RECORD, "honour/1", "school", START)

    for kind, level, at in (
        ("honour/2", "school", START),
        ("honour/1", "provincial", START),
        ("honour/1", "school", START - SECOND),
    ):
        with pytest.raises(InvalidRecord) as caught:
            issuer.accredited(RECORD, kind, level, at)
        assert caught.value.code == "record_not_accredited"


def test_a_number_must_start_with_a_code_the_institution_had() -> None:
    issuer.check_number(RECORD, samples.NUMBER)
    old = replace(RECORD, codes=(HeldCode("3441000001", Span(START, START + SECOND)),))
    issuer.check_number(old, samples.NUMBER)

    other = replace(RECORD, codes=(HeldCode("3441000002", ALWAYS),))
    assert refused(lambda: issuer.check_number(other, samples.NUMBER)) == "record_number"


def test_the_next_record_names_the_one_before() -> None:
    before = issuer.digest(DOCUMENT)
    following = replace(RECORD, seq=2, previous=before, telephone="0371-66880001")

    issuer.check_follows(following, RECORD, before)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 3},
        {"previous": bytes(32)},
        {"id": samples.BUREAU},
        {"node": "other.example"},
        {"issued_at": datetime(2026, 8, 1, tzinfo=UTC)},
    ],
)
def test_a_record_out_of_line_is_refused(change: dict[str, Any]) -> None:
    before = issuer.digest(DOCUMENT)
    following: IssuerRecord = replace(RECORD, **{"seq": 2, "previous": before, **change})

    code = refused(lambda: issuer.check_follows(following, RECORD, before))

    assert code == "record_chain"


def test_the_first_signature_can_be_made_before_the_second_person_comes() -> None:
    halves = [
        jws.document_signature(
            PAYLOAD,
            typ=issuer.TYP,
            kid=samples.kid(name),
            sign=samples.signer(name),
        )
        for name in REGISTRARS
    ]

    assert issuer.verify(jws.assemble(PAYLOAD, halves), KEYS, 2) == RECORD
