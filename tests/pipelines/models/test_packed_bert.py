"""Our forward pass of BERT against that of transformers, text by text."""

import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from pipelines.models import packed_bert
from pipelines.models.artifacts import BrokenArtifactError
from pipelines.models.packed_bert import PackedBert, fast_dtype
from tests.support.sentence_encoders import save_bert

LENGTHS = [3, 9, 1, 9, 30, 2, 9, 30]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_bert(tmp_path_factory.mktemp("bert"))


def drawn(lengths, seed=0):
    draw = np.random.default_rng(seed)
    return [draw.integers(0, 200, length).tolist() for length in lengths]


def expected(folder, ids):
    """The mean of the library's last states, one text at a time."""
    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    with torch.inference_mode():
        states = [model(input_ids=torch.tensor([text])).last_hidden_state[0] for text in ids]
    return torch.stack([text.mean(0) for text in states])


@pytest.mark.parametrize("seed", range(4))
def test_the_means_are_those_of_the_library(folder, seed):
    order = np.random.default_rng(seed).permutation(LENGTHS).tolist()  # runs of one length and single texts
    ids = drawn(order, seed)
    ours = PackedBert(folder).means(ids)
    assert ours.dtype is torch.float32
    torch.testing.assert_close(ours, expected(folder, ids), atol=2e-5, rtol=1e-4)


def test_in_bf16_they_are_near(folder):
    ids = drawn(LENGTHS)
    ours = PackedBert(folder, torch.bfloat16).means(ids)
    near = torch.nn.functional.cosine_similarity(ours, expected(folder, ids), dim=-1)
    assert ours.dtype is torch.float32 and near.min() > 0.999


def test_a_text_has_the_same_mean_alone(folder):
    model, ids = PackedBert(folder), drawn(LENGTHS)
    alone = torch.cat([model.means([text]) for text in ids])
    torch.testing.assert_close(model.means(ids), alone, atol=2e-6, rtol=0)


def test_few_numbers_of_rows_occur(folder, monkeypatch):
    """Each costs memory in bf16 for as long as the process lives."""
    seen, linear = set(), packed_bert.linear
    monkeypatch.setattr(packed_bert, "linear", lambda x, *rest: seen.add(len(x)) or linear(x, *rest))
    model, draw = PackedBert(folder), np.random.default_rng(0)
    for seed in range(60):
        model.means(drawn(sorted(draw.integers(1, 60, draw.integers(1, 30)).tolist()), seed))
    assert len(seen) <= 4 + 30 * 60 // 128 and all(rows % 32 == 0 for rows in seen)


def test_scores_beyond_what_exp_can_hold_give_numbers(folder, tmp_path):
    """Weights that no training makes: attention turns to one token alone, and nothing overflows."""
    wild = tmp_path / "wild"
    shutil.copytree(folder, wild)
    tensors = load_file(wild / "model.safetensors")
    wide = {name: t * 300 if ".query.weight" in name else t for name, t in tensors.items()}
    save_file(wide, wild / "model.safetensors", {"format": "pt"})
    for dtype in (torch.float32, torch.bfloat16):
        assert torch.isfinite(PackedBert(wild, dtype).means(drawn(LENGTHS))).all()


def test_fast_is_bf16_where_the_cpu_has_units_for_it(monkeypatch):
    for able, dtype in (({"amx_bf16": True}, torch.bfloat16), ({"avx512_bf16": True}, torch.bfloat16)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda able=able: able)
        assert fast_dtype() is dtype
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True, "amx_bf16": False})
    assert fast_dtype() is torch.float32


def test_another_kind_of_model_is_refused(folder, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(folder, other)
    config = json.loads((other / "config.json").read_text())
    for change in ({"model_type": "gpt2"}, {"hidden_act": "relu"}):
        (other / "config.json").write_text(json.dumps({**config, **change}))
        with pytest.raises(BrokenArtifactError, match="not a BERT encoder"):
            PackedBert(other)
    (other / "config.json").write_text(json.dumps(BertConfig(num_hidden_layers=9).to_dict()))
    with pytest.raises(BrokenArtifactError, match=r"encoder.layer.2.*BERT encoder"):
        PackedBert(other)
