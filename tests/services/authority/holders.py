"""What the tests of the authority share: a node that has one, and people with requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from crypto import certificate, certificate_request, sm2
from crypto.certificate import Certificate
from crypto.keys import PrivateKey
from crypto.names import COMMON_NAME, Name
from identity.certificates import Kind
from services.authority import lists, own, service
from services.authority.service import Order
from services.platform.work import Work
from tests.services.nodes import Node

REGISTRAR = "registrar-1"


def request(private: PrivateKey | None = None) -> str:
    """Return a request for a key."""
    key = private or sm2.generate()
    name = Name.of((COMMON_NAME, "whatever"))
    return certificate_request.make(name, key.public, lambda data: sm2.sign(key, data)).pem


@dataclass
class Holders:
    """A node with an authority, and what its registrar does."""

    node: Node

    @property
    def person(self) -> str:
        """The EDU-ID of somebody."""
        return self.node.operator("school-a-preparer").edu_id

    @property
    def school(self) -> str:
        """An institution."""
        return self.node.ids["school-a"]

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Change something."""
        with self.node.runtime.writing() as work:
            yield work

    def issue(self, subject: str, *requests: str | None) -> list[str]:
        """Issue."""
        with self.work() as work:
            order = Order(subject, *requests)
            return service.issue(work, self.node.operator(REGISTRAR), order)

    def to_person(self) -> str:
        """Issue to the person, for a new key."""
        [made] = self.issue(self.person, request())
        return made

    def row(self, certificate_id: str) -> Any:
        """Return the row of a certificate."""
        with self.node.runtime.reading() as work:
            return service.load(work, certificate_id)

    def certificate(self, certificate_id: str) -> Certificate:
        """Return a certificate."""
        return certificate.parse(self.row(certificate_id)["der"])

    def held(self, kind: Kind) -> Certificate:
        """Return a certificate of the authority."""
        with self.node.runtime.reading() as work:
            return own.newest(work, kind).certificate


def made(node: Node) -> Holders:
    """Make the node's authority."""
    with node.runtime.writing() as work:
        own.init(work, node.operator(REGISTRAR))
    lists.publish(node.runtime)
    return Holders(node)
