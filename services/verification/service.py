"""Verdicts by the node: on files that strangers bring, and on numbers and codes of paper.

Trust       root and list of the node's own folder, opened anew each time: a list that was signed a
            minute ago counts, one that ran out does not
Codes       are keys: wrong ones are counted by place, right ones are not. A number that nobody
            can have been given, because its check character is wrong, is refused unasked
Errors      Invalid as_of_future, code_malformed, number_mistyped, number_of_test; NotFound
            code_unknown, record_forgotten; Conflict anchor_not_final
"""

import re
from datetime import datetime

from crypto.errors import InvalidEncoding
from identity import codes, trust_list
from identity.check_characters import ALPHABET
from identity.errors import InvalidCode, InvalidTrust
from identity.trust_list import TrustList
from ledger.evidence import Level
from services.evidence import verdict
from services.evidence.papers import Brief
from services.evidence.reasons import TRUST_PROBLEMS
from services.evidence.terms import AsOf, NoTrust
from services.evidence.verdict import Verdict
from services.platform.errors import Invalid, NotFound
from services.platform.work import Runtime
from services.registry import trust
from services.verification.desk import Desk
from services.verification.sources import NodeSources

CODE_LENGTH = 16
_CODE = re.compile(f"[{ALPHABET}]{{{CODE_LENGTH}}}")
_SPACE = re.compile(r"[\s\-·—–－　]")
_LOOK_ALIKE = str.maketrans("OISZ", "0152")
"""Letters that the alphabet leaves out because people read them as digits."""


def judge(
    runtime: Runtime,
    data: bytes,
    *,
    media: str | None = None,
    as_of: AsOf = None,
    require: Level | None = None,
) -> Verdict:
    """Judge a file, asking the node's own database and chain as well as the file."""
    now = runtime.clock()
    if isinstance(as_of, datetime) and as_of > now:
        raise Invalid("as_of_future")
    trusted = trust_of(runtime, now)
    known = trusted if isinstance(trusted, TrustList) else None
    return verdict.verify(
        data,
        trust=trusted,
        now=now,
        media=media,
        as_of=as_of,
        require=require,
        sources=NodeSources(runtime, known),
    )


def trust_of(runtime: Runtime, now: datetime) -> TrustList | NoTrust:
    """Return the node's trust list in force, or why there is none."""
    folder = runtime.settings.trust_folder
    try:
        root, document = trust.read_root(folder), trust.newest(folder)
        if document is None:
            return NoTrust("trust_list_missing")
        return trust_list.open(document, root, now=now, seen=None)
    except NotFound:
        return NoTrust("trust_list_missing")
    except InvalidEncoding:
        return NoTrust("trust_list_unreadable")
    except InvalidTrust as error:
        known = error.code in TRUST_PROBLEMS
        return NoTrust(error.code if known else "trust_list_unreadable")


def by_code(desk: Desk, code: str, number: str | None = None) -> Verdict:
    """Judge what a paper's code stands for, with the least disclosures. A wrong one is counted."""
    return judge(desk.runtime, bundle(desk, code, number))


def bundle(desk: Desk, code: str, number: str | None = None) -> bytes:
    """Return the bundle of the least disclosures that a code stands for. A wrong one is counted."""
    desk.limits.check(desk.place)
    known = number is not None and not _is_test(number)
    wanted = read_number(number or "") if known else None
    try:
        return desk.papers.bundle(read_code(code), wanted)
    except NotFound as error:
        if error.code == "code_unknown":
            desk.limits.failed(desk.place)
        raise


def by_number(desk: Desk, number: str) -> Brief | None:
    """Return what a number alone tells, None if it was never given out. Guesses are counted."""
    desk.limits.check(desk.place)
    if _is_test(number):
        raise Invalid("number_of_test")
    found = desk.papers.brief(read_number(number))
    if found is None:
        desk.limits.failed(desk.place)
    return found


def read_number(text: str) -> str:
    """Return a certificate number as it is stored. Raises Invalid number_mistyped."""
    try:
        return codes.validate_certificate_number(_SPACE.sub("", text).upper())
    except InvalidCode as error:
        raise Invalid("number_mistyped") from error


def _is_test(number: str) -> bool:
    """Return whether somebody typed the number of a test certificate; its code tells the rest."""
    return _SPACE.sub("", number).startswith(codes.TEST_PREFIX)


def read_code(text: str) -> str:
    """Return a code as it is stored. Raises Invalid code_malformed."""
    code = _SPACE.sub("", text).upper().translate(_LOOK_ALIKE)
    if not _CODE.fullmatch(code):
        raise Invalid("code_malformed", length=CODE_LENGTH)
    return code
