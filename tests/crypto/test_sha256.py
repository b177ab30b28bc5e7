"""SHA-256, by the example of FIPS 180-4."""

from crypto import sha256


def test_the_standards_example() -> None:
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256.digest(b"abc").hex() == expected
