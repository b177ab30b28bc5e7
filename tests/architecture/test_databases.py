"""The databases that the tests are given: new, empty, and gone afterwards."""

import pytest
import sqlalchemy
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests import postgres


def test_a_database_keeps_what_is_written(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE school (name text)"))
        connection.execute(text("INSERT INTO school VALUES ('𠮷')"))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT name FROM school")).scalar_one() == "𠮷"
    engine.dispose()


@pytest.mark.component
def test_databases_come_from_a_template_and_go_again(
    postgres_server: postgres.PostgresServer,
) -> None:
    template = postgres_server.create()
    engine = sqlalchemy.create_engine(postgres_server.url(template))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE school (name text)"))
    engine.dispose()
    copy = postgres_server.create(template)
    engine = sqlalchemy.create_engine(postgres_server.url(copy))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM school")).scalar_one() == 0
    engine.dispose()
    postgres_server.drop(copy)
    postgres_server.drop(template)
    with pytest.raises(OperationalError):
        engine.connect()
    engine.dispose()
