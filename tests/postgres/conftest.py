"""The settings of these tests name a real PostgreSQL, with an empty database for each test."""

from collections.abc import Iterator

import pytest

from pipelines.core.settings import Settings
from tests.support.postgres import Postgres, missing


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    if why := missing():
        pytest.skip(why)
    with Postgres() as running:
        yield running


@pytest.fixture
def url(server: Postgres) -> Iterator[str]:
    made = server.make()
    yield made
    server.drop(made)


@pytest.fixture
def settings(url: str, home) -> Settings:
    made = Settings(home=home, database_url=url)
    made.make_folders()
    return made
