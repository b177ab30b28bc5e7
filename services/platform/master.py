"""The master key in its sealed file, and the passphrase that opens it.

File        canonical JSON, mode 0600: {"format":"kexin/master/v1","kdf":"pbkdf2-hmac-sm3",
            "rounds":n,"salt":b64u 16,"sealed":b64u(nonce ‖ ciphertext ‖ tag)}
Key         32 random bytes, sealed by SM4-GCM under PBKDF2-HMAC-SM3 of the passphrase (GM/T
            0091, RFC 8018); everything else in the file is the AAD
Passphrase  12 characters or more; from the terminal or from a file that only its owner can
            read (mode 0600), else the start is refused
Errors      Refused unseal_file_open_to_others, passphrase_wrong; Conflict master_exists;
            NotFound master_missing; Invalid passphrase_short, master_unreadable

Without the file or the passphrase nothing sealed can be opened again: both belong into the
operator's safe, apart from each other.
"""

import os
import stat
from pathlib import Path

from crypto import canonical, kdf, sm4
from crypto.base64url import b64u, unb64u
from crypto.canonical import Json
from crypto.entropy import Random
from crypto.errors import InvalidCiphertext, InvalidEncoding
from services.platform import files
from services.platform.errors import Conflict, Invalid, NotFound, Refused

MASTER_SIZE = 32
SALT_SIZE = 16
ROUNDS = 300_000
FEWEST_ROUNDS = 10_000
SHORTEST = 12
_FORMAT = {"format": "kexin/master/v1", "kdf": "pbkdf2-hmac-sm3"}


def create_master(path: Path, passphrase: str, *, random: Random, rounds: int = ROUNDS) -> bytes:
    """Make a master key, write its sealed file and return the key.

    Raises Conflict if the file exists: it is never written over.
    """
    if len(passphrase) < SHORTEST:
        raise Invalid("passphrase_short", least=SHORTEST)
    if path.exists():
        raise Conflict("master_exists")
    master = random(MASTER_SIZE)
    salt = random(SALT_SIZE)
    head = _head(rounds, salt)
    sealed = sm4.seal(_wrapping_key(passphrase, salt, rounds), master, canonical.dumps(head))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        files.create(path, canonical.dumps({**head, "sealed": b64u(sealed)}))
    except FileExistsError as error:
        raise Conflict("master_exists") from error
    return master


def open_master(path: Path, passphrase: str) -> bytes:
    """Return the master key. Raises NotFound, Refused passphrase_wrong, Invalid."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("master_missing") from error
    rounds, salt, sealed = _parse(content)
    key = _wrapping_key(passphrase, salt, rounds)
    try:
        return sm4.unseal(key, sealed, canonical.dumps(_head(rounds, salt)))
    except InvalidCiphertext as error:
        raise Refused("passphrase_wrong") from error


def read_passphrase(path: Path) -> str:
    """Return the passphrase in an unseal file, without the end of its line.

    Raises Refused if anybody but its owner may touch the file, NotFound without a file.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise NotFound("unseal_file_missing") from error
    except OSError as error:
        raise Refused("unseal_file_unreadable") from error
    status = os.fstat(number)
    private = stat.S_ISREG(status.st_mode) and not status.st_mode & 0o077
    if not private or status.st_uid != os.geteuid():
        os.close(number)
        raise Refused("unseal_file_open_to_others")
    with os.fdopen(number, "r", encoding="utf-8") as file:
        return file.read().rstrip("\r\n")


def _head(rounds: int, salt: bytes) -> dict[str, Json]:
    return {**_FORMAT, "rounds": rounds, "salt": b64u(salt)}


def _wrapping_key(passphrase: str, salt: bytes, rounds: int) -> bytes:
    return kdf.pbkdf2(passphrase.encode(), salt, rounds=rounds, length=sm4.KEY_SIZE)


def _parse(content: bytes) -> tuple[int, bytes, bytes]:
    """Return rounds, salt and sealed key. Raises Invalid master_unreadable."""
    try:
        match canonical.loads(content):
            case {"rounds": int(rounds), "salt": str(salt), "sealed": str(sealed)} as document:
                parts = rounds, unb64u(salt), unb64u(sealed)
            case _:
                raise Invalid("master_unreadable")
    except InvalidEncoding as error:
        raise Invalid("master_unreadable") from error
    if document != {**_head(*parts[:2]), "sealed": sealed} or rounds < FEWEST_ROUNDS:
        raise Invalid("master_unreadable")
    return parts
