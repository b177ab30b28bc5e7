"""The file of a test certificate: the school's own look, 测试 across the page, never valid.

Like a certificate's file but for what counts: its bundle is one of nobody
(services.honours.trial), the node does not sign it, and its QR leads to the verdict on all test
certificates.
"""

from collections.abc import Mapping
from typing import Any

from crypto.canonical import Json
from services.honours import rows, trial
from services.honours.paper import looks, qr, service, typesetting, wording
from services.honours.paper.wording import Issued
from services.honours.programmes import awards
from services.platform import clock
from services.platform.work import Work
from services.registry import institutions

TITLE = "测试证书，不具效力"
CLASS = "示例班"


def sample_claims(work: Work, programme: Mapping[Any, Any]) -> dict[str, str]:
    """Return what a certificate of this programme would state of somebody who does not exist."""
    listed = awards(programme)
    claims = {
        "name": trial.PUPIL,
        "award": listed[0] if listed else trial.AWARD,
        "award_date": clock.in_shanghai(work.now).date().isoformat(),
        "programme": programme["name"],
        "class": CLASS,
        "statement": programme["statement"],
    }
    return {name: value for name, value in claims.items() if value}


def file_of(work: Work, programme: Mapping[Any, Any], claims: Mapping[str, str]) -> bytes:
    """Return the PDF of a test certificate of a programme.

    Raises Invalid glyph_missing; Unavailable fonts_missing.
    """
    institution = institutions.load(work, programme["institution_id"])
    statement = rows.statement_of(programme, claims)
    made = trial.make(statement, institution["id"], work.now, work.random)
    look = looks.of_programme(work, programme)
    address = f"{work.settings.url}/v"
    issued = Issued(
        number=made.number,
        code=trial.CODE,
        institution=institution["name_zh"],
        address=address,
        signatories=look.signatories,
        title=look.title,
        test=True,
    )
    sheet = wording.sheet(made.shown, issued, qr.svg(f"{address}/{trial.CODE}"))
    content: dict[str, Json] = {
        "bundle": made.bundle.decode(),
        "bundle_name": f"{made.number}.kexin.json",
        "look": service.printing(look, TITLE),
        "sheets": [sheet],
    }
    return typesetting.of(work.settings).pdf(look.design, content, work.now)
