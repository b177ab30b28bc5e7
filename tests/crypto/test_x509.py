"""The self-issued certificate around a key."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crypto import der, sm2, x509
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.keys import to_pem
from tests.crypto.samples import ID_OPTION, PRIVATE, PUBLIC, openssl

SINCE = datetime(2026, 11, 24, 8, tzinfo=UTC)
NAME = "kexin.zz.example"


def issue(name: str = NAME, since: datetime = SINCE) -> x509.Certificate:
    return x509.issue(name, PUBLIC, since, lambda message: sm2.sign(PRIVATE, message))


DATA = issue().der()


def test_a_certificate_comes_back_and_verifies() -> None:
    certificate = x509.parse(DATA)

    assert (certificate.name, certificate.key, certificate.since) == (NAME, PUBLIC, SINCE)
    assert certificate.der() == DATA
    x509.verify(certificate)


@pytest.mark.parametrize("name", ["可信演示节点", "n" * 64])
def test_names_of_any_script(name: str) -> None:
    x509.verify(x509.parse(issue(name).der()))


@pytest.mark.parametrize("name", ["", "n" * 65])
def test_an_impossible_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="common name"):
        issue(name)


@pytest.mark.parametrize("year", [2049, 2050])
def test_both_forms_of_time(year: int) -> None:
    since = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert x509.parse(issue(since=since).der()).since == since


def test_openssl_reads_it_and_verifies_the_signature(tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text(to_pem("CERTIFICATE", DATA))
    text = openssl("x509", "-in", tmp_path / "c.pem", "-noout", "-text").decode()

    assert "SM2-with-SM3" in text
    assert f"Subject: CN = {NAME}" in text or f"Subject: CN={NAME}" in text
    assert "CA:FALSE" in text
    assert "Digital Signature, Non Repudiation" in text
    assert openssl(
        "verify", "-vfyopt", ID_OPTION, "-CAfile", tmp_path / "c.pem", tmp_path / "c.pem"
    )
    signed = x509.to_be_signed(NAME, PUBLIC, SINCE)
    (tmp_path / "key.pem").write_bytes(
        openssl("x509", "-in", tmp_path / "c.pem", "-noout", "-pubkey")
    )
    (tmp_path / "signature").write_bytes(sm2.to_der(x509.parse(DATA).signature))
    key, signature = tmp_path / "key.pem", tmp_path / "signature"
    assert b"Verified OK" in openssl(
        "dgst", "-sm3", "-verify", key, "-sigopt", ID_OPTION, "-signature", signature, data=signed
    )


def test_no_bit_can_be_changed() -> None:
    for at in range(len(DATA)):
        changed = DATA[:at] + bytes([DATA[at] ^ 1]) + DATA[at + 1 :]
        with pytest.raises((InvalidEncoding, InvalidSignature)):
            x509.verify(x509.parse(changed))


@pytest.mark.parametrize("data", [b"", DATA[:-1], DATA + b"\0", DATA[:200], DATA * 2])
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidEncoding, match="certificate_form"):
        x509.parse(data)


def test_a_certificate_of_another_writer_is_refused() -> None:
    """It has an organisation beside the common name: not the one form that we read."""
    other = der.element(der.UTF8, b"Other")
    changed = DATA.replace(der.element(der.UTF8, NAME.encode()), other)
    with pytest.raises(InvalidEncoding, match="certificate_form"):
        x509.parse(changed)


def test_it_names_itself_by_issuer_and_serial_number() -> None:
    certificate = x509.parse(DATA)

    assert certificate.names() == issue(since=SINCE + timedelta(days=1)).names()
    assert issue("other").names() != certificate.names()
