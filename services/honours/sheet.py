"""A roster file as it was sent: bytes and a file name in, a Book of text cells out.

Kinds       .xlsx (services/honours/workbook.py); .csv and .txt (services/honours/delimited.py).
            What the bytes are decides; a name that says something else is refused, because
            then somebody misunderstood something
Refused     .xls, .et and encrypted workbooks (one old container, three remedies), .xlsm, .xlsb,
            .ods, anything else; an empty file; more than MAX_BYTES
Errors      Invalid with a code `sheet_…` or `csv_…`; params hold counts and places, never a cell
"""

from pathlib import PurePath

from services.honours import delimited, workbook
from services.honours.cells import MAX_ROWS, Book
from services.platform.errors import Invalid

MAX_BYTES = 16 * 1024 * 1024

_ZIP = b"PK\x03\x04"
_OLD_CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1")
"""Compound file: .xls, WPS's .et, and every workbook with a password (MS-OFFCRYPTO 1.3.2)."""

_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_TABLES = frozenset({".csv", ".txt", ".tsv"})
_OTHERS = frozenset({".xls", ".et", ".xlsb", ".ods", ".numbers", ".pdf", ".doc", ".docx", ".wps"})


def read(data: bytes, filename: str) -> Book:
    """Return the sheets of a roster file."""
    ending = _ending(filename)
    if not data.strip(b" \t\r\n\xef\xbb\xbf"):
        raise Invalid("sheet_empty")
    if data.startswith(_OLD_CONTAINER):
        raise Invalid("sheet_encrypted" if _ENCRYPTED_STREAM in data else "sheet_old_format")
    if ending in (".xlsm", ".xltm"):
        raise Invalid("sheet_macros")
    if ending in _OTHERS:
        raise Invalid("sheet_old_format")
    is_zip = data.startswith(_ZIP)
    if is_zip != (ending == ".xlsx") or not (is_zip or ending in _TABLES):
        raise Invalid("sheet_not_workbook" if ending == ".xlsx" else "sheet_wrong_ending")
    if len(data) > MAX_BYTES:
        if not is_zip and data.count(b"\n") > MAX_ROWS:
            raise Invalid("sheet_too_many_rows", limit=MAX_ROWS)
        raise Invalid("sheet_too_many_bytes", limit_megabytes=MAX_BYTES // (1024 * 1024))
    return workbook.read(data) if is_zip else delimited.read(data)


def _ending(filename: str) -> str:
    return PurePath(filename.replace("\\", "/")).suffix.lower()
