"""What stands in the database is sealed, found by keyed digests, and checked before it is used.

seal, unseal       one column's value; SM4-GCM (GB/T 32907, RFC 8998), a key per tenant
                   envelope: 0x01 ‖ key version (2 bytes) ‖ nonce 12 ‖ ciphertext ‖ tag 16
                   AAD: domain, tenant, table, column, primary key, key version, each with its
                   length; a value moved to another row, column or tenant does not open
index              HMAC-SM3 under a key per tenant and field: look-up of a unique identifier
row_mac            HMAC-SM3 over table, primary key, version and all named columns
set_mac            HMAC-SM3 over the MACs of all rows of one parent: a deleted row is missed
Errors             InvalidCiphertext (crypto) when a value does not open; Tampered when a row
                   or a set is not what was written. Both fail closed.
Keys               HKDF-SM3 from the node's master key, one per purpose; none is stored

Raising the key version: give the old master keys as `older`; what they sealed still opens, what
is sealed now is under the new one. MACs and indexes are made anew by the job that rotates.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from crypto import kdf, sm3, sm4
from crypto.errors import InvalidCiphertext, InvalidSignature
from services.platform.errors import Tampered

Value = str | int | bytes | datetime | bool | None
"""What a column that is covered by a MAC may hold."""

ENVELOPE = 1
_SALT = b"kexin/protect/v1"


def lengths(*parts: bytes) -> bytes:
    """Return the parts one after the other, each behind its length in four bytes."""
    return b"".join([len(part).to_bytes(4) + part for part in parts])


class Protect:
    """Everything that is derived from one master key."""

    def __init__(
        self, master: bytes, *, version: int = 1, older: Mapping[int, bytes] | None = None
    ) -> None:
        self._masters = {**(older or {}), version: master}
        self._version = version
        if any(len(key) != 32 for key in self._masters.values()):
            raise ValueError("a master key has 32 bytes")
        self._key = lru_cache(maxsize=4096)(self._derive)

    def __repr__(self) -> str:
        return f"Protect(version={self._version})"

    def seal(self, value: bytes, *, tenant: str, table: str, column: str, key: str) -> bytes:
        """Return the envelope to store in that column of that row."""
        head = ENVELOPE.to_bytes(1) + self._version.to_bytes(2)
        secret = self._key(self._version, 16, "column", tenant)
        return head + sm4.seal(secret, value, _place(head, tenant, table, column, key))

    def unseal(self, sealed: bytes, *, tenant: str, table: str, column: str, key: str) -> bytes:
        """Return the value. Raises InvalidCiphertext if it was altered or moved."""
        head, box = sealed[:3], sealed[3:]
        version = int.from_bytes(head[1:])
        if head[:1] != ENVELOPE.to_bytes(1) or version not in self._masters:
            raise InvalidCiphertext("envelope_unknown", table=table, column=column)
        secret = self._key(version, 16, "column", tenant)
        return sm4.unseal(secret, box, _place(head, tenant, table, column, key))

    def index(self, tenant: str, field: str, value: str) -> bytes:
        """Return the keyed digest under which a unique, normalised identifier is found."""
        return sm3.hmac(self._key(self._version, 32, "index", tenant, field), value.encode())

    def row_mac(self, table: str, key: str, version: int, columns: Mapping[str, Value]) -> bytes:
        """Return the MAC of a row: every column that means something, by name."""
        return sm3.hmac(self._mac_key("row"), _row(table, key, version, columns))

    def check_row(
        self, mac: bytes, table: str, key: str, version: int, columns: Mapping[str, Value]
    ) -> None:
        """Raise Tampered unless the row is what was written, also if no such value can be."""
        try:
            sm3.verify_hmac(self._mac_key("row"), _row(table, key, version, columns), mac)
        except (InvalidSignature, TypeError, ValueError) as error:
            raise Tampered("row_altered", table=table) from error

    def set_mac(self, table: str, parent: str, version: int, rows: Iterable[bytes]) -> bytes:
        """Return the MAC of all rows of `table` that belong to `parent`, given their MACs."""
        return sm3.hmac(self._mac_key("set"), _set(table, parent, version, rows))

    def check_set(
        self, mac: bytes, table: str, parent: str, version: int, rows: Iterable[bytes]
    ) -> None:
        """Raise Tampered if a row of the set is missing, new or changed."""
        try:
            sm3.verify_hmac(self._mac_key("set"), _set(table, parent, version, rows), mac)
        except InvalidSignature as error:
            raise Tampered("rows_altered", table=table) from error

    def mac(self, purpose: str, *parts: bytes) -> bytes:
        """Return a MAC for something outside the database, under a key of its own."""
        return sm3.hmac(self._mac_key(purpose), lengths(*parts))

    def _mac_key(self, purpose: str) -> bytes:
        return self._key(self._version, 32, "mac", purpose)

    def _derive(self, version: int, length: int, *purpose: str) -> bytes:
        info = lengths(*(part.encode() for part in purpose))
        return kdf.hkdf(self._masters[version], salt=_SALT, info=info, length=length)


def _place(head: bytes, *parts: str) -> bytes:
    return lengths(b"kexin/column/v1", head, *(part.encode() for part in parts))


def _row(table: str, key: str, version: int, columns: Mapping[str, Value]) -> bytes:
    """Write a row down: columns in the order of their names, so that callers need not agree.

    Each as its name, its type and its bytes: "1", 1, True and b"1" are four different values.
    """
    parts = [lengths(b"kexin/row/v1", table.encode(), key.encode(), b"%d" % version)]
    for name in sorted(columns):
        value = columns[name]
        kind: Any = type(value)
        head, written = _head(name, kind), _written(value)
        parts += (head, len(written).to_bytes(4), written)
    return b"".join(parts)


@lru_cache(maxsize=4096)
def _head(name: str, kind: type) -> bytes:
    """Return a column's name and type: the same for every row, so written once."""
    for base, text in _TYPES.items():
        if issubclass(kind, base):
            return lengths(name.encode(), text)
    raise TypeError(f"a column that is covered by a MAC holds no {kind.__name__}")


_TYPES: dict[type, bytes] = {
    type(None): b"null",
    str: b"text",
    bytes: b"bytes",
    bool: b"bool",
    int: b"int",
    datetime: b"time",
}
"""What may stand in a column; a bool is an int too, so it is asked for first."""


def _written(value: Value) -> bytes:
    """Return a value's bytes."""
    if value is None:
        return b""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return b"%d" % value
    if value.tzinfo is None:
        raise ValueError("an instant without a time zone cannot be covered by a MAC")
    return b"%d" % int(value.timestamp())


def _set(table: str, parent: str, version: int, rows: Iterable[bytes]) -> bytes:
    macs = sorted(rows)
    head = (b"kexin/set/v1", table.encode(), parent.encode(), b"%d" % version, b"%d" % len(macs))
    return lengths(*head, *macs)
