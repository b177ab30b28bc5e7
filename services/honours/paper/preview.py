"""A page of nobody, to see how a look prints: marked 测试, with a code that leads nowhere.

Nothing of it is issued, signed or logged; the mark stands across the page, so that a preview that
somebody prints is not taken for a certificate.
"""

from crypto.canonical import Json
from services.honours.paper import looks, qr, service, typesetting, wording
from services.honours.paper.looks import Look
from services.platform.work import Work
from services.registry import institutions

NAME, AWARD, DAY = "张三", "三好学生", "2026-06-01"
NUMBER, CODE = "0000000000" + "2026" + "X000000X", "0" * 16
DPI = 96


def picture(work: Work, subject_id: str, look: Look | None = None) -> bytes:
    """Return a PNG of the look of an institution or a programme."""
    chosen = look or looks.of_subject_or_above(work, subject_id)
    chosen.check()
    return typesetting.of(work.runtime.settings).png(
        chosen.design, content(work, subject_id, chosen), dpi=DPI
    )


def content(work: Work, subject_id: str, look: Look) -> dict[str, Json]:
    """Return what is printed."""
    institution = institutions.load(work, looks.institution_of(work, subject_id))
    address = f"{work.runtime.settings.url}/v"
    signatories: list[Json] = [
        {"name": each.name, "title": each.title} for each in look.signatories
    ]
    sheet: dict[str, Json] = {
        "award": AWARD,
        "closing": wording.CLOSING,
        "code": [*wording.grouped_code(CODE)],
        "day": wording.day(DAY),
        "entry": wording.entry(address),
        "honorific": wording.HONORIFIC,
        "institution": institution["name_zh"],
        "lead": wording.lead({"period": "2025—2026 学年"}, level="school", prize=False),
        "name": NAME,
        "notice": None,
        "number": [*wording.grouped_number(NUMBER)],
        "qr": qr.svg(f"{address}/{CODE}"),
        "signatories": signatories,
        "test": True,
        "thin": "",
        "title": look.title or wording.TITLE,
    }
    return {"look": service.printing(look, wording.TITLE), "sheets": [sheet]}
