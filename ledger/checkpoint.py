"""A checkpoint: the signed head of a log's tree. Format kexin/checkpoint/v1.

Text       the note of C2SP tlog-checkpoint and signed-note: origin, size, root, one extension
           line `time`, an empty line, signature lines. docs/formats/checkpoint-v1.md
Signature  SM2 with the default ID over the body with its last newline; the line carries 4 bytes
           of SM3(name ‖ 0x0A ‖ 0xFE ‖ "sm2" ‖ X‖Y) and r‖s. The node signs first, witnesses after
           it, sorted by name
Origin     `<node name>/log/<institution id>/<year>`; log_id = SM3(origin), node_id = SM3(name)
Errors     InvalidCheckpoint: checkpoint_text, checkpoint_origin, checkpoint_size,
           checkpoint_root, checkpoint_time, checkpoint_lines, checkpoint_signer,
           checkpoint_signature, checkpoint_witnesses; ValueError where we would write nonsense
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from crypto import sm2, sm3
from crypto.errors import InvalidSignature
from crypto.jws import SignBytes
from crypto.keys import PublicKey
from ledger import times
from ledger.errors import InvalidCheckpoint

MAX_SIZE = 2**53 - 1
"""As large as an integer in canonical JSON."""

MAX_NOTE = 4096

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?")
_ORIGIN = re.compile(rf"({_NAME.pattern})/log/([A-Za-z0-9_]{{1,64}})/(2[0-9]{{3}})")
_SIZE = re.compile(r"[1-9][0-9]{0,15}")
_KEY_HASH_SIZE = 4
_KEY_KIND = b"\n\xfesm2"
_DASH = "\N{EM DASH} "


class OriginParts(NamedTuple):
    """What an origin is made of."""

    node: str
    institution: str
    year: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of one log's tree at one size."""

    origin: str
    size: int
    root: bytes
    time: datetime

    def body(self) -> bytes:
        """Return the bytes that are signed."""
        lines = [
            self.origin,
            str(self.size),
            _base64(self.root),
            f"time {times.to_text(self.time)}",
            "",
        ]
        return "\n".join(lines).encode("ascii")


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature of a note; nothing is verified yet."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note taken apart; nothing is verified yet."""

    checkpoint: Checkpoint
    node: SignatureLine
    witnesses: tuple[SignatureLine, ...]


def origin(node: str, institution: str, year: int) -> str:
    """Return the origin of an institution's log of a year; ValueError if it would be none."""
    made = f"{node}/log/{institution}/{year}"
    if not _ORIGIN.fullmatch(made):
        raise ValueError("a node name, an institution id or a year that no origin may carry")
    return made


def split_origin(text: str) -> OriginParts:
    """Return what the origin is made of. Raises InvalidCheckpoint."""
    found = _ORIGIN.fullmatch(text)
    if found is None:
        raise InvalidCheckpoint("checkpoint_origin")
    return OriginParts(found[1], found[2], int(found[3]))


def log_id(origin: str) -> bytes:
    """Return the log's name on the chain: SM3 of its origin."""
    return sm3.digest(origin.encode("ascii"))


def node_id(name: str) -> bytes:
    """Return the node's name on the chain: SM3 of its name."""
    return sm3.digest(name.encode("ascii"))


def key_hash(name: str, key: PublicKey) -> bytes:
    """Return the 4 bytes by which a signature line points to its key."""
    return sm3.digest(name.encode("ascii") + _KEY_KIND + key.xy)[:_KEY_HASH_SIZE]


def sign(checkpoint: Checkpoint, name: str, key: PublicKey, sign: SignBytes) -> str:
    """Return the note signed by the node `name`; ValueError if it is not the origin's node.

    An empty log is never signed: ValueError.
    """
    if split_origin(checkpoint.origin).node != name or not 0 < checkpoint.size <= MAX_SIZE:
        raise ValueError("not a tree head that this node signs")
    body = checkpoint.body()
    return f"{body.decode('ascii')}\n{_line(name, key, sign(body))}"


