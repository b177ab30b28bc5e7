"""What every Kexin process is made of: runtime, chain, worker. Used by the composition roots.

Order      self-test (no known answer, no cryptography), master key, database at the newest
           migration, forget journal replayed; only then is there a Runtime
Errors     CryptoUnavailable; NotFound master_missing; Refused passphrase_wrong; Unavailable
           database_outdated, chain_not_configured, chain_file_lost
"""

import gc
import logging
import socket
from collections.abc import Callable, Collection

from crypto import entropy, kdf, selftest
from crypto.provider import Provider
from crypto.providers.software import SoftwareDevice
from identity import approval
from ledger.chain import Chain, enough
from ledger.chains import anvil
from services import pinned, recurring
from services.audit import trail
from services.honours import approving, issue
from services.migrations import migrate
from services.platform import clock, master
from services.platform.db import Database, engine
from services.platform.errors import Unavailable
from services.platform.jobs.runner import Runner
from services.platform.protect import Protect
from services.platform.record_keys import RecordKeys
from services.platform.settings import Settings
from services.platform.work import Runtime

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
    """Return the chain that this node anchors on. Raises Unavailable."""
    settings = runtime.settings
    if settings.chain_driver == "local" or not settings.chain_urls:
        if settings.chain_driver == "evm":
            raise Unavailable("chain_not_configured")
        return pinned.local_chain(runtime)
    return _evm(runtime)


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
    one in thirty seconds of issuing; looking as often as Python does at the rows of a chunk, none
    of which is in a cycle, one in a hundred.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _evm(runtime: Runtime) -> Chain:
    from ledger.chains.evm import EvmChain

    settings = runtime.settings
    deployed = pinned.read_deployment(pinned.deployment_file(settings))
    state = settings.chain_folder / anvil.STATE
    keep = anvil.StateFile(settings.chain_urls[0], state) if state.exists() else None
    return EvmChain(
        settings.chain_urls,
        deployed.identity,
        key=pinned.chain_key(runtime, pinned.chain_key_file(settings)),
        agreeing=enough(len(settings.chain_urls)),
        depth=settings.chain_confirmations + 1,
        first_block=deployed.first_block,
        keep=None if keep is None else keep.keep,
    )


def _alarm(runtime: Runtime, name: str, code: str) -> None:
    """Tell the log and, if the database takes it now, everybody who looks at the alarms."""
    log.error("worker: %s: %s", name, code)
    try:
        with runtime.writing() as work:
            trail.raise_alarm(work, name, code)
    except Unavailable as error:
        log.error("worker: no alarm could be kept: %s", error.code)
