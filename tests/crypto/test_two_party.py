"""Signing with a key in two halves: right answers, and everything that must not be signed."""

import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import curve, entropy, group, jws, sm2, two_party
from crypto.errors import CryptoError, InvalidEncoding, InvalidKey, InvalidSignature, NotAuthorized
from crypto.group import Scalar
from crypto.keys import PublicKey
from crypto.two_party import PhoneSigning, Session, Statement
from crypto.two_party_keys import NewPhoneKey, PhoneRenewal, accept, renew
from tests.crypto import halves
from tests.crypto.halves import NOW, SOON, Store, answered, begin, made, signed, statement
from tests.crypto.samples import ID_OPTION, PUBLIC, vectors

FILE = vectors("two_party.json")
PHONE, SERVER = made(halves.repeatable("key"))
OTHER_PHONE, OTHER_SERVER = made(halves.repeatable("other"))


def octets(group_of: str, name: str) -> bytes:
    return bytes.fromhex(FILE[group_of][f"{name}_hex"])


def test_the_computation_of_the_vector() -> None:
    def number(name: str) -> bytes:
        return octets("computation", name)

    d1, d2 = Scalar(number("d1")), Scalar(number("d2"))
    public = PublicKey(number("p"))
    assert group.base(group.invert(d1)).xy == number("p1")
    assert group.base(group.invert(d2)).xy == number("p2")
    generator = group.base(Scalar((1).to_bytes(32)))
    assert (
        group.minus(group.multiple(group.invert(d1), PublicKey(number("p2"))), generator) == public
    )
    assert (
        group.minus(group.multiple(group.invert(d2), PublicKey(number("p1"))), generator) == public
    )

    message = FILE["computation"]["message_ascii"].encode()
    assert sm2.z(public) == number("z")
    assert sm2.e_value(public, message) == number("e")
    first = Scalar(number("w1"))
    assert group.base(first).xy == number("q1")
    r, s1 = two_party._respond(d2, group.base(first), number("e"), halves.given(number("w2")))
    assert (r, s1) == (number("r"), number("s1"))
    s = two_party._finish(d1, first, r=Scalar(r), s1=Scalar(s1))
    assert s == number("s")
    sm2.verify(public, message, r + s)


def test_the_transcript_of_the_vector() -> None:
    """What a phone in another language has to write and read, byte for byte."""
    case = FILE["transcript"]
    made_, signing, renewing = case["making"], case["signing"], case["renewing"]

    def source(part: dict[str, list[str]], who: str) -> entropy.Random:
        return halves.given(*map(bytes.fromhex, part[f"{who}_random_hex"]))

    phone = NewPhoneKey(bytes.fromhex(case["context_hex"]), source(made_, "phone"))
    server, acceptance = accept(
        phone.offer, context=bytes.fromhex(case["context_hex"]), random=source(made_, "server")
    )
    assert (phone.offer.hex(), acceptance.hex()) == (made_["offer_hex"], made_["acceptance_hex"])
    share = phone.complete(acceptance)
    assert (share.public.xy.hex(), share.public.kid) == (made_["public_hex"], made_["kid"])

    what = Statement(share.public, signing["typ"], signing["message_utf8"].encode())
    store, session_id = Store(), bytes.fromhex(signing["session_id_hex"])
    store.put(Session(session_id, "phone", what, SOON))
    begun = PhoneSigning(share, session_id, what, random=source(signing, "phone"))
    assert begun.request.hex() == signing["request_hex"]
    answer = answered(server, begun.request, store, random=source(signing, "server"))
    assert answer.hex() == signing["answer_hex"]
    assert begun.complete(answer).hex() == signing["signature_hex"]

    renewal = PhoneRenewal(share, random=source(renewing, "phone"))
    new_server, reply = renew(server, renewal.offer, random=source(renewing, "server"))
    assert (renewal.offer.hex(), reply.hex()) == (renewing["offer_hex"], renewing["answer_hex"])
    assert renewal.complete(reply).d1.export().hex() == renewing["d1_hex"]
    assert new_server.d2.export().hex() == renewing["d2_hex"]


