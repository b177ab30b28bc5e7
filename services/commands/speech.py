"""How the command line speaks: Chinese with English beside it, or English where LANG says so.

Texts stand in the catalogue `cli`; those of errors in `problems`, `honours` and the others.
Loads nothing heavy: `kexin verify` passes here.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from crypto.errors import CryptoError
from identity.errors import IdentityError
from ledger.errors import LedgerError
from services.platform import environment, texts
from services.platform.errors import ServiceError

OURS = (ServiceError, CryptoError, IdentityError, LedgerError)
_DOMAINS = ("problems", "accounts", "registry", "honours", "cli")


def text(code: str, /, **params: object) -> str:
    """Return a text of the command line: Chinese and, under it, English."""
    said = texts.both("cli", code, **params)
    if environment.language() == texts.EN:
        return said["en"]
    return f"{said['zh']}\n\n{said['en']}"


def line(code: str, /, **params: object) -> str:
    """Return the same in one line."""
    said = texts.both("cli", code, **params)
    return said["en"] if environment.language() == texts.EN else f"{said['zh']} · {said['en']}"


def tell(code: str, /, **params: object) -> None:
    """Tell a person something on stderr."""
    click.echo(line(code, **params), err=True)


def show(result: Mapping[str, object], *, as_json: bool, code: str = "") -> None:
    """Print a result on stdout: as JSON, or as the text `code` with the result's values."""
    if as_json or not code:
        click.echo(json.dumps(result, ensure_ascii=False, default=str))
    else:
        click.echo(line(code, **result))


@contextmanager
def told() -> Iterator[None]:
    """Turn an error of ours into a text in both languages and exit status 1."""
    try:
        yield
    except OURS as error:
        for said in explained(error.code, error.params):
            click.echo(said, err=True)
        sys.exit(1)


def explained(code: str, params: Mapping[str, object]) -> list[str]:
    """Return the lines that explain an error: cause, remedy where there is one, and the code."""
    both = _found(code, params) or {"zh": code, "en": code}
    if environment.language() == texts.EN:
        return [f"✗ {both['en']} [{code}]"]
    return [f"✗ {both['zh']} [{code}]", f"  {both['en']}"]


def _found(code: str, params: Mapping[str, object]) -> dict[str, str] | None:
    for domain in _DOMAINS:
        if texts.has(domain, code):
            return texts.both(domain, code, code=code, **_without_code(params))
    if texts.has("honours", f"{code}.reason"):
        said = [
            texts.both("honours", f"{code}.{part}", **params)
            for part in ("reason", "remedy")
            if texts.has("honours", f"{code}.{part}")
        ]
        return {lang: " ".join(each[lang] for each in said) for lang in ("zh", "en")}
    return None


def _without_code(params: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in params.items() if name != "code"}
