"""Signing in two parties at length: no nonce twice, and OpenSSL verifies every signature."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.measure import Measured, Watch, running
from crypto import entropy, sm2, two_party
from crypto.two_party import PhoneSigning, Statement
from tests.crypto import halves

AT_ONCE = 4
"""openssl commands that run beside one another."""


def run(folder: Path, count: int, by_command: int) -> Iterator[Measured]:
    """Sign `count` texts; OpenSSL's library verifies all, its command line the first ones."""
    group = f"two-party SM2, {count:,} signatures"
    begun, answered, completed, verified = Watch(), Watch(), Watch(), Watch()
    phone, server = halves.made()
    points, halves_of_signatures = set(), set()
    for number in range(count):
        what = Statement(phone.public, halves.TYP, f"{halves.TYP}\ntext {number}".encode())
        store = halves.Store()
        session = two_party.open_session(
            store, device="phone", statement=what, expires_at=halves.SOON, random=entropy.system
        )
        with running(begun):
            signing = PhoneSigning(phone, session.id, what, random=entropy.system)
        with running(answered):
            answer = halves.answered(server, signing.request, store)
        with running(completed):
            signature = signing.complete(answer)
        with running(verified):
            sm2.verify(phone.public, what.message, signature)
        points.add(signing.request[17:])
        halves_of_signatures.add(signature[:32])
        if number < by_command:
            (folder / f"{number}.txt").write_bytes(what.message)
            (folder / f"{number}.sig").write_bytes(sm2.to_der(signature))
    if not len(points) == len(halves_of_signatures) == count:
        raise ValueError("a nonce came twice")
    (folder / "key.pem").write_text(phone.public.pem, "ascii")
    _by_command(folder, by_command)
    yield begun.of(group, "phone: begin", count)
    yield answered.of(group, "server: answer", count)
    yield completed.of(group, "phone: complete and verify", count)
    yield verified.of(group, "verify by a stranger", count)


def _by_command(folder: Path, count: int) -> None:
    def verify(number: int) -> None:
        command = ["openssl", "dgst", "-sm3", "-verify", "key.pem"]
        command += ["-sigopt", "distid:1234567812345678"]
        command += ["-signature", f"{number}.sig", f"{number}.txt"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(verify, range(count)))
