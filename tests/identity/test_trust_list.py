"""Trust lists: every reason not to believe one, in the order of the checks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import canonical, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from identity import trust_list, trust_root
from identity.errors import InvalidTrust
from identity.trust_list import Artifact, Seen
from tests.identity import samples
from tests.identity.samples import LIST, NOW, OPERATORS, ROOT

DOCUMENT = samples.sealed_list()
PAYLOAD: dict[str, Any] = LIST.to_json()
DIGEST = trust_list.digest(DOCUMENT)
SECOND = timedelta(seconds=1)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(InvalidTrust) as caught:
        act()
    return caught.value.code


def opened(document: Json = DOCUMENT, **changes: Any) -> trust_list.TrustList:
    arguments: dict[str, Any] = {"root": ROOT, "now": NOW, "seen": None, **changes}
    return trust_list.open(document, **arguments)


def opening(document: Json = DOCUMENT, **changes: Any) -> str:
    return refused(lambda: opened(document, **changes))


def test_a_good_list_opens() -> None:
    assert opened() == LIST


def test_any_two_of_three_operators_suffice() -> None:
    assert opened(samples.sealed_list(LIST, "operator 1", "operator 3")) == LIST
    assert opened(samples.sealed_list(LIST, "operator 3", "operator 2", "operator 1")) == LIST


def test_a_list_of_another_root_is_refused() -> None:
    other = trust_root.make(name="x", issued_at=NOW, threshold=2, keys=ROOT.keys)

    assert opening(root=other) == "trust_list_root"


def test_one_operator_is_not_enough() -> None:
    assert opening(samples.sealed_list(LIST, "operator 1")) == "trust_list_signature"


def test_a_list_signed_twice_by_one_operator_is_refused() -> None:
    assert isinstance(DOCUMENT["signatures"], list)
    twice: dict[str, Json] = {**DOCUMENT, "signatures": [DOCUMENT["signatures"][0]] * 2}

    assert opening(twice) == "trust_list_signature"


def test_a_stranger_among_the_operators_is_refused() -> None:
    document = samples.sealed_list(LIST, *OPERATORS, "stranger")

    assert opening(document) == "trust_list_signature"


def test_a_signature_over_another_list_is_refused() -> None:
    other = samples.sealed_list(replace(LIST, witnesses_required=1))

    assert opening({**DOCUMENT, "signatures": other["signatures"]}) == "trust_list_signature"


def test_there_is_no_grace_after_the_next_update() -> None:
    assert opened(now=LIST.next_update - SECOND) == LIST
    assert opening(now=LIST.next_update) == "trust_list_expired"


def test_a_list_from_the_future_is_refused() -> None:
    assert opened(now=LIST.issued_at - trust_list.SKEW) == LIST
    assert opening(now=LIST.issued_at - trust_list.SKEW - SECOND) == "trust_list_not_yet"


def test_the_list_already_seen_opens_again() -> None:
    assert opened(seen=Seen(LIST.seq, DIGEST)) == LIST


def test_an_older_list_is_a_rollback() -> None:
    assert opening(seen=Seen(3, bytes(32))) == "trust_list_rollback"


def test_two_lists_of_one_number_are_a_rollback() -> None:
    assert opening(seen=Seen(LIST.seq, bytes(32))) == "trust_list_rollback"


def test_the_next_list_must_name_the_one_seen() -> None:
    assert LIST.previous is not None
    assert opened(seen=Seen(1, LIST.previous)) == LIST
    assert opening(seen=Seen(1, bytes(32))) == "trust_list_broken_chain"


def test_lists_may_have_been_missed() -> None:
    later = replace(LIST, seq=9)

    assert opened(samples.sealed_list(later), seen=Seen(1, bytes(32))) == later


def test_the_first_list_has_nothing_before_it() -> None:
    first = replace(LIST, seq=1, previous=None)

    assert opened(samples.sealed_list(first)) == first


@given(data=st.data())
def test_one_changed_byte_never_opens(data: st.DataObject) -> None:
    raw = bytearray(canonical.dumps(DOCUMENT))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))

    try:
        document = canonical.loads(bytes(raw))
    except InvalidEncoding:
        return
    assert opening(document).startswith("trust_list_")


@pytest.mark.parametrize("document", [None, [], "x", {}, {**DOCUMENT, "x": 1}])
def test_what_is_no_document_is_refused(document: Json) -> None:
    assert opening(document) == "trust_list_unreadable"


def test_a_document_of_another_type_is_no_list() -> None:
    other = samples.seal(LIST.to_json(), "kexin-record+jws", *OPERATORS)

    assert opening(other) == "trust_list_unreadable"


NODE = PAYLOAD["nodes"][0]
KEY = NODE["keys"][0]
CHAIN = PAYLOAD["chains"][0]
CUT = PAYLOAD["cut_offs"][0]
WITNESS = PAYLOAD["witnesses"][0]
LOCAL = {**CHAIN, "id": "local:kexin.zz.example", "driver": "local", "contract": "A" * 43}
OTHER_NODE = {**NODE, "name": "a.example"}

ARTIFACT = {"name": "kexin-verify.html", "sm3": "A" * 43}

CHANGED: list[tuple[dict[str, Any], str]] = [
    ({"format": "kexin/trust-list/v2"}, "format"),
    ({"surplus": 1}, "surplus"),
    ({"root": "x"}, "root"),
    ({"seq": 0}, "seq"),
    ({"seq": 1}, "prev"),
    ({"prev": None}, "prev"),
    ({"issued": 1}, "issued"),
    ({"next_update": PAYLOAD["issued"]}, "next_update"),
    ({"next_update": "2027-01-30T00:00:01Z"}, "next_update"),
    ({"recognitions": [1]}, "recognitions"),
    ({"algorithms": ["none"]}, "algorithms"),
    ({"algorithms": ["SGD_SM3_SM2"] * 2}, "algorithms"),
    ({"witnesses_required": 2}, "witnesses_required"),
    ({"witnesses": [WITNESS, WITNESS]}, "witnesses"),
    ({"witnesses": [{**WITNESS, "x": 1}]}, "x"),
    ({"witnesses": [{**WITNESS, "name": "W"}]}, "name"),
    ({"witnesses": [{**WITNESS, "jwk": KEY["jwk"]}]}, "keys"),
    ({"nodes": []}, "nodes"),
    ({"nodes": [NODE, OTHER_NODE]}, "nodes"),
    ({"nodes": [OTHER_NODE, NODE]}, "keys"),
    ({"nodes": [{**NODE, "x": 1}]}, "x"),
    ({"nodes": [{**NODE, "name": "A"}]}, "name"),
    ({"nodes": [{**NODE, "title": {"zh": "x"}}]}, "en"),
    ({"nodes": [{**NODE, "title": {"zh": "x", "en": "x", "fr": "x"}}]}, "fr"),
    ({"nodes": [{**NODE, "ids": []}]}, "ids"),
    ({"nodes": [{**NODE, "ids": ["inst_"]}]}, "ids"),
    ({"nodes": [{**NODE, "regions": ["4"]}]}, "regions"),
    ({"nodes": [{**NODE, "types": ["honour/0"]}]}, "types"),
    ({"nodes": [{**NODE, "registrars": 1}]}, "registrars"),
    ({"nodes": [{**NODE, "keys": []}]}, "keys"),
    ({"nodes": [{**NODE, "keys": [{**KEY, "use": "issuer"}]}]}, "use"),
    ({"nodes": [{**NODE, "keys": [KEY, {**KEY, "use": "log"}]}]}, "keys"),
    ({"nodes": [{**NODE, "status_url": "file:///x"}]}, "status_url"),
    ({"nodes": [{**NODE, "records_url": "x"}]}, "records_url"),
    ({"chains": [CHAIN, CHAIN]}, "chains"),
    ({"chains": [{**CHAIN, "x": 1}]}, "x"),
    ({"chains": [{**CHAIN, "id": "bitcoin"}]}, "id"),
    ({"chains": [{**CHAIN, "id": "eip155:0"}]}, "id"),
    ({"chains": [{**CHAIN, "genesis": "0x"}]}, "genesis"),
    ({"chains": [{**CHAIN, "contract": "0X" + "0" * 40}]}, "contract"),
    ({"chains": [{**CHAIN, "code_digest": ""}]}, "code_digest"),
    ({"chains": [{**CHAIN, "driver": "fake"}]}, "driver"),
    ({"chains": [{**CHAIN, "driver": "local"}]}, "driver"),
    ({"chains": [{**CHAIN, "assurance": "some"}]}, "assurance"),
    ({"chains": [{**CHAIN, "minimum": "none"}]}, "minimum"),
    ({"chains": [{**CHAIN, "minimum": "local"}]}, "minimum"),
    ({"chains": [{**LOCAL, "minimum": "local", "assurance": "production"}]}, "minimum"),
    ({"cut_offs": [CUT, CUT]}, "cut_offs"),
    ({"artifacts": []}, "artifacts"),
    ({"artifacts": None}, "artifacts"),
    ({"artifacts": [ARTIFACT] * 2}, "artifacts"),
    ({"artifacts": [{**ARTIFACT, "x": 1}]}, "x"),
    ({"artifacts": [{**ARTIFACT, "name": "../a"}]}, "name"),
    ({"artifacts": [{**ARTIFACT, "sm3": "A" * 42}]}, "sm3"),
    ({"cut_offs": [{**CUT, "x": 1}]}, "x"),
    ({"cut_offs": [{**CUT, "kid": "x"}]}, "kid"),
    ({"cut_offs": [{**CUT, "reason": "mood"}]}, "reason"),
    ({"cut_offs": [{**CUT, "at": ""}]}, "at"),
    ({"cut_offs": [{**CUT, "keep": [{"origin": "x", "size": 1}]}]}, "origin"),
    ({"cut_offs": [{**CUT, "keep": [{**CUT["keep"][0], "size": -1}]}]}, "size"),
    ({"cut_offs": [{**CUT, "keep": [{**CUT["keep"][0], "x": 1}]}]}, "x"),
    ({"cut_offs": [{**CUT, "keep": CUT["keep"] * 2}]}, "keep"),
]


@pytest.mark.parametrize(("change", "member"), CHANGED)
def test_a_member_outside_the_rules_is_refused(change: dict[str, Any], member: str) -> None:
    with pytest.raises(InvalidTrust) as caught:
        trust_list.parse({**PAYLOAD, **change})
    assert (caught.value.code, caught.value.params) == ("trust_list_unreadable", {"member": member})


@pytest.mark.parametrize("name", sorted(PAYLOAD))
def test_no_member_may_be_missing(name: str) -> None:
    with pytest.raises(InvalidTrust) as caught:
        trust_list.parse({key: value for key, value in PAYLOAD.items() if key != name})
    assert caught.value.params == {"member": name}


def test_the_demonstration_without_a_chain_may_ask_for_its_own_word_only() -> None:
    parsed = trust_list.parse({**PAYLOAD, "chains": [{**LOCAL, "minimum": "local"}]})

    assert parsed.chain("local:kexin.zz.example").minimum == "local"


def test_a_list_may_withdraw_every_algorithm() -> None:
    assert trust_list.parse({**PAYLOAD, "algorithms": []}).algorithms == ()


def test_a_list_may_vouch_for_files() -> None:
    artifacts = tuple(Artifact(name, sm3.digest(name.encode())) for name in ("a.html", "b.pdf"))
    vouching = replace(LIST, artifacts=artifacts)

    assert opened(samples.sealed_list(vouching)) == vouching
    assert "artifacts" not in PAYLOAD


def test_nodes_and_chains_are_found_by_name() -> None:
    assert LIST.node(samples.NODE) == samples.ZHENGZHOU
    assert LIST.chain("eip155:31337") == samples.DEV_CHAIN
    assert refused(lambda: LIST.node("other.example")) == "trust_list_unknown_node"
    assert refused(lambda: LIST.chain("eip155:1")) == "trust_list_unknown_chain"


def test_a_node_vouches_within_its_bounds_only() -> None:
    node = samples.ZHENGZHOU
    inside = {"institution": samples.SCHOOL, "region": "410102", "types": ("honour/1",)}
    node.check_vouches(**inside)  # type: ignore[arg-type]

    for change, what in (
        ({"institution": "inst_42" + samples.SCHOOL[7:]}, "id"),
        ({"region": "420102"}, "region"),
        ({"types": ("honour/1", "growth/1")}, "type"),
    ):
        with pytest.raises(InvalidTrust) as caught:
            node.check_vouches(**{**inside, **change})  # type: ignore[arg-type]
        assert caught.value.code == "node_out_of_bounds"
        assert caught.value.params["what"] == what


def test_a_node_key_has_one_use_and_its_time() -> None:
    node = samples.ZHENGZHOU
    log = samples.kid("log")

    assert node.key(log, "log", NOW) == node.key(log, "log") == samples.private_key("log").public
    assert refused(lambda: node.key(log, "receipt", NOW)) == "node_key_unknown"
    early = samples.START - SECOND
    assert refused(lambda: node.key(log, "log", early)) == "node_key_not_in_force"


def test_the_keys_of_one_use_at_a_time() -> None:
    node = samples.ZHENGZHOU

    assert node.keys_for("registrar", NOW) == samples.keys("registrar 1", "registrar 2")
    assert node.keys_for("registrar") == node.keys_for("registrar", NOW)
    assert node.keys_for("registrar", samples.START - SECOND) == {}


STOLEN = samples.kid("stolen")
LINEAGE = f"{samples.NODE}/log/{samples.SCHOOL}"


@pytest.mark.parametrize(
    ("origin", "index", "cut"),
    [
        (f"{LINEAGE}/2026", 0, False),
        (f"{LINEAGE}/2026", 119, False),
        (f"{LINEAGE}/2026", 120, True),
        (f"{LINEAGE}/2026", 10**9, True),
        (f"{LINEAGE}/2025", 10**9, False),
        (f"{LINEAGE}/2027", 0, True),
        (f"{samples.NODE}/log/{samples.BUREAU}/2026", 0, True),
        (f"{samples.NODE}/log/registry/2025", 0, True),
        (f"other.example/log/{samples.SCHOOL}/2026", 0, True),
        (f"{LINEAGE}/26", 0, True),
        ("nonsense", 0, True),
    ],
)
def test_a_cut_off_goes_by_order(origin: str, index: int, cut: bool) -> None:
    assert LIST.cut(STOLEN, origin, index) is cut


def test_other_keys_are_not_cut() -> None:
    assert LIST.cut_off(samples.kid("issuer")) is None
    assert not LIST.cut(samples.kid("issuer"), f"{LINEAGE}/2026", 10**9)


def test_a_cut_off_that_keeps_nothing_cuts_everything() -> None:
    nothing = replace(LIST, cut_offs=(replace(samples.CUT_OFF, keep=()),))

    assert nothing.cut(STOLEN, f"{LINEAGE}/2020", 0)


def test_the_digest_is_of_the_whole_document() -> None:
    assert sm3.digest(canonical.dumps(DOCUMENT)) == DIGEST
    assert datetime(2027, 1, 30, tzinfo=UTC) == LIST.issued_at + trust_list.LIFE
