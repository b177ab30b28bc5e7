"""Somebody at a browser without scripts, in the same process: cookies, forms, links.

with serving(node) as api:
    clerk = Person(api, "school-a-preparer").sign_in()
    page = clerk.open("/rosters/new")
    report = page.form("/rosters").send(clerk, file=("roster.xlsx", data), period="…")
"""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from httpx2 import Client, Response
from starlette.testclient import TestClient

from tests.services.calling import Api

HTML = {"Accept": "text/html,application/xhtml+xml"}


@dataclass
class Form:
    """A form of a page, with what its fields hold."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def send(self, who: "Person", **given: Any) -> "Page":
        """Send it: `given` replaces fields; a tuple of name and bytes is a file."""
        files = {name: value for name, value in given.items() if isinstance(value, tuple)}
        said = {name: value for name, value in given.items() if name not in files}
        kept = [(name, value) for name, value in self.fields if name not in said]
        data: dict[str, list[str]] = {}
        for name, value in kept:
            data.setdefault(name, []).append(value)
        for name, value in said.items():
            data[name] = list(value) if isinstance(value, list) else [value]
        return who.post(self.action, data=data, files=files)


class _Reader(HTMLParser):
    """Collects forms with their fields, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.ids: dict[str, Form] = {}
        self.links: list[str] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._area: tuple[str, list[str]] | None = None
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get"))
            self.forms.append(self._form)
        elif tag == "a":
            self.links.append(found.get("href", ""))
        elif tag == "input":
            self._input(found)
        elif tag == "button" and self._form is not None and found.get("name"):
            self._form.buttons.append((found["name"], found.get("value", "")))
        elif tag == "select":
            self._select = found["name"]
        elif tag == "option" and self._select and self._form is not None:
            fields = self._form.fields
            if "selected" in found or all(name != self._select for name, _ in fields):
                self._form.fields = [each for each in fields if each[0] != self._select]
                self._form.fields.append((self._select, found.get("value", "")))
        elif tag == "textarea":
            self._area = (found["name"], [])
        elif tag in ("script", "style", "noscript"):
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area and self._form is not None:
            self._form.fields.append((self._area[0], "".join(self._area[1])))
            self._area = None
        elif tag in ("script", "style", "noscript"):
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)
        if not self._hidden:
            self.words.append(data)

    def _input(self, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        if self._form is None or not found.get("name") or kind in ("file", "submit"):
            return
        if kind in ("checkbox", "radio") and "checked" not in found:
            return
        self._form.fields.append((found["name"], found.get("value", "on")))


@dataclass
class Page:
    """What a browser shows."""

    answer: Response

    def __post_init__(self) -> None:
        self._read = _Reader()
        self._read.feed(self.answer.text)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def path(self) -> str:
        """Where one is, after all redirects."""
        return self.answer.url.raw_path.decode()

    @property
    def text(self) -> str:
        """Everything that can be read, with single spaces."""
        return re.sub(r"\s+", " ", " ".join(self._read.words))

    @property
    def links(self) -> list[str]:
        return self._read.links

    def form(self, ending: str) -> Form:
        """Return the first form whose action ends so."""
        return next(form for form in self._read.forms if form.action.endswith(ending))

    def has_form(self, ending: str) -> bool:
        return any(form.action.endswith(ending) for form in self._read.forms)


class Person:
    """Somebody at a browser of his own."""

    def __init__(self, api: Api, login: str = "", language: str = "zh-CN") -> None:
        self.api = api
        self.login = login
        self.client: Client = TestClient(
            api.app,
            base_url="http://localhost",
            raise_server_exceptions=False,
            headers={**HTML, "Accept-Language": language},
        )

    def sign_in(self) -> "Person":
        page = self.open("/sign-in")
        done = page.form("/sign-in").send(self, login=self.login, **self.proof())
        assert done.path == "/work", done.text
        return self

    def proof(self) -> dict[str, str]:
        """Return password and a fresh code."""
        return self.api.node.proof(self.login)

    def open(self, path: str) -> Page:
        return Page(self.client.get(path, follow_redirects=True))

    def post(self, path: str, *, data: Any = None, files: Any = None, **headers: str) -> Page:
        sent = {"Sec-Fetch-Site": "same-origin", **headers}
        answer = self.client.post(
            path, data=data, files=files or None, headers=sent, follow_redirects=True
        )
        return Page(answer)
