"""Rows of the embedding straight from the file, against the model that was loaded."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from pipelines.core.settings import REPOSITORY
from pipelines.models.token_vectors import alike, token_vectors

HOUSE = REPOSITORY / "assets" / "models" / "story-base"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_they_are_the_loaded_model_s(save_tiny, tmp_path, family, dtype):
    folder = save_tiny(tmp_path / "base", family)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    model.save_pretrained(tmp_path / "again", max_shard_size="40KB")
    wanted = model.get_input_embeddings().weight[[3, 0, 7]].float().detach().numpy()
    assert np.array_equal(token_vectors(tmp_path / "again", [3, 0, 7]), wanted)


def test_what_is_not_there_is_none(save_tiny, tmp_path):
    assert token_vectors(tmp_path, [1]) is None
    assert token_vectors(save_tiny(tmp_path / "base", "llama"), [0, 10**6]) is None


def test_alike_are_those_that_point_the_same_way():
    vectors = np.array([[1, 0], [3, 0.1], [0, 2], [-1, 0], [0, 0], [0, 0]], float)
    assert alike(vectors).tolist() == [True, True, False, False, True, True]
    assert alike(vectors[:1]).tolist() == [False]


def test_the_chat_tokens_of_the_house_s_base_were_never_met():
    words = [5, 60, 300, 1000, 2000]
    assert alike(token_vectors(HOUSE, [1, 2, 3, 4])).all()
    assert not alike(token_vectors(HOUSE, words)).any()
