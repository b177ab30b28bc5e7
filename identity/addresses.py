"""Where a request comes from, as far as limits and warnings care.

Source         who is counted: an IPv4 address, or the /64 of an IPv6 one, because whoever has
               one address of a /64 has all of them
Neighbourhood  who is near: the /24 of an IPv4 address, the /48 of an IPv6 one
Errors         ValueError for what is no address; services take addresses from their own proxy
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def source(address: str) -> str:
    """Return what failures are counted under."""
    return _network(address, 32, 64)


def neighbourhood(address: str) -> str:
    """Return the network that a telephone beside a computer often shares with it."""
    return _network(address, 24, 48)


def _network(address: str, bits_4: int, bits_6: int) -> str:
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        # Without its zone; an IPv4 address that came in IPv6's clothes is what it is.
        parsed = parsed.ipv4_mapped or IPv6Address(int(parsed))
    bits = bits_4 if isinstance(parsed, IPv4Address) else bits_6
    return str(ip_network((int(parsed).to_bytes(parsed.max_prefixlen // 8), bits), strict=False))
