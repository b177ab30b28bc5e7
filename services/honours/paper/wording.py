"""What a certificate says on paper: the words, from the claims that were signed.

Name       as signed; 同学 after it
Reason     the period and the programme, the programme's own statement, then 荣获 for prizes and
           被评为 for titles with the level at which they were given
Numbers    of certificate and code in groups, so that a person can type them
Day        in Chinese numerals: 二〇二六年六月十八日
Nothing is printed as a fact of the certificate that was not signed, but the names of those who
sign on paper and the title of the page: these are the look's (services.honours.paper.looks).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from crypto.canonical import Json
from identity import instants
from identity.credential import Credential

LEVELS = {
    "school": "校级",
    "county": "县（区）级",
    "city": "市级",
    "provincial": "省级",
    "national": "国家级",
    "international": "国际级",
}
RANKS = {
    "special": "特等奖",
    "first": "一等奖",
    "second": "二等奖",
    "third": "三等奖",
    "merit": "优秀奖",
}
PRIZE, TITLE = "获奖证书", "荣誉证书"
CLOSING = "特发此证，以资鼓励。"
HONORIFIC = "同学："

_PRIZES = ("奖", "奖章", "名", "冠军", "亚军", "季军")
_DIGITS = "〇一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Signatory:
    """Somebody who stands for the certificate on paper."""

    title: str
    name: str


@dataclass(frozen=True, slots=True)
class Issued:
    """What is printed of a certificate besides its claims."""

    number: str
    code: str
    institution: str
    address: str
    """Of the public verification, such as https://kexin.example/v."""
    signatories: tuple[Signatory, ...] = ()
    title: str | None = None
    test: bool = False


def sheet(credential: Credential, issued: Issued, qr: str) -> dict[str, Json]:
    """Return what a template prints on one page; which characters are `thin` its fonts tell."""
    claims = {name: str(value) for name, value in credential.claims.items()}
    body = credential.body
    prize = claims.get("rank", "none") in RANKS or claims["award"].endswith(_PRIZES)
    notice = None if body.notice is None else dict(body.notice.to_json())
    signatories: list[Json] = [
        {"name": each.name, "title": each.title} for each in issued.signatories
    ]
    return {
        "award": award(claims),
        "closing": CLOSING,
        "code": [*grouped_code(issued.code)],
        "day": day(claims["award_date"]),
        "entry": entry(issued.address),
        "honorific": HONORIFIC,
        "institution": issued.institution,
        "lead": lead(claims, level=body.level, prize=prize),
        "name": claims["name"],
        "notice": notice,
        "number": [*grouped_number(issued.number)],
        "qr": qr,
        "signatories": signatories,
        "test": issued.test,
        "thin": "",
        "title": issued.title or (PRIZE if prize else TITLE),
    }


def award(claims: Mapping[str, str]) -> str:
    """Return the award, with its rank where there is one."""
    rank = RANKS.get(claims.get("rank", "none"))
    return f"{claims['award']}　{rank}" if rank else claims["award"]


def lead(claims: Mapping[str, str], *, level: str, prize: bool) -> str:
    """Return the sentence that leads to the award."""
    period, programme = claims.get("period", ""), claims.get("programme", "")
    if _same(period) in _same(programme):
        period = ""
    named = f"“{programme}”" if period and programme else programme
    occasion = f"在{period}{named}中，" if period or programme else ""
    subject = f"{claims['subject']}学科" if "subject" in claims else ""
    statement = claims.get("statement", "").rstrip("。，；")
    reason = f"{statement}，" if statement else ""
    return f"{occasion}{reason}{'荣获' if prize else '被评为'}{LEVELS[level]}{subject}"


def day(written: str) -> str:
    """Return 2026-06-18 as 二〇二六年六月十八日."""
    on = instants.read_day(written)
    year = "".join(_DIGITS[int(digit)] for digit in f"{on.year}")
    return f"{year}年{_below_hundred(on.month)}月{_below_hundred(on.day)}日"


def grouped_number(number: str) -> tuple[str, ...]:
    """Return a certificate number as issuer, year, and the rest."""
    return number[:10], number[10:14], number[14:]


def grouped_code(code: str) -> tuple[str, ...]:
    """Return a code four by four."""
    return tuple(code[at : at + 4] for at in range(0, len(code), 4))


def entry(address: str) -> str:
    """Return the official entry as a person types it: without the scheme."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


def _same(text: str) -> str:
    return "".join(text.split()).replace("-", "—")


def _below_hundred(value: int) -> str:
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else _DIGITS[tens] + "十")
    return head + (_DIGITS[ones] if ones else "")
