"""A conversation's ids are those that transformers writes with the model's chat template."""

import pytest
from transformers import AutoTokenizer

from app.chat_ids import chat_ids
from pipelines.core.errors import NotFoundError
from pipelines.models.catalogue import Catalogue
from pipelines.runtime.inline import InlineRuntime
from pipelines.runtime.operations import TOKENIZERS

SAID = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Tell a story about a fox."}]


@pytest.fixture
def ids(settings):
    tokenizers = InlineRuntime(settings, TOKENIZERS.load_engine())
    yield chat_ids(Catalogue(settings), tokenizers)
    tokenizers.close()


def test_ids_are_those_of_the_template_up_to_the_answer(ids, settings):
    folder = Catalogue(settings).tokenizer_folder("house/story-instruct")
    expected = AutoTokenizer.from_pretrained(folder).apply_chat_template(
        SAID, add_generation_prompt=True, return_dict=False
    )
    assert ids("house/story-instruct", SAID) == tuple(expected) and len(expected) > 10


def test_a_model_without_a_template_has_none(ids):
    assert ids("house/story-base", SAID) == ()


def test_a_model_that_is_not_there_is_told(ids):
    with pytest.raises(NotFoundError):
        ids("house/nothing", SAID)
