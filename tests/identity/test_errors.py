"""One base, a class for each reaction, a stable code."""

import pytest

from identity import errors

CLASSES = [each for each in vars(errors).values() if isinstance(each, type)]


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_every_error_has_a_code_and_parameters(each: type[errors.IdentityError]) -> None:
    error = each("some_code", field="x", count=2)

    assert isinstance(error, errors.IdentityError)
    assert (error.code, error.params) == ("some_code", {"field": "x", "count": 2})
    assert str(error) == "some_code"


def test_the_tree_is_drawn_in_the_docstring() -> None:
    assert errors.__doc__ is not None
    for each in CLASSES:
        assert each.__name__ in errors.__doc__
