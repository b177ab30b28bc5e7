"""The typesetter: a template and what it prints become a PDF/A-3b.

Threads    one compiler a thread (a compiler in two threads fails), fonts shared by all
Input      one dictionary, written into the source as a string literal of its JSON: what a
           template prints is data and never markup, and the templates are evaluated once for many
           pages. No file is written, so no name is left on a disk
Same bytes for the same input, fonts and timestamp, whatever the machine and the thread
Errors     Invalid glyph_missing (code_points); Unavailable fonts_missing, typesetting_failed. What
           the typesetter says may hold a name: it goes no further
"""

import json
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from crypto.canonical import Json
from services.honours.letters import code_point
from services.platform import fonts
from services.platform.errors import Invalid, Unavailable
from services.platform.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
DESIGNS = ("red-gold", "blue", "plain")
"""Designs of certificates; the first is the default."""

_NOT_DISPLAYED = re.compile('the text `"(.+?)"` could not be displayed', re.DOTALL)


class Typesetter:
    """Sets pages with one set of fonts."""

    def __init__(self, files: tuple[Path, ...]) -> None:
        folders = sorted({path.parent for path in files})
        self._fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=folders
        )
        # With no font at all the typesetter leaves every word out and says nothing.
        if not set(fonts.FACES) & set(self._fonts.families()):
            raise Unavailable("fonts_missing")
        self._own = threading.local()
        self.thin = fonts.thin_in(files)
        """Says which characters of a text only a fallback face has, in its one weight."""

    def pdf(self, template: str, content: Mapping[str, Json], at: datetime) -> bytes:
        """Return a PDF/A-3b made at this instant."""
        return self._compile(template, content, format="pdf", pdf_standards=["a-3b"], timestamp=at)

    def png(self, template: str, content: Mapping[str, Json], *, dpi: int) -> bytes:
        """Return a picture of a content that has one page, for a preview."""
        return self._compile(template, content, format="png", ppi=dpi)

    def _compile(self, template: str, content: Mapping[str, Json], **how: Any) -> bytes:
        try:
            made = self._compiler().compile(input=source(template, content), **how)
        except typst.TypstError as error:
            raise _explained(error) from None
        assert isinstance(made, bytes)
        return made

    def _compiler(self) -> typst.Compiler:
        known: typst.Compiler | None = getattr(self._own, "compiler", None)
        if known is None:
            known = typst.Compiler(root=TEMPLATES, font_paths=self._fonts, ignore_system_fonts=True)
            self._own.compiler = known
        return known


def of(settings: Settings) -> Typesetter:
    """Return the typesetter of this node. Raises Unavailable fonts_missing."""
    return _made(fonts.found(settings.font_folders))


@lru_cache(maxsize=4)
def _made(files: tuple[Path, ...]) -> Typesetter:
    return Typesetter(files)


def source(template: str, content: Mapping[str, Json]) -> bytes:
    """Return the source that hands the content to the template's function `draw`."""
    literal = json.dumps(content).replace("\\", "\\\\").replace('"', '\\"')
    return f'#import "{template}.typ": draw\n#draw(json(bytes("{literal}")))\n'.encode()


def _explained(error: typst.TypstError) -> Invalid | Unavailable:
    wanted = _NOT_DISPLAYED.search(error.message)
    if wanted is None:
        return Unavailable("typesetting_failed")
    return Invalid("glyph_missing", code_points=" ".join(map(code_point, wanted[1][:5])))