def test_both_compute_the_same_key_and_nobody_holds_it() -> None:
    assert PHONE.public == SERVER.public
    product = group.multiply(PHONE.d1, SERVER.d2)
    private = group.subtract(group.invert(product), Scalar((1).to_bytes(32)))
    assert group.base(private) == PHONE.public
    assert "Scalar()" in repr(PHONE)
    assert PHONE.d1.export().hex() not in repr(PHONE)


def test_a_signature_is_an_ordinary_one() -> None:
    what = statement(PHONE.public)
    sm2.verify(PHONE.public, what.message, signed(PHONE, SERVER, what))


def test_a_jws_is_signed_under_its_own_header() -> None:
    message = jws.signing_input(payload=b"{}", typ="kexin-approval+jws", kid=PHONE.public.kid)
    what = Statement(PHONE.public, "kexin-approval+jws", message)
    token = jws.compact(message, signed(PHONE, SERVER, what))
    assert jws.verify_compact(token, PHONE.public, typ="kexin-approval+jws") == b"{}"


@pytest.mark.parametrize(
    ("typ", "message"),
    [
        ("KEXIN-TEST-V1", b"KEXIN-OTHER-V1\ntext"),
        ("KEXIN-TEST-V1", b"KEXIN-TEST-V1"),
        ("KEXIN-TEST-V1", b"KEXIN-TEST-V10\n"),
        ("kexin-approval+jws", b"KEXIN-TEST-V1\ntext"),
        ("KEXIN-TEST", b"KEXIN-TEST\ntext"),
        ("KEXIN-TEST-V1", bytes(32)),
        (
            "kexin-approval+jws",
            jws.signing_input(payload=b"{}", typ="kexin-approval+jws", kid=PUBLIC.kid),
        ),
        (
            "kexin-approval+jws",
            jws.signing_input(payload=b"{}", typ="dc+sd-jwt", kid=PHONE.public.kid),
        ),
    ],
)
def test_a_message_of_another_type_or_key_is_no_statement(typ: str, message: bytes) -> None:
    with pytest.raises(NotAuthorized, match="typ_mismatch"):
        Statement(PHONE.public, typ, message)


