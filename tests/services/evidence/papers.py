"""Small PDFs of the shape that the typesetter writes, and what a node makes of them.

papers.signed()                                  a good certificate file around the world's bundle
papers.signed(key="document 2", at=…)            signed by another key, at another time
papers.resigned(data, change)                    somebody else's bytes under the node's form
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from crypto import cms, sm2, sm3, x509
from crypto.cms import SignedData
from crypto.keys import PrivateKey
from crypto.provider import KeyRef, Provider, Use
from services.evidence.file_signature import CONTENTS_DIGITS
from services.honours.paper.signed_pdf import FileSigner
from tests.services.evidence import world

SIGNED = world.NOON - timedelta(minutes=30)
WORDS = "Certificate: A. Guli"


class Fixed:
    """A device with one key, known by its name."""

    name, certified = "fixed", False

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    def generate(self, use: Use) -> KeyRef:
        return KeyRef(self._key.public.kid, use, self._key.public, b"")

    def sign_e(self, ref: KeyRef, e: bytes) -> bytes:
        return sm2.sign_e(self._key, e)


def _nothing_to_check(*_: object) -> None:
    return


def signer(key: str = "document", name: str = world.NODE) -> FileSigner:
    provider = Provider(Fixed(world.private_key(key)), check=_nothing_to_check)
    ref = provider.generate(Use.DOCUMENT)
    sign = provider.signer(ref, "kexin-document")
    return FileSigner(provider, ref, x509.issue(name, ref.public, world.START, sign))


def page(*attached: bytes, words: str = WORDS, catalogue: str = "") -> bytes:
    """Return an unsigned page with these files attached."""
    content = f"BT /F1 24 Tf 40 100 Td ({words}) Tj ET".encode()
    names = "".join(f"({n}.kexin.json){6 + 2 * n} 0 R" for n in range(len(attached)))
    held = f"/Names<</EmbeddedFiles<</Names[{names}]>>>>" if attached else ""
    objects = [
        b"<</Type/Pages/Count 1/Kids[2 0 R]>>",
        b"<</Type/Page/MediaBox[0 0 300 200]/Parent 1 0 R/Contents 3 0 R"
        b"/Resources<</Font<</F1 4 0 R>>>>>>",
        _stream("", content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        f"<</Type/Catalog/Pages 1 0 R{held}{catalogue}>>".encode(),
    ]
    for number, file in enumerate(attached):
        at = 7 + 2 * number
        spec = f"<</Type/Filespec/F({number}.kexin.json)/AFRelationship/Data/EF<</F {at} 0 R>>>>"
        objects += [spec.encode(), _stream("/Type/EmbeddedFile", file)]
    return _file(objects, root=5)


def _stream(entries: str, content: bytes) -> bytes:
    return f"<</Length {len(content)}{entries}>>stream\n".encode() + content + b"\nendstream"


def _file(objects: list[bytes], root: int) -> bytes:
    out, table = bytearray(b"%PDF-1.7\n%\x80\x80\x80\x80\n\n"), b""
    for number, content in enumerate(objects, start=1):
        table += b"%010d 00000 n\r\n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n\n" % (number, content)
    count, at = len(objects) + 1, len(out)
    out += b"xref\n0 %d\n0000000000 65535 f\r\n%s" % (count, table)
    out += b"trailer\n<</Size %d/Root %d 0 R/ID[(a)(a)]>>\nstartxref\n%d\n%%%%EOF" % (
        count,
        root,
        at,
    )
    return bytes(out)


def signed(
    bundle: bytes | None = None,
    *,
    key: str = "document",
    name: str = world.NODE,
    at: datetime = SIGNED,
    words: str = WORDS,
) -> bytes:
    """Return a certificate file as the node makes it."""
    data = world.bundle_bytes() if bundle is None else bundle
    return signer(key, name).sign(page(data, words=words), at)


def resigned(data: bytes, change: Callable[[SignedData], bytes]) -> bytes:
    """Return a signed file with another message in the place of its signature."""
    start = data.index(b"/Contents<") + len(b"/Contents<")
    end = start + CONTENTS_DIGITS
    read = cms.parse(bytes.fromhex(data[start:end].decode()).rstrip(b"\0"))
    digits = change(read).hex().ljust(CONTENTS_DIGITS, "0").encode()
    return data[:start] + digits + data[end:]


def signed_by(key: str, digest: bytes, at: datetime) -> SignedData:
    private = world.private_key(key)
    sign = lambda message: sm2.sign(private, message)  # noqa: E731
    certificate = x509.issue(world.NODE, private.public, world.START, sign)
    return cms.sign(certificate, digest, signed_at=at, sign=sign)


def digest_of(data: bytes) -> bytes:
    """Return SM3 of what the signature of a file covers."""
    start = data.index(b"/Contents<") + len(b"/Contents")
    return sm3.digest(data[:start] + data[start + CONTENTS_DIGITS + 2 :])
