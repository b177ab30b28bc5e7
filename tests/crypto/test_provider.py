"""The provider: who may sign what, and what a faulty device achieves."""

from dataclasses import dataclass, field, replace

import pytest

from crypto import jws, sm2
from crypto.errors import (
    CryptoUnavailable,
    InvalidCiphertext,
    InvalidKey,
    NotAuthorized,
)
from crypto.keys import PrivateKey
from crypto.provider import ALLOWED_TYP, KeyRef, Provider, Request, Use
from crypto.providers.software import SoftwareDevice
from tests.crypto.samples import PUBLIC

MASTER = bytes(range(32))


class Counting(SoftwareDevice):
    """A device that counts what it signs."""

    signed = 0

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        self.signed += 1
        return super().sign_e(ref, e)


@dataclass
class Checked:
    """An approval check that remembers and, if told so, refuses."""

    asked: list[tuple[str, str, bytes, object]] = field(default_factory=list)
    refuses: bool = False

    def __call__(self, ref: KeyRef, typ: str, message: bytes, authorization: object) -> None:
        self.asked.append((ref.kid, typ, message, authorization))
        if self.refuses:
            raise NotAuthorized("not_in_manifest")


@pytest.fixture
def check() -> Checked:
    return Checked()


@pytest.fixture
def provider(check: Checked) -> Provider:
    return Provider(SoftwareDevice(MASTER), check=check)


def message(ref: KeyRef, typ: str) -> bytes:
    return f"{jws.header(kid=ref.kid, typ=typ)}.cGF5bG9hZA".encode()


CASES = [(use, typ) for use, types in ALLOWED_TYP.items() for typ in sorted(types)]


@pytest.mark.parametrize(("use", "typ"), CASES)
def test_each_use_signs_its_own_types(use: Use, typ: str, provider: Provider) -> None:
    ref = provider.generate(use)
    signed = message(ref, typ)
    signature = provider.sign(ref, typ=typ, message=signed, authorization="approved")
    sm2.verify(ref.public, signed, signature)


@pytest.mark.parametrize("use", Use)
def test_no_use_signs_anothers_type(use: Use, provider: Provider) -> None:
    ref = provider.generate(use)
    others = {typ for _, typ in CASES} - ALLOWED_TYP[use] | {"", "JWT"}
    for typ in others:
        with pytest.raises(NotAuthorized, match="typ_not_allowed"):
            provider.sign(ref, typ=typ, message=message(ref, typ), authorization="approved")


def test_every_use_has_its_types_and_no_type_two_uses() -> None:
    assert set(ALLOWED_TYP) == set(Use)
    assert len({typ for _, typ in CASES}) == len(CASES)


def test_the_header_must_say_the_type_and_the_key(provider: Provider) -> None:
    ref, other = provider.generate(Use.STATUS), provider.generate(Use.STATUS)
    for wrong in (
        message(ref, "statuslist+jwt"),
        message(other, "kexin-status+jwt"),
        message(ref, "kexin-status+jwt").replace(b".", b""),
        b"",
    ):
        with pytest.raises(NotAuthorized, match="typ_mismatch"):
            provider.sign(ref, typ="kexin-status+jwt", message=wrong)


def test_a_checkpoint_has_no_header(provider: Provider) -> None:
    ref = provider.generate(Use.LOG)
    note = b"node.example/log/registry/2026\n0\n\n"
    sm2.verify(ref.public, note, provider.sign(ref, typ="kexin-checkpoint", message=note))


def test_an_issuers_key_signs_what_was_approved(provider: Provider, check: Checked) -> None:
    ref = provider.generate(Use.ISSUER)
    signed = message(ref, "dc+sd-jwt")
    provider.sign(ref, typ="dc+sd-jwt", message=signed, authorization="approval 7")
    assert check.asked == [(ref.kid, "dc+sd-jwt", signed, "approval 7")]


def test_an_issuers_key_signs_nothing_without_an_approval(
    provider: Provider, check: Checked
) -> None:
    ref = provider.generate(Use.ISSUER)
    with pytest.raises(NotAuthorized, match="authorization_missing"):
        provider.sign(ref, typ="dc+sd-jwt", message=message(ref, "dc+sd-jwt"))
    assert not check.asked
    check.refuses = True
    with pytest.raises(NotAuthorized, match="not_in_manifest"):
        provider.sign(ref, typ="dc+sd-jwt", message=message(ref, "dc+sd-jwt"), authorization=1)


