"""Forms that only our own pages can send, and that do their work once however often they arrive.

Origin     where the browser says Sec-Fetch-Site, it must be same-origin; else an Origin must be
           ours. Our pages carry `Referrer-Policy: no-referrer`, under which older browsers send
           `Origin: null`: then the token alone decides
Token      `<nonce>.<mac>`: HMAC-SM3 under a key of the node over a nonce and whom the form was
           made for. It outlives a sign-in, so that a form that was open meanwhile is not lost
Once       the same form with the same content is done once: a double click, a reload and the
           back button get the first answer again. Changed content is another request
Body       kept in memory, files too: a temporary file would lie on a disk where nobody looks
Errors     Refused form_not_ours; Invalid form_text, form_unreadable; Conflict
           idempotency_key_in_use
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from crypto import sm3
from crypto.errors import InvalidEncoding
from crypto.jws import b64u, unb64u
from services.platform import idempotency
from services.platform.errors import Conflict, Invalid, Refused
from services.platform.idempotency import Answer
from services.platform.protect import Protect, lengths
from services.platform.work import Runtime

TOKEN = "token"  # noqa: S105  (the name of a field)
MOST_FIELDS = 3_000
WAITS, WAIT_SECONDS = 60, 0.2
"""How long a second click waits for what the first one does."""

_NONCE_SIZE = 12
_SEE_OTHER = 303
_STATE = "kexin_form"
_BREAKS = "\r\n\t"
_RAW = ("password", "cell-", "was-")
"""Beginnings of names of fields whose text has rules of its own."""


class _InMemory(MultiPartParser):
    spool_max_size = 256 * 1024 * 1024
    """More than any body may have."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form sent. Each field may come several times."""

    path: str
    fields: Mapping[str, tuple[str, ...]] = field(repr=False)
    files: Mapping[str, tuple[bytes, str]] = field(repr=False)
    """Bytes and file name of each file that was chosen."""

    def text(self, name: str) -> str:
        """Return the last value of a field without spaces around it; empty if it is not there.

        What cannot be seen is left out, so that a page may show it; `check` refuses the form.
        """
        value = self.fields.get(name, ("",))[-1]
        return "".join(each for each in value if each.isprintable() or each in _BREAKS).strip()

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field."""
        return self.fields.get(name, ())

    def beginning(self, prefix: str) -> dict[str, str]:
        """Return the last values of the fields whose names begin so, by the rest of the name."""
        return {
            name.removeprefix(prefix): values[-1]
            for name, values in self.fields.items()
            if name.startswith(prefix)
        }


def token(protect: Protect, nonce: bytes, bound: str) -> str:
    """Return the token of a form that is made for somebody."""
    return f"{b64u(nonce)}.{b64u(_mac(protect, nonce, bound))}"


def new_token(runtime: Runtime, bound: str) -> str:
    """Return a new one."""
    return token(runtime.protect, runtime.random(_NONCE_SIZE), bound)


def check(request: Request, runtime: Runtime, posted: Posted, bound: str) -> None:
    """Raise Refused unless this form was made by us for this somebody and sent from our page.

    Raises Invalid for text with controls or marks of direction in it: a page would lie with them.
    """
    _check_origin(request)
    for name, values in posted.fields.items():
        if not name.startswith(_RAW) and any(not _is_visible(value) for value in values):
            raise Invalid("form_text")
    nonce, _, _ = posted.text(TOKEN).partition(".")
    try:
        made = token(runtime.protect, unb64u(nonce), bound)
        # Digests are compared, so that the time it takes tells nothing about the token.
        fits = sm3.digest(made.encode()) == sm3.digest(posted.text(TOKEN).encode())
    except InvalidEncoding:
        fits = False
    if not fits:
        raise Refused("form_not_ours")


def once(runtime: Runtime, posted: Posted, *, actor: str, make: Callable[[], str]) -> str:
    """Return the address that `make` leads to, or the one it led to before."""
    digest = runtime.protect.mac("form", _content(posted))
    key = b64u(digest[:24])
    kept = _begin(runtime, actor, key, digest)
    if kept is not None:
        return kept.body.decode()
    address: str | None = None
    try:
        address = make()
    finally:
        if address is None:  # it failed: the same form may be sent again
            with runtime.writing() as work:
                idempotency.release(work, actor=actor, key=key)
    with runtime.writing() as work:
        idempotency.keep(work, Answer(_SEE_OTHER, address.encode()), actor=actor, key=key)
    return address


async def posted(request: Request) -> Posted:
    """Return the form of a request. Raises Invalid."""
    kept: Posted | None = request.scope.get(_STATE)
    if kept is None:
        form = await _parse(request)
        kept = request.scope[_STATE] = _posted(request.scope["path"], form)
        await form.close()
    return kept


PostedDep = Annotated[Posted, Depends(posted, scope="function")]


def already_posted(request: Request) -> Posted | None:
    """Return the form of a request whose form was read."""
    kept: Posted | None = request.scope.get(_STATE)
    return kept


async def _parse(request: Request) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await request.form(max_fields=MOST_FIELDS)
    parser = _InMemory(request.headers, request.stream(), max_files=4, max_fields=MOST_FIELDS)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise Invalid("form_unreadable") from error


def _posted(path: str, form: FormData) -> Posted:
    fields: dict[str, list[str]] = {}
    files: dict[str, tuple[bytes, str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files[name] = (value.file.read(), value.filename)
        else:
            fields.setdefault(name, []).append(value)
    return Posted(path, {name: tuple(values) for name, values in fields.items()}, files)


def _check_origin(request: Request) -> None:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise Refused("form_not_ours")
        return
    origin = request.headers.get("origin", "null")
    if origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused("form_not_ours")


def _is_visible(text: str) -> bool:
    return all(each.isprintable() or each in _BREAKS for each in text)


def _begin(runtime: Runtime, actor: str, key: str, digest: bytes) -> Answer | None:
    """Claim the key; wait a little for whoever holds it."""
    pause = Event()
    for left in range(WAITS, -1, -1):
        try:
            with runtime.writing() as work:
                return idempotency.begin(work, actor=actor, key=key, digest=digest)
        except Conflict as error:
            if error.code != "idempotency_key_in_use" or not left:
                raise
        pause.wait(WAIT_SECONDS)
    raise Conflict("idempotency_key_in_use")


def _content(posted: Posted) -> bytes:
    parts: list[bytes] = [posted.path.encode()]
    for name, values in sorted(posted.fields.items()):
        parts += [name.encode(), _listed(values)]
    for name, (data, filename) in sorted(posted.files.items()):
        parts += [name.encode(), filename.encode(), sm3.digest(data)]
    return lengths(*parts)


def _listed(values: Sequence[str]) -> bytes:
    return lengths(*(value.encode("utf-8", "surrogatepass") for value in values))


def _mac(protect: Protect, nonce: bytes, bound: str) -> bytes:
    return protect.mac("form-token", nonce, bound.encode())[:16]
