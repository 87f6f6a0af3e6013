"""Tensors of trees against the same things said one by one."""

import torch

from pipelines.evaluation.answering import rows
from pipelines.evaluation.answering.encoding import Reading
from pipelines.evaluation.answering.rows import Places, log_probs, masked, places, plain
from pipelines.evaluation.answering.trees import stemmed

READINGS = [Reading((1, 2, 3, 4, 5), 2), Reading((1, 2, 3, 9, 8, 7), 2), Reading((1, 2, 6, 4), 1)]


def test_a_column_sees_the_stem_and_its_own_branch():
    one, other = stemmed(READINGS, 2).trees[0], stemmed(READINGS[:1], 2).trees[0]
    given = masked([one, other], 2, torch.float32, torch.device("cpu"))
    width = len(one)
    assert given["input_ids"].tolist() == [one.tokens, [0] * (width - 2) + other.tokens]
    assert given["position_ids"][0].tolist() == [2 + depth for depth in one.depths]
    lowest = torch.finfo(torch.float32).min
    for row, tree in enumerate((one, other)):
        pad = width - len(tree)
        for column in range(width):
            own = {pad + at for at in range(column - pad + 1) if at >= 0 and tree.ends[at] >= column - pad}
            seen = {0, 1} | {2 + at for at in own | {column}}
            wanted = [0.0 if at in seen else lowest for at in range(2 + width)]
            assert given["attention_mask"][row, 0, column].tolist() == wanted


def test_places_are_where_the_tokens_are_asked():
    trees = [stemmed(READINGS, 0).trees[0], stemmed(READINGS[2:], 0).trees[0]]
    ids = plain([trees[1], trees[1]])["input_ids"]
    assert ids.tolist() == [[1, 2, 6], [1, 2, 6]]
    for left in (True, False):
        found = places(trees, left)
        shift = len(trees[0]) - len(trees[1]) if left else 0
        wanted = [(0, column, token) for _, _, column, token in trees[0].asked]
        wanted += [(1, column + shift, token) for _, _, column, token in trees[1].asked]
        assert list(zip(*(part.tolist() for part in found), strict=True)) == wanted


def test_log_probabilities_are_the_softmax_s_however_many_at_once(monkeypatch):
    logits = torch.randn(3, 7, 11, generator=torch.Generator().manual_seed(0))
    asked = Places(torch.tensor([0, 2, 2, 1]), torch.tensor([6, 0, 3, 3]), torch.tensor([10, 0, 4, 4]))
    asked.tokens[3] = logits[1, 3].argmax()
    wanted = logits.log_softmax(-1)[asked]
    for most in (2**25, 22, 1):
        monkeypatch.setattr(rows, "_AT_ONCE", most)
        values, greedy = log_probs(logits, asked)
        assert torch.allclose(torch.tensor(values), wanted, atol=1e-6)
        assert greedy.tolist() == (logits[asked[:2]].argmax(-1) == asked.tokens).tolist() and greedy[3]
