"""What a batch is downloaded as: signed files by class, or what is made for the printer.

files      signed PDFs, each in the folder of its class: what pupils are sent
print      pages of whole classes for a colour printer
stock      only the words, for stock on which frame and title are printed already
slips      claim slips, to cut
sign-off   who fetched which certificate, class by class
"""

from collections.abc import Iterable
from typing import Final, Literal

from services.honours.paper import orders, prints, service
from services.honours.paper.service import File
from services.platform.errors import Conflict
from services.platform.work import Runtime, Work

Kind = Literal["files", "print", "stock", "slips", "sign-off"]
KINDS: Final[tuple[Kind, ...]] = ("files", "print", "stock", "sign-off", "slips")


def of(runtime: Runtime, batch_id: str, kind: Kind) -> Iterable[File]:
    """Return the files of a kind; what cannot be made is said before the first."""
    if kind == "files":
        return service.files_of(runtime, batch_id)
    if kind == "slips":
        return prints.slips_of(runtime, batch_id)
    if kind == "sign-off":
        return [prints.sign_off_of(runtime, batch_id)]
    return prints.pages_of(runtime, batch_id, stock=kind == "stock")


def ready(work: Work, batch_id: str) -> tuple[int, str]:
    """Return how many certificates go on paper, and the code of what they wait for if any."""
    try:
        found = len(orders.listed(work, batch_id)[1])
    except Conflict as error:
        return 0, error.code
    return found, "" if found else "batch_without_paper"
