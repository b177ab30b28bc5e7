"""What every Kexin process is made of: runtime, chain, worker. Used by the composition roots.

Order      self-test (no known answer, no cryptography), master key, database at the newest
           migration, forget journal replayed; only then is there a Runtime
Errors     CryptoUnavailable; NotFound master_missing; Refused passphrase_wrong; Unavailable
           database_outdated, chain_not_configured
"""

import gc
import logging
import socket
from collections.abc import Callable, Collection
from pathlib import Path

from crypto import entropy, kdf, pkcs8, selftest, sm2
from crypto.canonical import dumps, loads
from crypto.jws import b64u, unb64u
from crypto.provider import Provider
from crypto.providers.software import SoftwareDevice
from identity import approval
from ledger.chain import Chain, ChainIdentity
from ledger.chains import anvil
from services import recurring
from services.audit import trail
from services.honours import approving, issue
from services.migrations import migrate
from services.platform import clock, files, master
from services.platform.db import Database, engine
from services.platform.errors import Unavailable
from services.platform.jobs.runner import Runner
from services.platform.protect import Protect
from services.platform.record_keys import RecordKeys
from services.platform.settings import Settings
from services.platform.work import Runtime

LOCAL_KEY = "local.pem"
"""Name of the local driver's key in the chain's folder."""

log = logging.getLogger("kexin")


def open_runtime(settings: Settings, passphrase: str) -> Runtime:
    """Return the runtime of this node after everything that must hold first."""
    selftest.require()
    secret = master.open_master(settings.master_file, passphrase)
    device = SoftwareDevice(kdf.hkdf(secret, salt=b"kexin/device/v1", info=b"", length=16))
    runtime = Runtime(
        settings=settings,
        database=Database(engine(settings.database, connections=settings.database_connections)),
        clock=clock.system,
        protect=Protect(secret),
        provider=Provider(device, check=approval.authorize),
        random=entropy.system,
    )
    with runtime.reading():  # so that an unreachable database is told as such
        migrate.check(runtime.database)
    with runtime.writing() as work:
        RecordKeys.of(runtime).replay(work)
    return runtime


def read_passphrase(settings: Settings, ask: Callable[[], str]) -> str:
    """Return the passphrase of the master key from its file, or ask for it."""
    if settings.unseal_file is not None:
        return master.read_passphrase(settings.unseal_file)
    return ask()


def open_chain(runtime: Runtime) -> Chain:
    """Return the chain that this node anchors on. Raises Unavailable chain_not_configured."""
    settings = runtime.settings
    if settings.chain_driver == "local" or not settings.chain_urls:
        if settings.chain_driver == "evm":
            raise Unavailable("chain_not_configured")
        return _local(runtime)
    return _evm(runtime)


def chain_key_file(settings: Settings) -> Path:
    """Return where the key of the anchoring account stands, sealed."""
    return settings.chain_key_file or settings.chain_folder / "anchorer.key"


def chain_key(runtime: Runtime, path: Path) -> bytes:
    """Return the 32-byte key in a sealed file, made at its first use."""
    return _sealed(runtime, path, "chain_key", lambda: runtime.random(32))


def write_deployment(path: Path, identity: ChainIdentity) -> None:
    """Write down which chain and contract this node is pinned to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "code_digest": b64u(identity.code_digest),
        "contract": identity.contract,
        "driver": identity.driver,
        "genesis": b64u(identity.genesis),
        "id": identity.id,
    }
    files.replace(path, dumps(content), mode=files.PUBLIC)


def read_deployment(path: Path) -> ChainIdentity:
    """Return the pinned identity. Raises Unavailable chain_not_configured."""
    try:
        match loads(path.read_bytes()):
            case {
                "code_digest": str(code),
                "contract": str(contract),
                "driver": str(driver),
                "genesis": str(genesis),
                "id": str(name),
            }:
                return ChainIdentity(name, unb64u(genesis), contract, unb64u(code), driver)
    except FileNotFoundError as error:
        raise Unavailable("chain_not_configured") from error
    raise Unavailable("chain_not_configured")


def deployment_file(settings: Settings) -> Path:
    """Return where the deployment record stands."""
    return settings.chain_deployment or settings.chain_folder / "deployment.json"


def make_runner(runtime: Runtime, chain: Chain, only: Collection[str] = ()) -> Runner:
    """Return the worker: the jobs of all processes, and what recurs, or `only` these of it."""
    tasks = recurring.everything(runtime, chain)
    return Runner(
        runtime,
        {approving.JOB: issue.run},
        owner=f"{socket.gethostname()}-{entropy.token(6)}",
        alarm=lambda name, code: _alarm(runtime, name, code),
        recurring=[each for each in tasks if not only or each.name in only],
    )


def settle() -> None:
    """Spare the garbage collector what is loaded by now: it stays as long as the process.

    Called before a process serves or works. Looking at all modules again and again would take
    one in thirty seconds of issuing.
    """
    gc.collect()
    gc.freeze()


def _local(runtime: Runtime) -> Chain:
    from ledger.chains.local import LocalChain

    path = runtime.settings.chain_folder / LOCAL_KEY
    pem = _sealed(runtime, path, "local_chain", lambda: pkcs8.dump(sm2.generate()).encode())
    private = pkcs8.load(pem.decode())
    return LocalChain(
        runtime,
        node=runtime.settings.node_name,
        key=private.public,
        sign=lambda message: sm2.sign(private, message),
    )


def _evm(runtime: Runtime) -> Chain:
    from ledger.chains.evm import EvmChain

    settings = runtime.settings
    pin = read_deployment(deployment_file(settings))
    state = settings.chain_folder / anvil.STATE
    keep = anvil.StateFile(settings.chain_urls[0], state) if state.exists() else None
    return EvmChain(
        settings.chain_urls,
        pin,
        key=chain_key(runtime, chain_key_file(settings)),
        agreeing=len(settings.chain_urls) // 3 + 1,
        depth=settings.chain_confirmations + 1,
        keep=None if keep is None else keep.keep,
    )


def _sealed(runtime: Runtime, path: Path, column: str, make: Callable[[], bytes]) -> bytes:
    """Return what a sealed file of the node holds; `make` it at its first use."""
    place = {"tenant": "node", "table": "file", "column": column, "key": path.name}
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, runtime.protect.seal(make(), **place))
    return runtime.protect.unseal(path.read_bytes(), **place)


def _alarm(runtime: Runtime, name: str, code: str) -> None:
    """Tell the log and, if the database takes it now, everybody who looks at the alarms."""
    log.error("worker: %s: %s", name, code)
    try:
        with runtime.writing() as work:
            trail.raise_alarm(work, name, code)
    except Unavailable as error:
        log.error("worker: no alarm could be kept: %s", error.code)
