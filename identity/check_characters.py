"""The two check-character systems behind our codes.

MOD 31       GB 32100-2015, 5.4: weights 3^(i-1) mod 31 over an alphabet of 31 symbols. 31 is
             prime and the first 30 weights differ, so every single substitution and every swap
             of neighbours is found in codes of up to 31 symbols. Used by the unified social
             credit code and, with the same rule, by EDU-IDs, institution ids and certificate
             numbers, which are ours.
MOD 11-2     ISO 7064, as used by GB 11643-1999: weights 2^(n-i) mod 11, check digit 0-9 or X.

Input is the body without its check character; the caller has checked its symbols. Random codes
are drawn from the same alphabet.
"""

from operator import mul

from crypto.entropy import Random

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015, table 2: no I, O, S, V, Z. The value of a symbol is its place, 0 to 30."""

_VALUE_OF = {symbol: value for value, symbol in enumerate(ALPHABET)}.__getitem__
_WEIGHTS = tuple(pow(3, place, 31) for place in range(30))
_MOD_11 = "10X98765432"


def mod_31(body: str) -> str:
    """Return the check character of `body`: at most 30 symbols, all of ALPHABET."""
    total = sum(map(mul, map(_VALUE_OF, body), _WEIGHTS))
    return ALPHABET[-total % 31]


def mod_11_2(body: str) -> str:
    """Return the check character of `body`, which holds the digits 0-9 only."""
    total = sum(int(digit) * pow(2, len(body) - place, 11) for place, digit in enumerate(body))
    return _MOD_11[total % 11]


def random_symbols(count: int, random: Random) -> str:
    """Return up to 16 symbols. 160 bits for at most 80 of entropy: the bias is below 2^-80."""
    value = int.from_bytes(random(20))
    symbols = ""
    for _ in range(count):
        value, place = divmod(value, 31)
        symbols += ALPHABET[place]
    return symbols