def cosign(note: str, name: str, key: PublicKey, sign: SignBytes) -> str:
    """Return the note with the line of the witness `name` added in its place."""
    parsed = parse(note)
    if not _NAME.fullmatch(name) or name in (parsed.node.name, *(w.name for w in parsed.witnesses)):
        raise ValueError("not a name for one more witness")
    body = parsed.checkpoint.body()
    head, _, lines = note.partition("\n\n")
    first, *others = lines.splitlines(keepends=True)
    others.append(_line(name, key, sign(body)))
    return f"{head}\n\n{first}{''.join(sorted(others, key=lambda line: line.split(' ')[1]))}"


def parse(note: str) -> SignedNote:
    """Take a note apart. Raises InvalidCheckpoint unless it is exactly as we write it."""
    if len(note) > MAX_NOTE or not note.endswith("\n") or "\r" in note:
        raise InvalidCheckpoint("checkpoint_text")
    match note[:-1].split("\n"):
        case [origin, size, root, time, "", *lines] if lines:
            checkpoint = _read_body(origin, size, root, time)
        case _:
            raise InvalidCheckpoint("checkpoint_text")
    first, *others = [_read_line(line) for line in lines]
    if first.name != split_origin(origin).node:
        raise InvalidCheckpoint("checkpoint_signer")
    names = [line.name for line in others]
    if names != sorted(set(names)) or first.name in names:
        raise InvalidCheckpoint("checkpoint_lines")
    return SignedNote(checkpoint, first, tuple(others))


def verify(
    note: str,
    *,
    name: str,
    key: PublicKey,
    witnesses: Mapping[str, PublicKey] | None = None,
    required: int = 0,
) -> Checkpoint:
    """Return the checkpoint that the node `name` and at least `required` witnesses signed.

    Every line of the note must be valid, and each witness one of `witnesses`: nothing in a note
    goes unread. Raises InvalidCheckpoint.
    """
    parsed = parse(note)
    if parsed.node.name != name:
        raise InvalidCheckpoint("checkpoint_signer")
    body = parsed.checkpoint.body()
    _verify_line(parsed.node, key, body)
    known = witnesses or {}
    for line in parsed.witnesses:
        if line.name not in known:
            raise InvalidCheckpoint("checkpoint_signer", witness=line.name)
        _verify_line(line, known[line.name], body)
    if len(parsed.witnesses) < required:
        raise InvalidCheckpoint(
            "checkpoint_witnesses", found=len(parsed.witnesses), wanted=required
        )
    return parsed.checkpoint


def _line(name: str, key: PublicKey, signature: bytes) -> str:
    return f"{_DASH}{name} {_base64(key_hash(name, key) + signature)}\n"


def _read_body(origin: str, size: str, root: str, time: str) -> Checkpoint:
    split_origin(origin)
    if not _SIZE.fullmatch(size) or int(size) > MAX_SIZE:
        raise InvalidCheckpoint("checkpoint_size")
    try:
        instant = times.from_text(time[5:] if time.startswith("time ") else "")
    except ValueError as error:
        raise InvalidCheckpoint("checkpoint_time") from error
    return Checkpoint(origin, int(size), _unbase64(root, sm3.DIGEST_SIZE, "root"), instant)


def _read_line(line: str) -> SignatureLine:
    match line.removeprefix(_DASH).split(" "):
        case [name, encoded] if line.startswith(_DASH) and _NAME.fullmatch(name):
            data = _unbase64(encoded, _KEY_HASH_SIZE + sm2.SIGNATURE_SIZE, "lines")
        case _:
            raise InvalidCheckpoint("checkpoint_lines")
    return SignatureLine(name, data[:_KEY_HASH_SIZE], data[_KEY_HASH_SIZE:])


def _verify_line(line: SignatureLine, key: PublicKey, body: bytes) -> None:
    if line.key_hash != key_hash(line.name, key):
        raise InvalidCheckpoint("checkpoint_signer", signer=line.name)
    try:
        sm2.verify(key, body, line.signature)
    except InvalidSignature as error:
        raise InvalidCheckpoint("checkpoint_signature", signer=line.name) from error


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _unbase64(text: str, size: int, part: str) -> bytes:
    """Return the bytes of standard base64 with padding, of which each value has one spelling."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise InvalidCheckpoint(f"checkpoint_{part}") from error
    if len(data) != size or _base64(data) != text:
        raise InvalidCheckpoint(f"checkpoint_{part}")
    return data
