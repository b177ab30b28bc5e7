"""HTTP of the self-check of an institution."""

from fastapi import APIRouter

from services.accounts.access import OperatorDep
from services.honours import checkup
from services.honours.checkup import Point
from services.honours.schemas import PointOut
from services.platform import texts
from services.registry.schemas import InstitutionId
from services.web.deps import WorkDep
from services.web.http_errors import problems

router = APIRouter(prefix="/v1/institutions", tags=["institutions"])


@router.get("/{institution_id}/check", responses=problems(401, 403, 404))
def check_institution(
    institution_id: InstitutionId, who: OperatorDep, work: WorkDep
) -> list[PointOut]:
    """Look at everything that an institution needs before it can issue."""

    def shown(point: Point) -> PointOut:
        said = {lang: point.message(lang, work.now) for lang in texts.LANGUAGES}
        mend = {lang: point.remedy(lang, work.now) for lang in texts.LANGUAGES}
        return PointOut(
            subject=point.subject,
            code=point.code,
            result=point.result,
            message={"zh": said[texts.ZH], "en": said[texts.EN]},
            remedy={"zh": mend[texts.ZH], "en": mend[texts.EN]} if point.who else None,
            who=point.who or None,
            page=point.link or None,
        )

    return [shown(point) for point in checkup.points(work, who, institution_id)]
