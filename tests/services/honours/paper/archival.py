"""Whether a PDF may be kept for good: rules of ISO 19005-3 level B, by our reading and by veraPDF.

broken(data)       what our own rules find, in words; they always run
failures(paths)    what veraPDF finds, by file: clause and number of each rule; None where there is
                   no veraPDF here (python -m scripts.checkers fetches it)

Ours read the file with pikepdf, which has nothing of the typesetter's. They are the rules that a
change of template, font or signature could break; veraPDF knows all of them.
"""

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pikepdf

from tests.services.honours.paper import reading

CLASSPATH = Path(__file__).resolve().parents[4] / ".make" / "verapdf.classpath"
MAIN = "org.verapdf.apps.GreenfieldCliWrapper"
ACTIONS = {"/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide"}
ACTIONS |= {"/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView", "/SubmitForm", "/URI"}
FILES = ("/FontFile", "/FontFile2", "/FontFile3")


def broken(data: bytes) -> list[str]:
    """Return the rules that a file breaks."""
    second = data.split(b"\n", 2)[1]
    found = [] if data.startswith(b"%PDF-1.7\n") else ["6.1.2 header"]
    if len(second) < 5 or any(byte < 128 for byte in second[1:5]):
        found.append("6.1.2 four bytes over 127")
    if data[data.rindex(b"%%EOF") + 5 :].strip(b"\r\n"):
        found.append("6.1.3 nothing after the end")
    with reading.opened(data) as document:
        found += _of_document(document)
        for each in document.objects:
            if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
                found += _of_object(each)
    return found


def _of_document(document: Any) -> Iterator[str]:
    trailer, root = document.trailer, document.Root
    if "/ID" not in trailer or "/Encrypt" in trailer:
        yield "6.1.3 identified, not encrypted"
    if "/OpenAction" in root or "/AA" in root or "/NeedsRendering" in root:
        yield "6.5.2 nothing happens by itself"
    if "/Names" in root and "/JavaScript" in root.Names:
        yield "6.5.1 no script"
    [intent] = root.OutputIntents
    if intent.S != "/GTS_PDFA1" or intent.DestOutputProfile.N != 3:
        yield "6.2.3 a profile for the colours"
    form = root.get("/AcroForm", {})
    if "/XFA" in form or form.get("/NeedAppearances", False):
        yield "6.4.1 a form that is drawn"
    with document.open_metadata() as meta:
        if (meta.get("pdfaid:part"), meta.get("pdfaid:conformance")) != ("3", "B"):
            yield "6.6.4 the version says what it is"
        if meta.get("dc:title") != str(document.docinfo.get("/Title", "")):
            yield "6.6.3 one title"


def _of_object(each: Any) -> Iterator[str]:
    for inner in each.values():
        if isinstance(inner, pikepdf.Dictionary) and not inner.is_indirect:
            yield from _of_object(inner)
    if each.get("/Type") == "/FontDescriptor" and not any(name in each for name in FILES):
        yield f"6.2.11.4 {each.FontName} is embedded"
    if each.get("/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in each:
        yield "6.2.11.3 glyphs are found"
    if each.get("/Type") == "/Filespec" and not {"/F", "/UF", "/AFRelationship"} <= set(each):
        yield "6.8 a file that says what it is"
    if each.get("/Type") == "/EmbeddedFile" and not {"/Subtype", "/Params"} <= set(each):
        yield "6.8 an attachment of a named kind"
    if each.get("/S") in ACTIONS or "/JS" in each:
        yield f"6.5.1 no action {each.get('/S')}"
    if each.get("/Subtype") == "/Widget" and int(each.get("/F", 0)) & 0b100111 != 0b100:
        yield "6.3.2 printed, not hidden"
    if isinstance(each, pikepdf.Stream):
        if "/F" in each or "/FFilter" in each:
            yield "6.1.7 nothing outside the file"
        if "/LZWDecode" in str(each.get("/Filter", "")):
            yield "6.1.7 no LZW"


def failures(paths: Sequence[Path]) -> dict[str, list[str]] | None:
    """Return what veraPDF finds, by the name of the file."""
    if not CLASSPATH.exists():
        return None
    command = ["java", "-cp", CLASSPATH.read_text("utf-8").strip(), MAIN]
    asked = [*command, "-f", "3b", "--format", "text", "-v", *map(str, paths)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=120)
    found: dict[str, list[str]] = {}
    name = ""
    for verdict, subject, *_ in map(str.split, done.stdout.splitlines()):
        if subject.endswith(".pdf"):
            name = Path(subject).name
            found[name] = []
        elif verdict == "FAIL":
            found[name].append(subject)
    assert set(found) == {path.name for path in paths}, done.stderr
    return found
