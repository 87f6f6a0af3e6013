import pytest

from pipelines.core.settings import Settings
from pipelines.models import minilm
from pipelines.models.catalogue import Catalogue


@pytest.fixture
def catalogue(settings, tmp_path, monkeypatch) -> Catalogue:
    """A catalogue whose house is empty until a test fills it, and which no package fills."""
    house = tmp_path / "house"
    house.mkdir()
    monkeypatch.setattr(Settings, "house_models", property(lambda _: house))
    monkeypatch.setattr(minilm, "folder", lambda: None)
    return Catalogue(settings)
