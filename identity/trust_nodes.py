"""Nodes in a trust list: their keys, where they publish, and how far their word reaches.

Keys     registrar, log, receipt, status, document; each with from and to, one use a key
Bounds   prefixes of institution ids and of region codes, and credential types; what lies
         outside is refused although the node signed it
Errors   InvalidTrust: node_out_of_bounds (what), node_key_unknown, node_key_not_in_force, and
         from reading whatever the list's reader makes of a wrong member
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crypto.canonical import Json
from crypto.keys import PublicKey
from identity.credential import URI
from identity.errors import InvalidTrust
from identity.issuer import NODE_NAME
from identity.members import Members
from identity.validity import Span, key_json, read_key

USES = ("registrar", "log", "receipt", "status", "document")

MAX_KEYS = 64
MAX_BOUNDS = 64
MAX_REGISTRARS = 8


@dataclass(frozen=True, slots=True)
class Title:
    """A name for people, in both languages."""

    zh: str
    en: str

    def to_json(self) -> dict[str, Json]:
        """Return the member `title`."""
        return {"en": self.en, "zh": self.zh}

    @classmethod
    def read(cls, read: Members) -> "Title":
        """Read the member `title`."""
        title = cls(zh=read.text("zh", 120), en=read.text("en", 200))
        read.end()
        return title


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A key of a node, its one use, and when it was in force."""

    key: PublicKey
    use: str
    span: Span


@dataclass(frozen=True, slots=True)
class Node:
    """One deployment that the operators let vouch for institutions."""

    name: str
    title: Title
    ids: tuple[str, ...]
    """Prefixes of the institution ids it may vouch for."""
    regions: tuple[str, ...]
    """Prefixes of the region codes these institutions may have."""
    types: tuple[str, ...]
    registrars: int
    """Number of registrars that sign an issuer record: two at least."""
    keys: tuple[NodeKey, ...]
    status_url: str
    records_url: str

    def to_json(self) -> dict[str, Json]:
        """Return the node as it stands in the list."""
        return {
            "ids": [*self.ids],
            "keys": [key_json(each.key, each.use, each.span) for each in self.keys],
            "name": self.name,
            "records_url": self.records_url,
            "regions": [*self.regions],
            "registrars": self.registrars,
            "status_url": self.status_url,
            "title": self.title.to_json(),
            "types": [*self.types],
        }

    @classmethod
    def read(cls, read: Members) -> "Node":
        """Read a node of a list."""
        node = cls(
            name=read.match("name", NODE_NAME),
            title=Title.read(read.object("title")),
            ids=read.texts("ids", 1, MAX_BOUNDS, "inst_[0-9]{2}[0-9A-Y]{0,16}"),
            regions=read.texts("regions", 1, MAX_BOUNDS, "[0-9]{2,6}"),
            types=read.texts("types", 1, MAX_BOUNDS, "[a-z_]{1,30}/[1-9][0-9]?"),
            registrars=read.integer("registrars", 2, MAX_REGISTRARS),
            keys=tuple(
                NodeKey(*read_key(each, USES)) for each in read.objects("keys", 1, MAX_KEYS)
            ),
            status_url=read.match("status_url", URI),
            records_url=read.match("records_url", URI),
        )
        read.end()
        return node

    def key(self, kid: str, use: str, at: datetime | None = None) -> PublicKey:
        """Return the key of this name and use; with `at`, only if it was in force then."""
        for held in self.keys:
            if (held.key.kid, held.use) == (kid, use):
                if at is not None and not held.span.holds(at):
                    raise InvalidTrust("node_key_not_in_force", kid=kid, use=use)
                return held.key
        raise InvalidTrust("node_key_unknown", kid=kid, use=use)

    def keys_for(self, use: str, at: datetime | None = None) -> Mapping[str, PublicKey]:
        """Return the keys of one use by kid; with `at`, those that were in force then."""
        return {
            held.key.kid: held.key
            for held in self.keys
            if held.use == use and (at is None or held.span.holds(at))
        }

    def check_vouches(self, *, institution: str, region: str, types: tuple[str, ...]) -> None:
        """Check that the node may speak of this institution and these credential types."""
        if not institution.startswith(self.ids):
            raise InvalidTrust("node_out_of_bounds", what="id", node=self.name)
        if not region.startswith(self.regions):
            raise InvalidTrust("node_out_of_bounds", what="region", node=self.name)
        if not set(types) <= set(self.types):
            raise InvalidTrust("node_out_of_bounds", what="type", node=self.name)
