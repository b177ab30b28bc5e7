"""The kinds of error carry a code and harmless parameters."""

import pytest

from services.platform import errors


@pytest.mark.parametrize(
    "kind",
    [
        errors.Unauthenticated,
        errors.Refused,
        errors.NotFound,
        errors.Conflict,
        errors.Invalid,
        errors.Unavailable,
    ],
)
def test_every_kind_keeps_its_code_and_parameters(kind: type[errors.ServiceError]) -> None:
    error = kind("row_missing", row=3, sheet="a")
    assert isinstance(error, errors.ServiceError)
    assert (error.code, error.params) == ("row_missing", {"row": 3, "sheet": "a"})
    assert str(error) == "row_missing (row=3, sheet=a)"


def test_an_error_without_parameters_prints_its_code() -> None:
    assert str(errors.Conflict("batch_closed")) == "batch_closed"
