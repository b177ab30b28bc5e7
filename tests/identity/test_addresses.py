"""Whose failures are counted together, and who is near."""

import pytest

from identity import addresses


@pytest.mark.parametrize(
    ("address", "source", "neighbourhood"),
    [
        ("203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.77/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("::1", "::/64", "::/48"),
    ],
)
def test_an_address_belongs_to_networks(address: str, source: str, neighbourhood: str) -> None:
    assert addresses.source(address) == source
    assert addresses.neighbourhood(address) == neighbourhood


def test_all_addresses_of_a_64_are_one_source() -> None:
    sources = {addresses.source(f"2001:db8:1:2::{each:x}") for each in range(1, 500)}
    assert sources == {"2001:db8:1:2::/64"}
    assert addresses.source("2001:db8:1:3::1") not in sources


@pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "1.2.3.4/8", "01.2.3.4", "[::1]"])
def test_what_is_no_address_is_a_fault_of_ours(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        addresses.source(text)
