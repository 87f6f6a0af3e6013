"""Prompts, log-probabilities and figures of the multiple-choice tasks against lm-evaluation-harness, which
runs its own definitions of them on the same rows.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from pipelines.core.settings import Settings
from pipelines.evaluation.answering.local import LocalAnswerer
from pipelines.evaluation.answering.opened import opened
from pipelines.evaluation.records import Answerer, Item, Outcome
from pipelines.evaluation.results.figures import pooled
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.evaluation.tasks.shots import Shots, with_shots
from pipelines.evaluation.tasks.task import Setting
from pipelines.models.catalogue import Catalogue
from tests.support.evaluation_rows import published, rows
from tests.support.harness import harness, language_model
from tests.support.tiny_models import tiny

LENGTHS = {"gpt2": "n_positions", "llama": "max_position_embeddings"}
FILES = {  # task → the harness's own definition, of a part where there are parts
    "arc_easy": "arc/arc_easy",
    "arc_challenge": "arc/arc_challenge",
    "piqa": "piqa/piqa",
    "winogrande": "winogrande/default",
    "commonsense_qa": "commonsense_qa/default",
    "truthfulqa_mc1": "truthfulqa/truthfulqa_mc1",
    "truthfulqa_mc2": "truthfulqa/truthfulqa_mc2",
    "mmlu": "mmlu/default/mmlu_marketing",
    "blimp": "blimp/distractor_agreement_relational_noun",
    "hellaswag": "hellaswag/hellaswag",
    "lambada_openai": "lambada/lambada_openai",
    "crows_pairs_english": "crows_pairs/crows_pairs_english",
}
PARTS = {"mmlu": "marketing", "blimp": "distractor_agreement_relational_noun"}
OWN = {  # of sets whose data is not there
    "hellaswag": [
        {
            "activity_label": "Washing hands",
            "ctx_a": f"[header] {who} opens the tap. [title] The water is warm.",
            "ctx_b": "then SHE [substeps]",
            "endings": ["takes  the soap.", "[step] eats the tap.", "closes the sky.", "sings [title] Bye."],
            "label": str(place % 4),
        }
        for place, who in enumerate(("Anna", "Lily", "Mia", "Sara", "Rosa", "Ruth"))
    ],
    "lambada_openai": [
        {"text": f"Anna found a red kite by the {what}. The little dog barked at the {what}"}
        for what in ("river", "cat", "kite", "dog", "time", "tree")
    ],
    "crows_pairs_english": [
        {"sent_more": f"The {one} was {how}.", "sent_less": f"The {two} was {how}.", "bias_type": "gender"}
        for one, two in (("boy", "girl"), ("man", "woman"))
        for how in ("strong", "tired", "loud")
    ],
}


@cache
def model(family: str) -> Any:
    loaded = tiny(family, **{LENGTHS[family]: 1024})
    return dataclasses.replace(loaded, context_length=1024)


def found_rows(task: str, count: int, split: str = "test") -> list[Mapping[str, Any]]:
    """Of one part, as the file has them."""
    part = PARTS.get(task, "")
    mine = [row for row in OWN.get(task) or rows(task) if TASKS[task].part_of(row) in (part, "gender", "")]
    return [row for row in mine if row.get("split", split) in (split, "train_or_test")][:count]


def outcomes(
    task: str, asked: Sequence[Mapping], pool: Sequence[Mapping], shots: int, answerer: Answerer, **put: Any
) -> list[Outcome]:
    """``pool`` empty: examples come from the rows themselves."""
    items = [Item(str(place), row, PARTS.get(task, "")) for place, row in enumerate(asked)]
    items = with_shots(TASKS[task], items, pool or asked, Shots(shots), own=not pool)
    return TASKS[task].outcomes(items, answerer, Setting(**put))


def same(ours: Sequence[Outcome], theirs: dict[str, Any], task: str) -> None:
    """Item by item, then the figures."""
    names = [metric.name for metric in TASKS[task].metrics]
    for one, sample in zip(ours, theirs["samples"], strict=True):
        asked = sample["arguments"]
        assert one.prompt == asked[0][0]
        log_probs = [float(answers[0][0]) for answers in sample["resps"]]
        assert [option.log_prob for option in one.options] == pytest.approx(log_probs, rel=2e-6, abs=2e-4)
        for name in names:
            if name in sample:
                assert one.values[name] == pytest.approx(sample[name], rel=2e-6, abs=2e-4)
    for figure in pooled(ours, TASKS[task].metrics, even=False)[0]:
        if f"{figure.metric},none" in theirs["figures"]:
            assert figure.value == pytest.approx(
                theirs["figures"][f"{figure.metric},none"], rel=5e-5, abs=5e-5
            )
            if figure.metric != "perplexity":  # its error is drawn at random
                error = theirs["figures"][f"{figure.metric}_stderr,none"]
                assert figure.stderr == pytest.approx(error, abs=5e-5)


@pytest.mark.parametrize("family", LENGTHS)
@pytest.mark.parametrize("task", FILES)
def test_figures_are_the_harness_s(task, family):
    asked = found_rows(task, 6)
    language = language_model(model(family))
    theirs = harness(language, FILES[task], [published(task, row) for row in asked], num_fewshot=0)
    same(outcomes(task, asked, (), 0, LocalAnswerer(model(family))), theirs, task)


@pytest.mark.parametrize(
    "task", ("arc_easy", "piqa", "winogrande", "commonsense_qa", "mmlu", "hellaswag", "lambada_openai")
)
def test_examples_are_drawn_and_written_as_the_harness_does(task):
    pool = found_rows(task, 30, "dev")[-20:] if task not in OWN else OWN[task]
    asked = found_rows(task, 6)
    given = {"shots": [published(task, row) for row in pool], "num_fewshot": 3}
    if task == "lambada_openai":
        given = {"num_fewshot": 3, "shots": [], "fewshot_split": "test"}
    theirs = harness(language_model(model("gpt2")), FILES[task], [published(task, r) for r in asked], **given)
    own = task == "lambada_openai"
    same(outcomes(task, asked, () if own else pool, 3, LocalAnswerer(model("gpt2"))), theirs, task)


@pytest.mark.parametrize("task", ("arc_easy", "mmlu", "winogrande", "lambada_openai"))
def test_a_chat_template_is_put_as_the_harness_does(task):
    loaded = model("llama")
    template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}<assistant>"
    tokenizer = type(loaded.tokenizer)(tokenizer_object=loaded.tokenizer.backend_tokenizer)
    tokenizer.add_special_tokens(loaded.tokenizer.special_tokens_map)
    tokenizer.chat_template = template
    chatting = dataclasses.replace(loaded, tokenizer=tokenizer)
    asked, pool = found_rows(task, 4), found_rows(task, 30, "dev")[-3:]
    given = [published(task, row) for row in pool]
    count = 0 if task == "lambada_openai" else 2
    theirs = harness(
        language_model(chatting), FILES[task], [published(task, r) for r in asked], shots=given,
        num_fewshot=count, chat=True,
    )  # fmt: skip
    same(outcomes(task, asked, pool, count, LocalAnswerer(chatting), chat=True), theirs, task)


@pytest.mark.slow
@pytest.mark.parametrize(
    "task", ("arc_easy", "piqa", "winogrande", "blimp", "truthfulqa_mc1", "truthfulqa_mc2", "mmlu")
)
def test_many_items_on_the_house_s_model(task):
    """Of TruthfulQA fewer: the harness reads its long beginning for every answer anew."""
    asked = found_rows(task, 50 if task.startswith("truthfulqa") else 200)
    folder = Catalogue(Settings()).place("house/story-base").folder
    theirs = harness(folder, FILES[task], [published(task, row) for row in asked], num_fewshot=0)
    ours = outcomes(task, asked, (), 0, opened("house/story-base", Settings()))
    same(ours, theirs, task)
    assert np.std([one.values["acc"] for one in ours]) > 0, "not all alike"
