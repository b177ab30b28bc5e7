"""What a verifier takes home from a node: the offline page with the node's trust root in it.

Template   offline/page.html, built by scripts/offline_page.py and shipped with the package
Finished   the template with the root in the one place for it: everything else is the same byte
           for byte, so that anybody can build the page again and compare
Root       base64url of the root file; nothing else in the page is the node's own
"""

from importlib.resources import files
from typing import Final

from crypto.jws import b64u
from identity.trust_root import TrustRoot

MARK: Final = b"@TRUST_ROOT@"


def template() -> bytes:
    """Return the page before a root is put into it."""
    return (files("services.verification") / "offline" / "page.html").read_bytes()


def finished(root: TrustRoot) -> bytes:
    """Return the page of the node under this root."""
    page = template()
    if page.count(MARK) != 1:
        raise ValueError("the template has not exactly one place for the root")
    return page.replace(MARK, b64u(root.to_bytes()).encode())
