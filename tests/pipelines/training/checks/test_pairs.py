"""Each fault of preferences that is looked for, in rows that have it and in rows that have not."""

import json

import pytest

from pipelines.training.checks.requests import BLOCKS, WARNS
from tests.pipelines.training.checks.test_checks import checked, found, names  # noqa: F401 (a fixture)

DPO, KTO = {"task": "dpo", "chat_template": "house"}, {"task": "kto", "chat_template": "house"}
PAIRS = [
    {"prompt": f"Say {n}.", "chosen": f"It is {n}", "rejected": f"Not {n}" + "?" * (3 * (n % 2))}
    for n in range(30)
]
RATED = [{"prompt": f"Say {n}.", "completion": f"It is {n}.", "label": n % 2 == 0} for n in range(30)]


@pytest.fixture
def of_pairs(checked):  # noqa: F811
    return lambda rows, **spec: checked(rows, method="full", **{**DPO, **spec})


def test_sound_pairs_pass_and_both_answers_are_shown(of_pairs):
    answer = of_pairs(PAIRS)
    assert answer.findings == () and (answer.training, answer.held_out) == (24, 6)
    assert answer.lengths.measured == 60
    shown = answer.preview[:2]
    assert [row.note for row in shown] == ["Preferred", "Rejected"] and shown[0].row == shown[1].row
    learnt = "".join(t for t, marked in zip(shown[0].tokens, shown[0].trained, strict=True) if marked)
    assert learnt.startswith("It is") and learnt.endswith("<|end|>")


def test_of_a_conversation_the_last_reply_alone_is_learnt(of_pairs):
    said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    rows = [
        {
            "prompt": [*said, {"role": "user", "content": f"Say {n}."}],
            "chosen": [{"role": "assistant", "content": f"It is {n}"}],
            "rejected": [{"role": "assistant", "content": "Not it." * (1 + n % 2)}],
        }
        for n in range(10)
    ]
    row = of_pairs(rows).preview[0]
    marked = [place for place, learnt in enumerate(row.trained) if learnt]
    assert marked == list(range(marked[0], len(row.tokens)))
    assert "Ho" in "".join(row.tokens[: marked[0]])


@pytest.mark.parametrize(
    ("rows", "check", "numbers"),
    [
        ([*PAIRS, {"prompt": "Why?", "chosen": "So.", "rejected": " So. "}], "identical answers", (31,)),
        ([*PAIRS, {"prompt": "Why?", "chosen": "", "rejected": "So."}], "empty answers", (31,)),
        ([*PAIRS, {"prompt": "Why?", "chosen": "So.", "rejected": " "}], "empty answers", (31,)),
        (
            [*PAIRS, {**PAIRS[3], "chosen": PAIRS[3]["rejected"], "rejected": PAIRS[3]["chosen"]}],
            "contradictory preferences",
            (4, 31),
        ),
        (
            [{**row, "chosen_rating": 4, "rejected_rating": 5 * (n == 2)} for n, row in enumerate(PAIRS)],
            "swapped answers",
            (3,),
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_from_blocks(of_pairs, rows, check, numbers):
    answer = of_pairs(rows)
    ((level, rows, mend),) = found(answer, check)
    assert (level, rows) == (BLOCKS, numbers) and mend["drop_rows"] == list(numbers) and answer.blocked


def test_columns_taken_for_each_other_are_put_right(of_pairs):
    answer = of_pairs(PAIRS, columns=["chosen=rejected", "rejected=chosen"])
    ((level, _, mend),) = found(answer, "swapped answers")
    assert level == BLOCKS and sorted(mend["columns"]) == ["chosen=chosen", "rejected=rejected"]
    assert not of_pairs(PAIRS, **mend).blocked


def test_answers_that_differ_after_the_cut(of_pairs):
    same = "A long way round. " * 8
    rows = [*PAIRS, {"prompt": "Why?", "chosen": same + "Yes", "rejected": same + "No"}]
    ((level, numbers, _),) = found(of_pairs(rows, max_length=32), "cut before they differ")
    assert (level, numbers) == (BLOCKS, (31,))
    assert not found(of_pairs(rows), "cut before they differ")


def test_what_is_measured_on_is_not_learnt(checked):  # noqa: F811
    spec = {**DPO, "method": "full"}
    fresh = [{"prompt": f"Ask {n}.", "chosen": f"It is {n}", "rejected": "No."} for n in range(5)]
    answer = checked(PAIRS, [*fresh, PAIRS[7]], **spec)
    assert [(level, rows) for level, rows, _ in found(answer, "overlap")] == [(BLOCKS, (8,))]
    asked = checked(PAIRS, [*fresh, {**PAIRS[7], "chosen": "Other."}], **spec)
    assert [level for level, *_ in found(asked, "same question on both sides")] == [BLOCKS]
    assert not checked(PAIRS, fresh, **spec).blocked


def test_length_that_would_be_learnt_is_said(of_pairs):
    rows = [{**row, "chosen": row["chosen"] + " of course, as everybody knows"} for row in PAIRS]
    ((level, _, _),) = found(of_pairs(rows), "length of the answers")
    assert level == WARNS
    finding = next(f for f in of_pairs(rows).findings if f.check == "length of the answers")
    assert "In 100% of the pairs the preferred answer is the longer one" in finding.words


def test_ratings_need_both_sides_and_one_opinion(checked):  # noqa: F811
    spec = {**KTO, "method": "full"}
    assert checked(RATED, **spec).findings == ()
    only = [{**row, "label": True} for row in RATED]
    assert [level for level, *_ in found(checked(only, **spec), "good and bad answers")] == [BLOCKS]
    few = [{**row, "label": n % 10 == 0} for n, row in enumerate(RATED)]
    ((level, _, mend),) = found(checked(few, **spec), "good and bad answers")
    assert level == WARNS and mend["desirable_weight"] > 5
    torn = [*RATED, {**RATED[4], "label": False}]
    assert [rows for _, rows, _ in found(checked(torn, **spec), "contradictory preferences")] == [(5, 31)]


def test_a_base_without_a_template_is_told_of_conversations(of_pairs, checked):  # noqa: F811
    talk = [
        {
            "prompt": [{"role": "user", "content": row["prompt"]}],
            "chosen": [{"role": "assistant", "content": row["chosen"]}],
            "rejected": [{"role": "assistant", "content": row["rejected"]}],
        }
        for row in PAIRS
    ]
    answer = of_pairs(talk, chat_template="model")
    ((level, _, mend),) = found(answer, "chat template")
    assert level == BLOCKS and mend == {"chat_template": "house"}
    assert names(of_pairs(PAIRS, chat_template="model")) <= {"length of the answers"}


def test_pairs_serve_for_every_kind(checked):  # noqa: F811
    for task in ("orpo", "kto", "reward"):
        answer = checked(json.dumps(PAIRS), task=task, chat_template="house", method="full")
        assert not answer.blocked and answer.lengths.measured == 60