def test_200_signatures_of_distinct_nonces_verify_in_openssl(tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command")
    (tmp_path / "key.pem").write_text(PHONE.public.pem)
    requests, signatures = set(), set()
    for number in range(200):
        what = statement(PHONE.public, f"certificate {number}")
        store = Store()
        signing = begin(PHONE, store, what)
        requests.add(signing.request[17:])
        signature = signing.complete(answered(SERVER, signing.request, store))
        signatures.add(signature[:32])
        (tmp_path / f"{number}.txt").write_bytes(what.message)
        (tmp_path / f"{number}.sig").write_bytes(sm2.to_der(signature))
    assert len(requests) == len(signatures) == 200

    def verified(number: int) -> bytes:
        command = ["openssl", "dgst", "-sm3", "-verify", "key.pem", "-sigopt", ID_OPTION]
        command += ["-signature", f"{number}.sig", f"{number}.txt"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(verified, range(200))) == {b"Verified OK\n"}


# a: nonces and sessions


def test_a_session_is_answered_once() -> None:
    store = Store()
    signing = begin(PHONE, store)
    answered(SERVER, signing.request, store)
    with pytest.raises(NotAuthorized, match="session_unknown"):
        answered(SERVER, signing.request, store)


def test_a_session_that_was_refused_is_gone_too() -> None:
    store = Store()
    signing = begin(PHONE, store)

    def never(session: Session) -> None:
        raise NotAuthorized("policy")

    with pytest.raises(NotAuthorized, match="policy"):
        answered(SERVER, signing.request, store, check=never)
    with pytest.raises(NotAuthorized, match="session_unknown"):
        answered(SERVER, signing.request, store)


def test_a_second_session_ends_the_first() -> None:
    store = Store()
    first, second = begin(PHONE, store), begin(PHONE, store)
    with pytest.raises(NotAuthorized, match="session_unknown"):
        answered(SERVER, first.request, store)
    second.complete(answered(SERVER, second.request, store))


def test_a_session_ends() -> None:
    store = Store()
    signing = begin(PHONE, store)
    with pytest.raises(NotAuthorized, match="session_expired"):
        answered(SERVER, signing.request, store, now=SOON)
    signing = begin(PHONE, store)
    answered(SERVER, signing.request, store, now=SOON - timedelta(seconds=1))


def test_a_session_of_another_key_is_refused() -> None:
    store = Store()
    signing = begin(PHONE, store)
    with pytest.raises(NotAuthorized, match="session_key"):
        answered(OTHER_SERVER, signing.request, store)
    with pytest.raises(NotAuthorized, match="session_key"):
        PhoneSigning(PHONE, bytes(16), statement(PUBLIC), random=entropy.system)


def test_a_phone_signs_once_for_each_nonce() -> None:
    store = Store()
    signing = begin(PHONE, store)
    answer = answered(SERVER, signing.request, store)
    signing.complete(answer)
    with pytest.raises(NotAuthorized, match="session_spent"):
        signing.complete(answer)


def test_after_a_bad_answer_the_nonce_is_gone() -> None:
    """Two answers to one nonce would tell d1."""
    store = Store()
    signing = begin(PHONE, store)
    good = answered(SERVER, signing.request, store)
    with pytest.raises(InvalidSignature, match="partner_signature"):
        signing.complete(good[:-1] + bytes((good[-1] ^ 1,)))
    with pytest.raises(NotAuthorized, match="session_spent"):
        signing.complete(good)


def test_why_a_nonce_is_used_once() -> None:
    """The sum that this module exists to prevent: two answers to one w1 give d1."""
    w1 = group.choose(entropy.system)
    e = statement(PHONE.public).e()
    answers = [two_party._respond(SERVER.d2, group.base(w1), e, entropy.system) for _ in range(2)]
    (r, s1), (r2, s12) = [(Scalar(a), Scalar(b)) for a, b in answers]
    s, s2 = [Scalar(two_party._finish(PHONE.d1, w1, r=a, s1=b)) for a, b in ((r, s1), (r2, s12))]
    top = group.add(group.subtract(s, s2), group.subtract(r, r2))
    found = group.multiply(top, group.invert(group.subtract(s1, s12)))
    assert found.export() == PHONE.d1.export()


# b: the phone verifies


def test_an_answer_to_another_session_is_refused() -> None:
    store = Store()
    signing = begin(PHONE, store)
    answer = answered(SERVER, signing.request, store)
    with pytest.raises(NotAuthorized, match="session_unknown"):
        signing.complete(answer[:1] + bytes(16) + answer[17:])


def test_a_swapped_message_is_not_released() -> None:
    """The phone shows one text, the server has another: their digests differ."""
    store = Store()
    session = two_party.open_session(
        store,
        device="phone",
        statement=statement(PHONE.public, "transfer everything"),
        expires_at=SOON,
        random=entropy.system,
    )
    signing = PhoneSigning(PHONE, session.id, statement(PHONE.public), random=entropy.system)
    answer = answered(SERVER, signing.request, store)
    with pytest.raises(InvalidSignature, match="partner_signature"):
        signing.complete(answer)


def test_an_answer_that_leaves_no_signature_is_refused() -> None:
    """s1 = -w1 makes d1 * (s1 + w1) zero."""
    w1 = (5).to_bytes(32)
    store = Store()
    session = two_party.open_session(
        store, device="phone", statement=statement(PHONE.public), expires_at=SOON,
        random=entropy.system,
    )  # fmt: skip
    signing = PhoneSigning(PHONE, session.id, statement(PHONE.public), random=halves.given(w1))
    s1 = (curve.N - 5).to_bytes(32)
    with pytest.raises(InvalidSignature, match="partner_signature"):
        signing.complete(b"\4" + session.id + w1 + s1)


# d: points and numbers


def test_the_server_draws_again_where_the_first_nonce_gives_no_signature() -> None:
    """w2 = -d2^-1 * w1 makes Q infinity; then r = 0, by an e that cancels x1."""
    w1 = group.choose(entropy.system)
    shifted = group.multiply(group.invert(SERVER.d2), w1)
    cancels = group.subtract(Scalar(group.MINUS_ONE), shifted)
    cancels = group.add(cancels, Scalar((1).to_bytes(32)))
    point, e = group.base(w1), statement(PHONE.public).e()
    again = (9).to_bytes(32)
    source = halves.given(cancels.export(), again)
    alone = two_party._respond(SERVER.d2, point, e, halves.given(again))
    assert two_party._respond(SERVER.d2, point, e, source) == alone


@pytest.mark.parametrize(
    "point", [bytes(64), b"\xff" * 64, PUBLIC.xy[:63] + b"\0", curve.P.to_bytes(32) + bytes(32)]
)
def test_what_is_no_point_is_refused_before_the_session_is_touched(point: bytes) -> None:
    store = Store()
    signing = begin(PHONE, store)
    with pytest.raises(InvalidKey, match="point_off_curve"):
        answered(SERVER, signing.request[:17] + point, store)
    signing.complete(answered(SERVER, signing.request, store))


@pytest.mark.parametrize("number", [bytes(32), curve.N.to_bytes(32), b"\xff" * 32])
@pytest.mark.parametrize("at", [17, 49], ids=["r", "s1"])
def test_numbers_out_of_range_are_refused(number: bytes, at: int) -> None:
    store = Store()
    signing = begin(PHONE, store)
    answer = answered(SERVER, signing.request, store)
    with pytest.raises(InvalidKey, match="scalar_range"):
        signing.complete(answer[:at] + number + answer[at + 32 :])


@settings(max_examples=25)
@given(bit=st.integers(8 * 17, 8 * 81 - 1))
def test_no_bit_of_an_answer_can_be_changed(bit: int) -> None:
    store = Store()
    signing = begin(PHONE, store)
    answer = answered(SERVER, signing.request, store)
    changed = (int.from_bytes(answer) ^ (1 << (8 * 81 - 1 - bit))).to_bytes(81)
    with pytest.raises((InvalidSignature, InvalidKey)):
        signing.complete(changed)


Call = Callable[[bytes], object]
MESSAGES: dict[str, tuple[Call, bytes]] = {
    "offer": (
        lambda data: accept(data, context=halves.CONTEXT, random=entropy.system),
        NewPhoneKey(halves.CONTEXT, entropy.system).offer,
    ),
    "acceptance": (
        lambda data: NewPhoneKey(halves.CONTEXT, entropy.system).complete(data),
        bytes((2,)) + bytes(224),
    ),
    "request": (lambda data: answered(SERVER, data, Store()), begin(PHONE, Store()).request),
    "answer": (lambda data: begin(PHONE, Store()).complete(data), bytes((4,)) + bytes(80)),
    "renewal_offer": (
        lambda data: renew(SERVER, data, random=entropy.system),
        PhoneRenewal(PHONE, random=entropy.system).offer,
    ),
    "renewal": (
        lambda data: PhoneRenewal(PHONE, random=entropy.system).complete(data),
        bytes((6,)) + bytes(64),
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_of_another_kind_or_length_is_refused(name: str) -> None:
    call, good = MESSAGES[name]
    for bad in (b"", good[:-1], good + b"\0", b"\0" + good[1:], bytes((good[0] ^ 7,)) + good[1:]):
        with pytest.raises(InvalidEncoding) as caught:
            call(bad)
        assert (caught.value.code, caught.value.params) == ("two_party_message", {"wanted": name})


# wrong halves


@settings(max_examples=25)
@given(which=st.sampled_from(["phone", "server"]), seed=st.integers(0, 2**32))
def test_a_wrong_half_signs_nothing(which: str, seed: int) -> None:
    wrong = group.choose(halves.repeatable(str(seed)))
    phone = two_party.PhoneShare(wrong if which == "phone" else PHONE.d1, PHONE.public)
    server = two_party.ServerShare(wrong if which == "server" else SERVER.d2, PHONE.public)
    with pytest.raises(InvalidSignature, match="partner_signature"):
        signed(phone, server)


# e: the making


def test_each_proves_to_know_its_half() -> None:
    phone = NewPhoneKey(halves.CONTEXT, entropy.system)
    another = NewPhoneKey(bytes(32), entropy.system)
    for offer in (another.offer, phone.offer[:65] + another.offer[65:]):
        with pytest.raises(CryptoError, match="proof_mismatch"):
            accept(offer, context=halves.CONTEXT, random=entropy.system)

    _, acceptance = accept(phone.offer, context=halves.CONTEXT, random=entropy.system)
    _, other = accept(phone.offer, context=halves.CONTEXT, random=entropy.system)
    with pytest.raises(InvalidSignature, match="proof_mismatch"):
        phone.complete(acceptance[:65] + other[65:])


def test_a_phones_own_proof_does_not_come_back_as_the_servers() -> None:
    phone = NewPhoneKey(halves.CONTEXT, entropy.system)
    mirrored = b"\2" + phone.offer[1:] + PHONE.public.xy
    with pytest.raises(InvalidSignature, match="proof_mismatch"):
        phone.complete(mirrored)


def test_another_joint_key_is_refused() -> None:
    phone = NewPhoneKey(halves.CONTEXT, entropy.system)
    _, acceptance = accept(phone.offer, context=halves.CONTEXT, random=entropy.system)
    with pytest.raises(InvalidSignature, match="joint_key_mismatch"):
        phone.complete(acceptance[:-64] + PUBLIC.xy)


def test_halves_that_cancel_make_no_key() -> None:
    """d1 * d2 = 1 would be the private key zero."""
    d1 = group.choose(entropy.system)
    random = entropy.system
    phone = NewPhoneKey(halves.CONTEXT, halves.given(d1.export(), random(32)))
    inverse = group.invert(d1).export()
    with pytest.raises(InvalidKey, match="point_at_infinity"):
        accept(phone.offer, context=halves.CONTEXT, random=halves.given(inverse, random(32)))


# renewal


def test_renewed_halves_sign_for_the_same_key_and_only_together() -> None:
    renewal = PhoneRenewal(PHONE, random=entropy.system)
    server, answer = renew(SERVER, renewal.offer, random=entropy.system)
    phone = renewal.complete(answer)

    assert phone.public == server.public == PHONE.public
    assert phone.d1.export() != PHONE.d1.export()
    what = statement(PHONE.public)
    sm2.verify(PHONE.public, what.message, signed(phone, server, what))
    for pair in ((PHONE, server), (phone, SERVER)):
        with pytest.raises(InvalidSignature, match="partner_signature"):
            signed(*pair)


def test_other_keys_halves_do_not_mix() -> None:
    other = two_party.ServerShare(OTHER_SERVER.d2, PHONE.public)
    with pytest.raises(InvalidSignature, match="partner_signature"):
        signed(PHONE, other)


def test_the_time_is_the_callers() -> None:
    assert answered(SERVER, begin(PHONE, store := Store()).request, store, now=NOW)[:1] == b"\4"
