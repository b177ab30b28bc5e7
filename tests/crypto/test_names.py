"""Names in certificates."""

import pytest

from crypto import der, names
from crypto.errors import InvalidEncoding
from crypto.names import COMMON_NAME, COUNTRY, ORGANISATION, Name

PERSON = Name.of(
    (COUNTRY, "CN"), (ORGANISATION, "可信演示节点"), (COMMON_NAME, "E417KQ2M9XW4HD0RT4")
)


def attribute(tag: int, octets: bytes, oid: str = COMMON_NAME) -> bytes:
    return der.element(der.SEQUENCE, der.oid(oid), der.element(tag, octets))


def one(*parts: bytes) -> bytes:
    return der.element(der.SEQUENCE, *(der.element(der.SET, part) for part in parts))


def test_a_name_comes_back() -> None:
    reader = der.Reader(PERSON.der())
    assert names.read(reader) == PERSON
    reader.end()
    assert str(PERSON) == "C=CN, O=可信演示节点, CN=E417KQ2M9XW4HD0RT4"
    assert str(names.read(der.Reader(one(attribute(der.UTF8, b"x", "2.5.4.4"))))) == "2.5.4.4=x"


def test_an_attribute_is_found_if_it_is_there_once() -> None:
    assert PERSON.only(COMMON_NAME) == "E417KQ2M9XW4HD0RT4"
    assert PERSON.only("2.5.4.4") is None
    assert Name.of((COMMON_NAME, "a"), (COMMON_NAME, "b")).only(COMMON_NAME) is None


def test_a_name_lies_within_its_beginning() -> None:
    node = Name.of((COUNTRY, "CN"), (ORGANISATION, "可信演示节点"))
    other = Name.of((COUNTRY, "CN"), (ORGANISATION, "可信"))

    assert PERSON.within(node)
    assert PERSON.within(PERSON)
    assert not PERSON.within(other)
    assert not node.within(PERSON)


def test_the_other_kind_of_text_is_another_name() -> None:
    printable = names.read(der.Reader(one(attribute(der.PRINTABLE, b"Root"))))
    assert printable.attributes == ((COMMON_NAME, "Root"),)
    assert printable != Name.of((COMMON_NAME, "Root"))


@pytest.mark.parametrize("text", ["", "n" * 65, "a\nb", "a\0b"])
def test_an_impossible_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="visible"):
        Name.of((COMMON_NAME, text))
    with pytest.raises(InvalidEncoding, match="name_attribute"):
        names.read(der.Reader(one(attribute(der.UTF8, text.encode()))))


def test_a_name_has_attributes() -> None:
    with pytest.raises(ValueError, match="visible"):
        Name.of()
    with pytest.raises(InvalidEncoding, match="name_empty"):
        names.read(der.Reader(one()))


@pytest.mark.parametrize(
    "data",
    [
        one(attribute(der.UTF8, b"a") + attribute(der.UTF8, b"b")),
        one(attribute(0x1E, b"\0a")),
        one(attribute(der.UTF8, b"\xff")),
        one(b""),
        one(der.element(der.SEQUENCE, der.oid(COMMON_NAME))),
        one(der.element(der.SEQUENCE, attribute(der.UTF8, b"a")[2:], der.TRUE)),
        der.element(der.SET),
    ],
    ids=["two in one part", "BMPString", "no UTF-8", "nothing", "no value", "more", "no sequence"],
)
def test_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidEncoding):
        names.read(der.Reader(data))
