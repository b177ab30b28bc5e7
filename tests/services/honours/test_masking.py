import pytest

from services.honours.masking import masked
from services.honours.titles import Field


@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        (Field.NAME, "张伟", "张*"),
        (Field.NAME, "阿依古丽·买买提", "阿*******"),
        (Field.NAME, "", ""),
        (Field.NAME, "\u202e张", "□*"),
        (Field.ID_NUMBER, "41990020120304123X", "41**************3X"),
        (Field.XJH, "G41990020120304123X", "G4***************3X"),
        (Field.STUDENT_NO, "00123", "0***3"),
        (Field.STUDENT_NO, "12", "**"),
        (Field.STUDENT_NO, "", ""),
        (Field.AWARD, "三好学生", "三好学生"),
        (Field.AWARD, "三好 41990020120304123X", "三好 ******************"),
        (Field.AWARD_DATE, "20260230", "20260230"),
        (Field.CLASS, "一\n二\ue000", "一□二□"),
        (Field.CLASS, "长" * 50, "长" * 40 + "…"),
    ],
)
def test_just_enough_is_shown(field: Field, text: str, shown: str) -> None:
    assert masked(field, text) == shown
