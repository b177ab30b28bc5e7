"""Which chain this node is pinned to, and the sealed keys it anchors with; all in one folder.

deployment.json  the contract: chain, first block, address, code, driver, and the block in which
                 it was deployed (`first_block`, 0 where that is absent)
local.json       the same of the local driver's chain
anchorer.key     the anchoring account's key, sealed
local.pem        the local driver's key, sealed
First start      each is made once. As soon as the database holds an anchor of its driver, a missing
                 one is a lost one: a new one would be another chain or another account
Errors           Unavailable chain_not_configured; chain_file_lost with the file's path
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crypto import pkcs8, sm2
from crypto.canonical import dumps, loads
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from ledger import queries
from ledger.chain import Chain, ChainIdentity
from services.platform import files
from services.platform.errors import Unavailable
from services.platform.settings import Settings
from services.platform.work import Runtime

LOCAL_KEY = "local.pem"
LOCAL_RECORD = "local.json"
_CONTRACTS, _OWN = "eip155:", "local:"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the node is pinned to, and where its events begin."""

    identity: ChainIdentity
    first_block: int = 0


def deployment_file(settings: Settings) -> Path:
    """Return where the record of the contract stands."""
    return settings.chain_deployment or settings.chain_folder / "deployment.json"


def chain_key_file(settings: Settings) -> Path:
    """Return where the key of the anchoring account stands, sealed."""
    return settings.chain_key_file or settings.chain_folder / "anchorer.key"


def is_local(settings: Settings) -> bool:
    """Return whether this node has begun with the local driver."""
    folder = settings.chain_folder
    return any((folder / name).exists() for name in (LOCAL_KEY, LOCAL_RECORD))


def write_deployment(path: Path, deployment: Deployment) -> None:
    """Write down which chain this node is pinned to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    identity = deployment.identity
    content = {
        "code_digest": b64u(identity.code_digest),
        "contract": identity.contract,
        "driver": identity.driver,
        "first_block": deployment.first_block,
        "genesis": b64u(identity.genesis),
        "id": identity.id,
    }
    files.replace(path, dumps(content), mode=files.PUBLIC)


def read_deployment(path: Path) -> Deployment:
    """Return what is pinned. Raises Unavailable."""
    try:
        match {"first_block": 0, **_members(path.read_bytes())}:
            case {
                "code_digest": str(code),
                "contract": str(contract),
                "driver": str(driver),
                "first_block": int(first_block),
                "genesis": str(genesis),
                "id": str(name),
            } if first_block >= 0:
                pin = ChainIdentity(name, unb64u(genesis), contract, unb64u(code), driver)
                return Deployment(pin, first_block)
    except (FileNotFoundError, InvalidEncoding) as error:
        raise Unavailable("chain_not_configured") from error
    raise Unavailable("chain_not_configured")


def chain_key(runtime: Runtime, path: Path) -> bytes:
    """Return the 32-byte key in a sealed file, made at its first use."""
    if not path.exists():
        require_first(runtime, path)
    return _sealed(runtime, path, "chain_key", lambda: runtime.random(32))


def local_chain(runtime: Runtime) -> Chain:
    """Return the node's own chain, pinned to the one it began with."""
    from ledger.chains import local

    folder, node = runtime.settings.chain_folder, runtime.settings.node_name
    path, record = folder / LOCAL_KEY, folder / LOCAL_RECORD
    if not path.exists():
        require_first(runtime, path, _OWN)
        if record.exists():
            raise _lost(path)
    pem = _sealed(runtime, path, "local_chain", lambda: pkcs8.dump(sm2.generate()).encode())
    private = pkcs8.load(pem.decode())
    if not record.exists():
        identity = local.identity(node, private.public)
        if identity.name not in _known(runtime):
            require_first(runtime, record, _OWN)
        write_deployment(record, Deployment(identity))
    return local.LocalChain(
        runtime,
        node=node,
        key=private.public,
        sign=lambda message: sm2.sign(private, message),
        pin=read_deployment(record).identity,
    )


def require_first(runtime: Runtime, path: Path, ids: str = _CONTRACTS) -> None:
    """Raise Unavailable where a file that is about to be made was there once.

    `ids` is how the ids of the driver's chains begin.
    """
    if any(name.startswith(ids) for name in _known(runtime)):
        raise _lost(path)


def _sealed(runtime: Runtime, path: Path, column: str, make: Callable[[], bytes]) -> bytes:
    place = {"tenant": "node", "table": "file", "column": column, "key": path.name}
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        files.replace(path, runtime.protect.seal(make(), **place))
    return runtime.protect.unseal(path.read_bytes(), **place)


def _known(runtime: Runtime) -> frozenset[str]:
    """Return the chains that this node has anchored on."""
    with runtime.reading() as work:
        return queries.chains(work.session)


def _lost(path: Path) -> Unavailable:
    return Unavailable("chain_file_lost", file=str(path))


def _members(data: bytes) -> dict[str, object]:
    content = loads(data)
    return dict(content) if isinstance(content, dict) else {}