def test_many_are_signed_in_one_step(provider: Provider, check: Checked) -> None:
    ref = provider.generate(Use.ISSUER)
    signed = [message(ref, "dc+sd-jwt") + each for each in (b"AA", b"AQ")]
    requests = [Request(each, number) for number, each in enumerate(signed)]
    signatures = provider.sign_all(ref, typ="dc+sd-jwt", requests=requests)
    for each, signature in zip(signed, signatures, strict=True):
        sm2.verify(ref.public, each, signature)
    assert [each[3] for each in check.asked] == [0, 1]
    assert provider.sign_all(ref, typ="dc+sd-jwt", requests=[]) == []


def test_of_many_none_is_signed_unless_all_may_be(check: Checked) -> None:
    device = Counting(MASTER)
    provider = Provider(device, check=check)
    ref = provider.generate(Use.ISSUER)
    right = Request(message(ref, "dc+sd-jwt"), "approval 7")
    for wrong in (Request(right.message), Request(b"x.y", "approval 7")):
        with pytest.raises(NotAuthorized):
            provider.sign_all(ref, typ="dc+sd-jwt", requests=[right, wrong])
    assert device.signed == 0


def test_other_keys_need_no_approval(provider: Provider, check: Checked) -> None:
    ref = provider.generate(Use.RECEIPT)
    provider.sign(ref, typ="kexin-receipt+jws", message=message(ref, "kexin-receipt+jws"))
    assert not check.asked


def test_a_signer_makes_tokens(provider: Provider) -> None:
    ref = provider.generate(Use.ISSUER)
    sign = provider.signer(ref, "dc+sd-jwt", "approval 7")
    token = jws.sign_compact(payload=b"payload", typ="dc+sd-jwt", kid=ref.kid, sign=sign)
    assert jws.verify_compact(token, ref.public, typ="dc+sd-jwt") == b"payload"


class Faulty(SoftwareDevice):
    """A device that alters each signature."""

    def __init__(self, alter: str) -> None:
        super().__init__(MASTER)
        self.alter = alter

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        right = super().sign_e(ref, e)
        return {
            "flips a bit": right[:40] + bytes((right[40] ^ 4,)) + right[41:],
            "cuts it": right[:-1],
            "gives zeros": bytes(64),
            "gives nothing": b"",
            "signs another digest": super().sign_e(ref, bytes(32)),
            "signs by another key": sm2.sign_e(PrivateKey.from_scalar(bytes(31) + b"\5"), e),
        }[self.alter]


@pytest.mark.parametrize(
    "alter",
    [
        "flips a bit", "cuts it", "gives zeros", "gives nothing", "signs another digest",
        "signs by another key",
    ],
)  # fmt: skip
def test_a_wrong_signature_is_not_released(alter: str, check: Checked) -> None:
    provider = Provider(Faulty(alter), check=check)
    ref = provider.generate(Use.LOG)
    with pytest.raises(CryptoUnavailable, match="signature_fault"):
        provider.sign(ref, typ="kexin-checkpoint", message=b"note\n")


def test_the_software_device_says_what_it_is(provider: Provider) -> None:
    assert (provider.device.name, provider.device.certified) == ("software", False)


def test_a_reference_does_not_show_what_it_is_kept_by(provider: Provider) -> None:
    ref = provider.generate(Use.LOG)
    assert repr(ref) == f"KeyRef(kid={ref.kid!r}, use='log')"


def test_a_reference_has_the_name_of_its_key(provider: Provider) -> None:
    ref = provider.generate(Use.LOG)
    with pytest.raises(InvalidKey, match="kid_mismatch"):
        replace(ref, public=PUBLIC)


def test_a_wrapped_key_opens_for_its_own_use_and_master_only(provider: Provider) -> None:
    ref, other = provider.generate(Use.STATUS), provider.generate(Use.STATUS)
    device = SoftwareDevice(MASTER)
    sm2.verify_e(ref.public, bytes(32), device.sign_e(ref, bytes(32)))
    for wrong in (
        replace(ref, use=Use.LOG),
        replace(ref, wrapped=other.wrapped),
        replace(ref, wrapped=b""),
    ):
        with pytest.raises(InvalidCiphertext, match="sealed"):
            device.sign_e(wrong, bytes(32))
    with pytest.raises(InvalidCiphertext, match="sealed_mismatch"):
        SoftwareDevice(MASTER[::-1]).sign_e(ref, bytes(32))


@pytest.mark.parametrize("size", [0, 15])
def test_a_short_master_key_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        SoftwareDevice(bytes(size))
