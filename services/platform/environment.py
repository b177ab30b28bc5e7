"""The few variables that are read before there are settings, or without them.

`kexin verify` must start in 0.3 s and therefore cannot load services.platform.settings. What it
needs of the environment is here, each with the same meaning as there.
"""

import os
from pathlib import Path

from services.platform.texts import EN, ZH


def home() -> Path:
    """Return KEXIN_HOME, by default `var`: the folder of everything a node keeps."""
    return Path(_value("KEXIN_HOME") or "var")


def chain_urls() -> tuple[str, ...]:
    """Return KEXIN_CHAIN_URLS: JSON-RPC endpoints of the reader's own, separated by commas."""
    listed = _value("KEXIN_CHAIN_URLS").split(",")
    return tuple(url.strip() for url in listed if url.strip())


def state_folder() -> Path:
    """Return where a user's programs keep what they have seen (XDG base directories)."""
    given = _value("XDG_STATE_HOME")
    base = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
    return base / "kexin"


def language() -> str:
    """Return the language of the terminal: English where the locale says so, else Chinese."""
    locale = _value("LC_ALL") or _value("LC_MESSAGES") or _value("LANG")
    return EN if locale.lower().startswith("en") else ZH


def _value(name: str) -> str:
    return os.environ.get(name, "")  # noqa: TID251 the other reader is services.platform.settings
