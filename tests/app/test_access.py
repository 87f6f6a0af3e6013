"""Which models a visitor may ask for, by name alone and by what is here."""

import pytest

from app.access import check_model, entry_of
from app.filling import filling_request
from app.identity import Visitor, new_secret
from app.model_picker import able
from app.services import make_services
from pipelines.core.errors import GlassworksError, NotAllowedError
from pipelines.models import minilm
from pipelines.training.specs import PretrainSpec
from pipelines.training.start_model import CAPABILITIES, starting

OWNER = Visitor("owner", True, "owner")
RUN = "run/0b4xk2m9qwer"


@pytest.fixture
def visitor():
    return Visitor(new_secret(), False, "visitor")


@pytest.fixture
def services(settings, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return make_services(settings)


@pytest.mark.parametrize("name", ["house/story-base", RUN, f"{RUN}@50", minilm.NAME])
def test_what_is_here_is_for_everyone(visitor, name):
    check_model(name, visitor)
    check_model(name, OWNER)


@pytest.mark.parametrize("name", ["openai-community/gpt2", "path:/x", f"{minilm.NAME}-other"])
def test_the_rest_is_for_the_owner(visitor, name):
    check_model(name, OWNER)
    with pytest.raises(NotAllowedError):
        check_model(name, visitor)


def test_what_no_package_carries_would_have_to_be_fetched(visitor, monkeypatch):
    monkeypatch.setattr(minilm, "folder", lambda: None)
    with pytest.raises(NotAllowedError):
        check_model(minilm.NAME, visitor)


def test_an_encoder_is_offered_where_one_can_be_used_and_nowhere_else(services, visitor):
    assert entry_of(services, visitor, minilm.NAME).capabilities == {"encoder"}
    assert [entry.name for entry in able(services, ("causal-lm", "encoder"))][-1] == minilm.NAME
    for capability in ("causal-lm", ("masked-lm", "seq2seq-lm"), CAPABILITIES):
        assert minilm.NAME not in [entry.name for entry in able(services, capability)]


def test_an_encoder_is_refused_where_it_cannot_be_used(services, visitor):
    with pytest.raises(GlassworksError, match="predicts no words"):
        filling_request(services, visitor, minilm.NAME, "A <|mask|>.", 5)
    with pytest.raises(GlassworksError, match="cannot be trained on"):
        starting(PretrainSpec(start_from=minilm.NAME), entry_of(services, OWNER, minilm.NAME))
