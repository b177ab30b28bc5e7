"""What an operator may set, and the only reader of the environment.

Each field is one variable: KEXIN_HOME, KEXIN_DATABASE_URL, ... A misspelt one stops the start:
pydantic-settings alone would overlook it, and a node would then run on a default that nobody
meant. Read once by a composition root and passed down; never imported as a value.

Paths that are not set stand under `home`. A secret prints as stars.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "KEXIN_"
TOLERATED = frozenset({"KEXIN_TEST_STRICT"})
"""Variables with our prefix that are not settings: how the tests are to be run."""


class UnknownSetting(ValueError):
    """The environment has KEXIN_ variables that no field answers to; `names` are theirs."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"unknown settings: {', '.join(names)}")
        self.names = tuple(names)


class Settings(BaseSettings):
    """Immutable settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    home: Path = Path("var")
    """Folder of everything this node keeps besides its database server."""

    database_url: SecretStr | None = None
    """`sqlite:///path` or `postgresql://user:password@host/name`. Default: SQLite in home."""

    database_connections: Annotated[int, Field(ge=2, le=200)] = 16
    """Connections of this process, and so the requests that it serves at the same time."""

    chain_driver: Literal["auto", "evm", "local"] = "auto"
    """`evm` needs chain_urls; `local` is a signed table of our own; `auto` is `evm` if given."""

    chain_urls: Annotated[tuple[str, ...], NoDecode] = ()
    """JSON-RPC endpoints, separated by commas. Several, run by different parties, are better."""

    chain_deployment: Path | None = None
    """Deployment record of the AnchorRegistry: chain id, genesis, contract, digest of its code."""

    chain_state: Path | None = None
    """Folder of the development chain's state. Default: home/chain."""

    chain_key_file: Path | None = None
    """Key of the account that pays for anchors, sealed. Default: home/chain/anchorer.key."""

    chain_confirmations: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Blocks that must follow before an anchor is final; 0 on chains with immediate finality."""

    anchor_every_seconds: Annotated[int, Field(ge=1, le=86_400)] = 10
    """How often changed logs are checkpointed and anchored, and the grain of an entry's time."""

    node_name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$")] = (
        "kexin.local"
    )
    """Name of this node in every log's origin. Never changes once an entry was written."""

    node_region: Annotated[str, Field(pattern=r"^[1-9][0-9]$")] = "41"
    """First two digits of the GB/T 2260 codes of this node's institutions (41: Henan)."""

    public_url: str | None = None
    """Address that people and the status lists use. Default: http://host:port."""

    authority_url: Annotated[str, Field(pattern=r"^http://[!-~]+$")] | None = None
    """Address of certificates, revocation lists and status answers: http, because what is fetched
    is signed. Default: public_url with http. It stands in every certificate from then on."""

    licensed_folder: Path | None = None
    """Folder with the roots (*.pem, *.cer) of licensed authorities whose certificates may be
    imported. Default: none are."""

    host: str = "127.0.0.1"
    """Address to listen on."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 8400
    """Port to listen on."""

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses of gateways whose X-Forwarded-For and -Proto are believed, by commas."""

    unseal_file: Path | None = None
    """File with the passphrase of the master key, mode 0600. Default: ask on the terminal."""

    session_idle_minutes: Annotated[int, Field(ge=1, le=120)] = 15
    """An operator's sign-in ends after so many minutes without a request."""

    body_limit_bytes: Annotated[int, Field(ge=1_024)] = 20 * 1024 * 1024
    """Largest request body: a spreadsheet of MAX_ROWS rows fits."""

    failures_allowed: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Failed sign-ins or look-ups from one address within failures_window_seconds."""

    failures_window_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """After so many seconds without a failure an address starts afresh."""

    worker_in_process: bool = True
    """Whether `kexin serve` runs the jobs itself. With PostgreSQL, `kexin worker` may instead."""

    font_folders: Annotated[tuple[Path, ...], NoDecode] = ()
    """Further folders with the fonts of certificates, by commas."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least weighty log line that is written to stderr."""

    @field_validator("chain_urls", "font_folders", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Take "a,b" from the environment."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @classmethod
    def load(cls, **chosen: Any) -> Self:
        """Read the environment; what is `chosen` on a command line goes before it.

        The file settings.env in the home folder comes after both: the same names, line by line.

        Raises UnknownSetting for a KEXIN_ variable we do not know, ValueError for a bad value.
        """
        known = TOLERATED | {PREFIX + name.upper() for name in cls.model_fields}
        unknown = sorted(
            name
            for name in os.environ
            if name.upper().startswith(PREFIX) and name.upper() not in known
        )
        if unknown:
            raise UnknownSetting(unknown)
        given = {name: value for name, value in chosen.items() if value is not None}
        home = Path(given.get("home") or os.environ.get("KEXIN_HOME") or "var")
        return cls(_env_file=home / "settings.env", **given)

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database, with its password."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home.resolve() / 'kexin.sqlite3'}"

    @property
    def url(self) -> str:
        """Address that people and status lists use, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def chain_folder(self) -> Path:
        """Where the development chain keeps its state."""
        return self.chain_state or self.home / "chain"

    @property
    def master_file(self) -> Path:
        """The sealed master key."""
        return self.home / "keys" / "master.json"

    @property
    def forget_journal(self) -> Path:
        """Which record keys were destroyed; keep it apart from the database's backups."""
        return self.home / "forget.journal"

    @property
    def notice_folder(self) -> Path:
        """Messages for a gateway to collect, one file each."""
        return self.home / "notices"

    @property
    def high_water_folder(self) -> Path:
        """The largest checkpoint of each log that was ever released."""
        return self.home / "high-water"

    @property
    def trust_folder(self) -> Path:
        """root.json and list.json."""
        return self.home / "trust"
