"""The frame around every page: navigation, the strip on top, the switch of languages.

The composition root decides what stands in it and puts it at `app.state.layout`, so that no
slice needs to know another one's addresses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.platform.work import Work


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation; `text` is a code of the domain `pages`."""

    text: str
    href: str
    wide: bool = False
    """Whether it is left out where there is little room; it should stand at the foot too."""


@dataclass(frozen=True, slots=True)
class DeskLink:
    """One entry of the navigation behind a sign-in; `text` is a code of the domain `console`."""

    text: str
    href: str
    icon: str
    group: str = ""
    """Code of the heading that it stands under."""
    roles: frozenset[str] = frozenset()
    """Roles of which one is needed to see it; empty: everybody who is signed in."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is the same on every page."""

    title: str = "site_title"
    """Code of the name of the site."""
    links: tuple[Link, ...] = ()
    foot: tuple[Link, ...] = ()
    """What stands below every public page."""
    desk: tuple[DeskLink, ...] = ()
    """The navigation behind a sign-in."""
    scopes: Callable[[Work], Sequence[tuple[str, str]]] = lambda _: ()
    """Where roles may count, by id and name: accounts knows roles, and registry institutions."""
    strip: str | None = None
    """Code of a notice above everything, such as that this is a demonstration."""
    slices: tuple[str, ...] = ("web",)
    """Folders of services/ that have a folder of templates."""
