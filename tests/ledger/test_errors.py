"""What an error tells a log file: the code and its facts."""

from ledger.errors import LogClosed, LogMoved


def test_an_error_prints_its_code_and_facts() -> None:
    error = LogMoved("log_moved", size=3, origin="a")
    assert (error.code, error.params) == ("log_moved", {"size": 3, "origin": "a"})
    assert str(error) == "log_moved (size=3, origin=a)"
    assert str(LogClosed("log_closed")) == "log_closed"


def test_code_may_be_the_name_of_a_fact() -> None:
    assert LogMoved("log_moved", code="x").params == {"code": "x"}
