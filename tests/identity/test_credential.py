"""Credentials: what is built is read, and nothing that was changed is."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, jws, sm2, sm3
from crypto.jws import b64u
from identity import codes, credential
from identity.credential import StatusRef, Unsigned
from identity.credential_types import NOTICE_SENTENCE, TYPES
from identity.errors import InvalidCredential
from identity.statement import Notice, Statement
from tests.identity import samples
from tests.identity.samples import CLAIMS, NOW, NUMBER, STATEMENT, Sequence

KEY = samples.private_key("issuer").public
CONTEST = replace(STATEMENT, category="discipline_contest", notice=Notice("教监管厅函〔2025〕1号"))
CONTEST_NUMBER = codes.number("3441000001", 2026, "discipline_contest", 1)
TEXT = samples.sign(samples.build())
JWT, *DISCLOSURES = TEXT.removesuffix("~").split("~")
PAYLOAD: dict[str, Any] = json.loads(samples.build().payload)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidCredential) as caught:
        act()
    return caught.value.code


def parsing(text: str) -> str:
    return refused(lambda: credential.parse(text))


def resigned(payload: object, disclosures: list[str] | None = None) -> str:
    """Return a credential over another payload, as a dishonest issuer could sign it."""
    unsigned = Unsigned(canonical.dumps(payload), tuple(disclosures or ()), ())
    return samples.sign(unsigned)


def with_disclosures(*contents: object) -> str:
    """Return a credential that discloses these things, whatever they are."""
    texts = [b64u(canonical.dumps(content)) for content in contents]
    digests = [b64u(sm3.digest(text.encode())) for text in texts]
    decoys = [b64u(sm3.digest(bytes([n]) * 16)) for n in range(16 - len(digests))]
    return resigned({**PAYLOAD, "_sd": sorted(digests + decoys)}, texts)


def test_what_is_built_and_signed_verifies() -> None:
    read = credential.verify(TEXT, KEY)

    assert read.kid == KEY.kid
    assert read.claims == CLAIMS
    assert read.statement == STATEMENT
    assert read.body.issuer == samples.SCHOOL
    assert read.body.issued_at == NOW
    assert read.body.number == NUMBER
    assert read.body.status == samples.STATUS
    assert credential.missing_minimum(read) == ()


def test_the_digest_is_of_the_jwt_alone() -> None:
    assert credential.parse(TEXT).digest == sm3.digest(JWT.encode())
    assert credential.parse(JWT + "~").digest == credential.parse(TEXT).digest


def test_all_optional_members_come_back() -> None:
    full = replace(
        CONTEST,
        supersedes=sm3.digest(b"old"),
        expires_at=datetime(2030, 1, 1, tzinfo=UTC),
        claims={**CLAIMS, "rank": "first", "subject": "学生", "statement": "特发此证"},
    )

    read = credential.verify(samples.sign(samples.build(full, number=CONTEST_NUMBER)), KEY)

    assert read.statement == full
    assert len(read.disclosures) == 10


def test_there_are_always_sixteen_digests() -> None:
    few = replace(STATEMENT, claims={name: CLAIMS[name] for name in TYPES["honour/1"].minimum})

    for statement in (few, STATEMENT):
        digests = json.loads(samples.build(statement).payload)["_sd"]
        assert len(set(digests)) == 16
        assert digests == sorted(digests)


def test_nothing_personal_is_readable_without_its_disclosure() -> None:
    payload = samples.build().payload.decode()

    assert all(value not in payload for value in CLAIMS.values())


def test_equal_claims_have_different_digests() -> None:
    first = samples.build(random=Sequence("one"))
    second = samples.build(random=Sequence("two"))

    assert not set(json.loads(first.payload)["_sd"]) & set(json.loads(second.payload)["_sd"])


def test_guessing_a_claim_without_its_salt_finds_nothing() -> None:
    digests = set(json.loads(samples.build().payload)["_sd"])
    for guess in CLAIMS.items():
        for salt in ("", b64u(bytes(16)), NUMBER):
            text = b64u(canonical.dumps([salt, *guess]))
            assert b64u(sm3.digest(text.encode())) not in digests


@pytest.mark.parametrize("count", range(len(DISCLOSURES) + 1))
def test_a_holder_may_leave_any_disclosures_out(count: int) -> None:
    for kept in combinations(DISCLOSURES, count):
        read = credential.verify(credential.present(JWT, kept), KEY)

        assert len(read.claims) == count
        missing = [name for name in ("name", "award", "award_date") if name not in read.claims]
        assert credential.missing_minimum(read) == tuple(missing)


def test_disclosures_in_another_order_are_refused() -> None:
    for first, second in combinations(range(len(DISCLOSURES)), 2):
        swapped = list(DISCLOSURES)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        text = credential.present(JWT, tuple(swapped))
        assert parsing(text) == "credential_disclosure_order"


def test_a_disclosure_shown_twice_is_refused() -> None:
    text = credential.present(JWT, (DISCLOSURES[0], DISCLOSURES[0]))

    assert parsing(text) == "credential_disclosure_order"


def test_a_disclosure_of_another_credential_is_refused() -> None:
    other = samples.build(random=Sequence("other")).disclosures[0]

    text = credential.present(JWT, (other,))

    assert parsing(text) == "credential_disclosure_foreign"


SALT = b64u(bytes(16))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ([SALT, "iss", "x"], "credential_claim_unknown"),
        ([SALT, "_sd", "x"], "credential_claim_unknown"),
        ([SALT, "...", "x"], "credential_claim_unknown"),
        ([SALT, "id_number", "x"], "credential_claim_unknown"),
        ([SALT, "name", ""], "credential_claim_value"),
        ([SALT, "name", "x" * 101], "credential_claim_value"),
        ([SALT, "name", "张\u202e三"], "credential_claim_value"),
        ([SALT, "award_date", "2026-13-01"], "credential_claim_value"),
        ([SALT, "rank", "best"], "credential_claim_value"),
        ([SALT, "name", 1], "credential_disclosure"),
        ([SALT, "name"], "credential_disclosure"),
        ([SALT, "name", "x", "y"], "credential_disclosure"),
        ([SALT[:-2], "name", "x"], "credential_disclosure"),
        (["!", "name", "x"], "credential_disclosure"),
        ({"salt": SALT}, "credential_disclosure"),
    ],
)
def test_a_signed_disclosure_outside_the_rules_is_refused(content: object, code: str) -> None:
    assert refused(lambda: credential.parse(with_disclosures(content))) == code


def test_two_claims_of_one_name_are_refused() -> None:
    text = with_disclosures([SALT, "name", "张三"], [b64u(bytes([1]) * 16), "name", "李四"])

    assert parsing(text) == "credential_disclosure_order"


def test_a_disclosure_that_is_not_canonical_is_refused() -> None:
    spaced = b64u(b'["' + SALT.encode() + b'", "name", "x"]')

    text = credential.present(JWT, (spaced,))

    assert parsing(text) == "credential_disclosure"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        JWT,
        TEXT.removesuffix("~"),
        TEXT + "~",
        "~" + TEXT,
        TEXT + JWT,
        TEXT + "\n",
        " " + TEXT,
        TEXT.replace(".", "~", 1),
        TEXT + "é",
        JWT.replace(".", ".é", 1) + "~",
        "x" * 40_000,
    ],
)
def test_another_form_is_refused(text: str) -> None:
    assert parsing(text).startswith("credential_")


@given(text=st.text(max_size=60))
def test_any_text_is_refused(text: str) -> None:
    for each in (text, text + "~", f"{text}.{text}.{text}~"):
        assert parsing(each) == "credential_unreadable"


@given(data=st.data())
def test_one_changed_character_never_verifies(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT) - 1))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~= \n"
    symbol = data.draw(st.sampled_from(alphabet.replace(TEXT[place], "")))
    changed = TEXT[:place] + symbol + TEXT[place + 1 :]

    assert refused(lambda: credential.verify(changed, KEY))


@given(data=st.data())
def test_one_removed_character_never_verifies(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TEXT) - 1))

    assert refused(lambda: credential.verify(TEXT[:place] + TEXT[place + 1 :], KEY))


def test_the_key_of_another_school_does_not_verify() -> None:
    other = samples.private_key("other").public

    assert refused(lambda: credential.verify(TEXT, other)) == "credential_signature"


def test_a_credential_signed_by_another_key_under_our_name_does_not_verify() -> None:
    unsigned = samples.build()
    forged = credential.sign(
        unsigned,
        kid=KEY.kid,
        sign=lambda message: sm2.sign(samples.private_key("other"), message),
    )

    assert refused(lambda: credential.verify(forged, KEY)) == "credential_signature"


def test_a_token_of_another_type_is_no_credential() -> None:
    token = jws.sign_compact(
        payload=samples.build().payload, typ="JWT", kid=KEY.kid, sign=samples.signer("issuer")
    )

    assert refused(lambda: credential.parse(token + "~")) == "credential_unreadable"


@pytest.mark.parametrize("name", sorted(PAYLOAD))
def test_no_visible_member_may_be_missing(name: str) -> None:
    payload = {key: value for key, value in PAYLOAD.items() if key != name}

    assert refused(lambda: credential.parse(resigned(payload))) == "credential_unreadable"


STATUS_JSON = PAYLOAD["status"]["status_list"]
CHANGED: list[tuple[dict[str, object], str]] = [
    ({"surplus": 1}, "credential_unreadable"),
    ({"cnf": {}}, "credential_unreadable"),
    ({"name": "张三"}, "credential_unreadable"),
    ({"_sd_alg": "sha-256"}, "credential_unreadable"),
    ({"_sd": PAYLOAD["_sd"][::-1]}, "credential_unreadable"),
    ({"_sd": PAYLOAD["_sd"][:15]}, "credential_unreadable"),
    ({"_sd": [*PAYLOAD["_sd"], "z" * 42 + "w"]}, "credential_unreadable"),
    ({"_sd": [PAYLOAD["_sd"][0], *PAYLOAD["_sd"][:15]]}, "credential_unreadable"),
    ({"_sd": [*PAYLOAD["_sd"][:15], "z" * 43]}, "credential_unreadable"),
    ({"iss": "inst_417KQ2M9XW4HD0RT3G"}, "credential_unreadable"),
    ({"iss": "https://node.example"}, "credential_unreadable"),
    ({"iat": -1}, "credential_unreadable"),
    ({"iat": "2026-11-24T08:00:00Z"}, "credential_unreadable"),
    ({"exp": PAYLOAD["iat"]}, "credential_unreadable"),
    ({"exp": True}, "credential_unreadable"),
    ({"number": "34410000012026H000124W"}, "credential_unreadable"),
    ({"number": codes.number("3441000001", 2026, "moral", 1)}, "credential_number"),
    ({"number": codes.number("3441000001", 2024, "comprehensive", 1)}, "credential_number"),
    ({"number": codes.number("3441000001", 2027, "comprehensive", 1)}, "credential_number"),
    ({"level": "galactic"}, "credential_level"),
    ({"level": 1}, "credential_unreadable"),
    ({"category": "magic"}, "credential_category"),
    ({"category": "discipline_contest", "number": CONTEST_NUMBER}, "credential_notice_missing"),
    ({"notice": {"sentence": NOTICE_SENTENCE}}, "credential_unreadable"),
    ({"notice": {"sentence": "可以", "approval_number": "1"}}, "credential_unreadable"),
    (
        {"notice": {"sentence": NOTICE_SENTENCE, "approval_number": "1", "x": 1}},
        "credential_unreadable",
    ),
    ({"notice": {"sentence": NOTICE_SENTENCE, "approval_number": ""}}, "credential_unreadable"),
    ({"supersedes": "x"}, "credential_unreadable"),
    ({"vct": "honour/2"}, "credential_type_unknown"),
    ({"vct": "honour"}, "credential_unreadable"),
    ({"status": {}}, "credential_unreadable"),
    ({"status": {"status_list": STATUS_JSON, "x": 1}}, "credential_unreadable"),
    ({"status": {"status_list": {**STATUS_JSON, "x": 1}}}, "credential_unreadable"),
    ({"status": {"status_list": {**STATUS_JSON, "idx": -1}}}, "credential_unreadable"),
    ({"status": {"status_list": {**STATUS_JSON, "uri": "ftp://x"}}}, "credential_unreadable"),
    ({"status": {"status_list": {**STATUS_JSON, "uri": "https://a b"}}}, "credential_unreadable"),
]


@pytest.mark.parametrize(("change", "code"), CHANGED)
def test_a_signed_payload_outside_the_rules_is_refused(
    change: dict[str, object], code: str
) -> None:
    assert refused(lambda: credential.parse(resigned({**PAYLOAD, **change}))) == code


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"{ }", b'{"a":1,"a":1}', samples.build().payload + b" "]
)
def test_a_payload_that_is_not_a_canonical_object_is_refused(payload: bytes) -> None:
    assert refused(lambda: credential.read_body(payload)) == "credential_unreadable"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        (replace(STATEMENT, type="honour/9"), "credential_type_unknown"),
        (replace(STATEMENT, level="x"), "credential_level"),
        (replace(STATEMENT, category="x"), "credential_category"),
        (replace(CONTEST, notice=None), "credential_notice_missing"),
        (replace(CONTEST, notice=Notice("")), "credential_unreadable"),
        (replace(STATEMENT, claims={**CLAIMS, "name": "x" * 200}), "credential_claim_value"),
        (replace(STATEMENT, claims={**CLAIMS, "iss": "x"}), "credential_claim_unknown"),
        (replace(STATEMENT, claims={"name": "张三"}), "credential_minimum"),
        (replace(STATEMENT, supersedes=b"short"), "credential_unreadable"),
        (replace(STATEMENT, expires_at=NOW), "credential_unreadable"),
    ],
)
def test_what_could_not_be_read_is_not_built(statement: Statement, code: str) -> None:
    number = CONTEST_NUMBER if statement.category == "discipline_contest" else NUMBER
    assert refused(lambda: samples.build(statement, number=number)) == code


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "inst_x"},
        {"number": "1"},
        {"status": StatusRef("https://a", -1)},
        {"number": CONTEST_NUMBER},
    ],
)
def test_a_wrong_frame_is_not_built(changes: dict[str, Any]) -> None:
    refused(lambda: samples.build(**changes))


def test_html_in_a_name_stays_text() -> None:
    name = "<script>alert(1)</script>"
    text = samples.sign(samples.build(replace(STATEMENT, claims={**CLAIMS, "name": name})))

    assert credential.verify(text, KEY).claims["name"] == name


@pytest.mark.parametrize(
    ("issued_at", "year"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 16, 0, 0, tzinfo=UTC), 2027),
        (datetime(2027, 12, 31, 15, 59, 59, tzinfo=UTC), 2026),
    ],
)
def test_a_number_has_the_year_of_its_approval_or_the_next(issued_at: datetime, year: int) -> None:
    number = codes.number("3441000001", year, "comprehensive", 1)

    unsigned = samples.build(issued_at=issued_at, number=number)

    assert credential.read_body(unsigned.payload).number == number


def test_two_years_later_the_number_is_refused() -> None:
    issued_at = datetime(2027, 12, 31, 15, 59, 59, tzinfo=UTC) + timedelta(seconds=1)

    assert refused(lambda: samples.build(issued_at=issued_at)) == "credential_number"


def test_errors_never_contain_a_claim() -> None:
    name = "张三丰" * 50
    with pytest.raises(InvalidCredential) as caught:
        samples.build(replace(STATEMENT, claims={**CLAIMS, "name": name}))
    assert "张" not in f"{caught.value} {caught.value.params} {caught.value.__cause__}"


def test_decoys_cannot_be_disclosed() -> None:
    unsigned = samples.build()
    assert len(unsigned.decoys) == 9
    for decoy in unsigned.decoys:
        assert b64u(sm3.digest(decoy)) in PAYLOAD["_sd"]
        with pytest.raises(InvalidCredential):
            credential.parse(credential.present(JWT, (b64u(decoy),)))
