"""A workshop whose visitors keep things of every kind."""

import pytest

from app.your_data.part import YourData
from tests.support import workshop
from tests.support.your_data import Keeper, furnished

plain = workshop.services


@pytest.fixture
def services(plain, settings):
    made = furnished(plain, settings)
    yield made
    made.rag.close()


@pytest.fixture
def keeper(services):
    return Keeper(services)


@pytest.fixture
def data(services, monkeypatch, tmp_path):
    monkeypatch.setattr("app.your_data.part.get_upload_folder", lambda: str(tmp_path / "cache"))
    return YourData(services)
