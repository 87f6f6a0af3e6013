"""What is told of a step's stages, against the whole distributions."""

import numpy as np
import pytest
import torch

from pipelines.generation.loop.candidates import told_stages
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.strategy import strategy
from tests.support.tiny_models import tiny

_WIDTH = 400
_MANY = {"temperature": 0.6, "top_k": 60, "top_p": 0.8, "min_p": 0.02, "repetition_penalty": 1.5}


def staged(settings, seed=0, rows=3):
    made = torch.Generator().manual_seed(seed)
    logits, ids = (
        3 * torch.randn(rows, _WIDTH, generator=made),
        torch.randint(0, 9, (rows, 6), generator=made),
    )
    return stages_of(strategy("sample", settings), Raw(logits), ids, 2)


def told(stages, wanted, top=8):
    return told_stages(tiny("gpt2").tokenizer, stages, wanted, top)


@pytest.mark.parametrize("seed", range(4))
def test_every_number_is_the_whole_distributions(seed):
    stages = staged(_MANY, seed)
    for row, found in enumerate(told(stages, [[1], [2], [3]])):
        before = None
        for at, (name, scores) in enumerate(stages):
            probs = scores[row].double().softmax(-1)
            assert found.names[at] == name and found.kept[at] == int((scores[row] > float("-inf")).sum())
            assert np.allclose(found.probs[at], probs[found.ids.tolist()], atol=1e-6)
            assert found.entropy[at] == pytest.approx(float(torch.special.entr(probs).sum()), abs=1e-4)
            lost = 0.0 if before is None else float(before[scores[row] == float("-inf")].sum())
            assert found.lost[at] == pytest.approx(lost, abs=1e-5)
            before = probs


def test_what_a_stage_leaves_is_multiplied_by_what_it_cut():
    (found, *_) = told(staged({"top_k": 5}), [[0], [0], [0]], top=5)
    kept = found.probs[1] > 0
    assert np.allclose(found.probs[1][kept], found.probs[0][kept] / (1 - found.lost[1]), atol=1e-6)


def test_the_likeliest_of_any_stage_are_there_and_what_is_wanted():
    stages = staged(_MANY)
    unlikely = [int(stages[0][1][row].argmin()) for row in range(3)]
    for row, found in enumerate(told(stages, [[one, 7] for one in unlikely], top=6)):
        assert len(found.ids) == 6 == len(set(found.ids.tolist())) == len(found.texts)
        assert {unlikely[row], 7} <= set(found.ids.tolist())
        assert int(stages[-1][1][row].argmax()) in found.ids


def test_a_token_is_0_where_it_is_cut_and_never_elsewhere():
    scores = torch.tensor([[0.0, -500.0, float("-inf"), -3.0]])
    (found,) = told([("raw", scores)], [[2]], top=4)
    by_id = dict(zip(found.ids.tolist(), found.probs[0], strict=True))
    assert by_id[2] == 0 and by_id[1] > 0 and by_id[0] > 0.9


def test_more_candidates_than_tokens_are_all_tokens():
    (found,) = told([("raw", torch.randn(1, 3))], [[0]], top=20)
    assert sorted(found.ids.tolist()) == [0, 1, 2]
