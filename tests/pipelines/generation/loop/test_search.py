"""Greedy search and sampling: equal to generate, alone as beside others, and to their ends."""

import pytest
import torch

from pipelines.generation.loop.line import Kept
from pipelines.generation.loop.noise import Noise
from pipelines.generation.loop.search import Search
from pipelines.generation.strategy import strategy
from tests.support.loops import PROMPT, run, setting, texts, whole
from tests.support.tiny_models import tiny

FAMILIES = ["gpt2", "llama", "gemma2", "gpt_neox", "opt", "mamba"]
DRAWN = ["sample", "temperature", "top_k", "top_p", "min_p", "typical", "epsilon", "eta", "top_h"]


def search(index, name, samples=1, **settings):
    return Search(index, strategy(name, settings), samples)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "settings",
    [{}, {"repetition_penalty": 1.4}, {"no_repeat_ngram_size": 2}, {"repetition_penalty": 0.7}],
)
def test_greedy_is_generates(family, settings):
    loaded = tiny(family)
    column = search(0, "greedy", **settings)
    run(setting(loaded, max_new_tokens=20), column)
    (ids,) = texts(column)
    with torch.inference_mode():
        wanted = loaded.model.generate(
            torch.tensor([PROMPT]), attention_mask=torch.ones(1, len(PROMPT)).long(), max_new_tokens=20,
            do_sample=False, eos_token_id=None, pad_token_id=0, **settings,
        )  # fmt: skip
    assert ids == wanted[0, len(PROMPT) :].tolist()


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_the_same_seed_gives_the_same_text_whatever_runs_beside_it(family, shared):
    loaded = tiny(family)
    width = loaded.model.config.vocab_size

    def setup(**changed):
        return setting(loaded, noise=Noise(11, shared, width, loaded.device), max_new_tokens=24, **changed)

    columns = [search(at, name, samples=2) for at, name in enumerate(["greedy", *DRAWN])]
    run(setup(), *columns)
    for column in columns:
        alone = Search(0, column.strategy, 2)
        run(setup(), alone)
        assert texts(alone) == texts(column)
        again = Search(0, column.strategy, 1)  # one sample of the two
        run(setup(remembers=False, trace=0), search(1, "temperature", temperature=3.0), again)
        assert texts(again) == texts(column)[:1]


def test_samples_differ_and_equal_strategies_share_their_noise():
    loaded = tiny("gpt2")
    one, other, tuned = (
        search(0, "sample", 3),
        search(1, "sample", 3),
        search(2, "temperature", 3, temperature=1.0),
    )
    run(setting(loaded), one, other, tuned)
    assert texts(one) == texts(other) == texts(tuned)
    assert len({tuple(ids) for ids in texts(one)}) == 3
    unshared = setting(loaded, noise=Noise(3, False, loaded.model.config.vocab_size, loaded.device))
    one, tuned = search(0, "sample"), search(1, "temperature", temperature=0.99)
    run(unshared, one, tuned)
    assert texts(one) != texts(tuned)


def test_each_token_is_the_largest_of_score_and_noise():
    loaded = tiny("llama")
    column = search(0, "top_k", top_k=7, temperature=1.3)
    made = setting(loaded)
    run(made, column)
    (line,) = column.lines
    for at, token in enumerate(line.ids):
        logits = whole(loaded.model, [*PROMPT, *line.ids[:at]]).logits[0, -1]
        kept = logits >= logits.topk(7).values[-1]
        scores = torch.where(kept, logits / 1.3, float("-inf")) + made.noise.gumbel("", 0, at)
        assert int(scores.argmax()) == token
        logs = logits.log_softmax(-1)
        told = line.told[at]
        assert told.log_prob == pytest.approx(float(logs[token]), abs=1e-4)
        assert told.rank == int((logits > logits[token]).sum()) + 1
        assert told.entropy == pytest.approx(float(-(logs.exp() * logs).sum()), abs=1e-4)


def test_a_text_ends_where_the_model_ends_it_and_the_others_go_on():
    loaded = tiny("gpt2")
    free = search(0, "sample", 4, temperature=2.0)
    run(setting(loaded), free)
    end = texts(free)[1][3]
    ended = search(0, "sample", 4, temperature=2.0)
    run(setting(loaded, ends=frozenset([end])), ended)
    for ids, line in zip(texts(free), ended.lines, strict=True):
        wanted = ids[: ids.index(end) + 1] if end in ids else ids
        assert line.ids == wanted and line.reason == ("eos" if end in ids else "length")
        assert line.forwards == len(wanted)


@pytest.mark.parametrize("full", ["length", "context"])
def test_one_token_is_enough(full):
    column = search(0, "greedy")
    steps = run(setting(tiny("gpt2"), max_new_tokens=1, full=full), column)
    (line,) = column.lines
    assert len(line.ids) == 1 and line.reason == full and len(steps) == 1


def test_what_is_told_and_remembered_of_a_step():
    column = search(0, "top_p", top_p=0.5)
    steps = run(setting(tiny("gpt2"), trace=4), column)
    (line,) = column.lines
    assert len(steps) == len(line.ids) == len(line.kept) == len(line.stages) == 12
    for at, step in enumerate(steps):
        (wrote,) = step.wrote
        assert wrote.ids == (line.ids[at],) and wrote.stages == (line.stages[at],)
        assert wrote.origins == () and wrote.rejected == -1
        stages = line.stages[at]
        assert stages.names == ("raw", "top_p") and line.ids[at] in stages.ids
        assert isinstance(line.kept[at], Kept) and line.kept[at].logits.shape == (400,)


def test_nothing_is_told_or_remembered_that_was_not_asked_for():
    column = search(0, "top_p")
    steps = run(setting(tiny("gpt2"), trace=0, remembers=False), column)
    assert not column.lines[0].kept and not any(wrote.stages for step in steps for wrote in step.wrote)


class OddTokens:
    """Only odd tokens, and after ``most`` of them none."""

    def __init__(self, most):
        self._most, self.taken = most, {}

    def begin(self, setting, samples):
        self.taken = {sample: [] for sample in range(samples)}

    def allowed(self, samples):
        odd = torch.arange(400) % 2 == 1
        return torch.stack([odd & (len(self.taken[one]) < self._most + one) for one in samples])

    def accept(self, sample, token):
        self.taken[sample].append(token)


def test_a_constraint_is_kept_and_a_text_that_it_leaves_nothing_ends():
    constraint = OddTokens(5)
    column = Search(0, strategy("sample", {"temperature": 2.0}), 3, constraint=constraint)
    run(setting(tiny("gpt2"), trace=0, remembers=False), column, search(1, "greedy"))
    for line in column.lines:
        assert line.reason == "constraint" and len(line.ids) == 5 + line.sample
        assert all(one % 2 for one in line.ids) and constraint.taken[line.sample] == line.ids
