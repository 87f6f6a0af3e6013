"""Code for taking away loads the weights that the page does: full ones, an adapter, one upon another."""

from types import SimpleNamespace

import pytest
import torch

from app.attention.heads_code import heads_code
from app.decoding.code import decoding_code
from app.filling_code import filling_code
from app.identity import Visitor
from app.sources import loadable, source_of
from pipelines.attention.requests import Subject
from pipelines.core.settings import Settings
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.strategy import strategy
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model
from tests.support.adapters import save_adapter, wrap
from tests.support.tiny_models import build, tokenizer

PROMPT = "Anna found a"
OWNER = Visitor("owner", True, "owner")


@pytest.fixture(scope="module")
def family(tmp_path_factory) -> dict[str, str]:
    """A base, two adapters upon each other, of which the first has no tokenizer of its own, and one that
    guesses hidden words."""
    home = tmp_path_factory.mktemp("models")
    for name, kind in (("base", "llama"), ("bert", "bert")):
        (home / name).mkdir()
        build(kind).save_pretrained(home / name)
        tokenizer().save_pretrained(home / name)
    save_adapter(wrap(build("llama")), home / "lower", f"path:{home / 'base'}")
    lower = load(f"path:{home / 'lower'}")
    save_adapter(wrap(lower, seed=2), home / "upper", f"path:{home / 'lower'}", home / "base")
    save_adapter(wrap(build("bert"), "bert"), home / "gaps", f"path:{home / 'bert'}", home / "bert")
    return {folder.name: f"path:{folder}" for folder in home.iterdir()}


def load(name: str, models: Catalogue | None = None) -> torch.nn.Module:
    place = (models or Catalogue(Settings())).place(name)
    return load_model(name, place.folder, torch.device("cpu"), place.base).model


@pytest.fixture
def services(settings):
    return SimpleNamespace(models=Catalogue(settings))


def run(code: str) -> dict:
    """The script's names after it was executed as it stands."""
    found: dict = {}
    exec(compile(code, "script", "exec"), found)
    return found


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    ids = torch.arange(5, 17)[None]
    with torch.inference_mode():
        return torch.allclose(one(input_ids=ids).logits, other(input_ids=ids).logits, atol=1e-4)


@pytest.mark.parametrize("name", ["base", "lower", "upper"])
def test_decoding_s_code_loads_what_the_page_does(services, family, name):
    chosen, draft = family[name], family["lower"]
    asked = DecodeRequest(chosen, PROMPT, (strategy("assisted", {"draft": draft, "do_sample": False}),), 4)
    sources = [source_of(services, OWNER, one) for one in (chosen, draft)]
    code = loadable(services, OWNER, decoding_code(asked, 0, *sources), chosen, draft)
    found = run(code)
    assert same(found["model"], load(chosen, services.models))
    assert same(found["draft"], load(draft, services.models))
    assert code.count("PeftModel.from_pretrained(model") == {"base": 0, "lower": 1, "upper": 2}[name]


def test_attention_s_code_looks_into_the_merged_model(services, family):
    source = source_of(services, OWNER, family["upper"])
    code = heads_code(source, "causal-lm", Subject(family["upper"], PROMPT), "self")
    assert same(run(loadable(services, OWNER, code, family["upper"]))["model"], load(family["upper"]))


def test_fill_mask_s_code_guesses_with_the_adapter(services, family):
    source = source_of(services, OWNER, family["gaps"])
    code = filling_code(source, "masked-lm", "Anna found a <mask>.", 3)
    assert same(run(loadable(services, OWNER, code, family["gaps"]))["model"], load(family["gaps"]))


def test_code_of_a_model_that_is_not_here_stays_as_it_is(services):
    code = heads_code("owner/none", "causal-lm", Subject("owner/none", PROMPT), "self")
    assert loadable(services, OWNER, code, "house/none") == code
    assert loadable(services, OWNER, "", "house/none") == ""
