"""Each fault of prompts that a model is to answer for itself, in rows that have it and in others."""

import subprocess
import sys

import pytest

from pipelines.training.checks.requests import BLOCKS, WARNS, Checked, CheckRequest
from pipelines.training.checks.run import check
from pipelines.training.preferring.online.specs import GrpoSpec
from tests.pipelines.training.checks.test_checks import HOUSE, checked, found, names  # noqa: F401 (a fixture)

ROWS = [{"prompt": f"Say {n}.", "answer": str(n)} for n in range(20)]
LONG = {"prompt": "word " * 90, "answer": "3"}


@pytest.fixture
def asked(checked):  # noqa: F811
    base = {"task": "grpo", "method": "full", "chat_template": "house", "validation_share": 0.2}
    return lambda rows, *own, **spec: checked(rows, *own, **{**base, **spec})


def made(**spec) -> Checked:
    values = {"base": "house/story-base", "task": "rloo", **spec}
    *_, answer = (event for event in check(CheckRequest(values, "", str(HOUSE))) if event is not None)
    return answer


def test_sound_prompts_pass_and_are_shown_as_they_are_asked(asked):
    answer = asked(ROWS)
    assert answer.findings == () and (answer.training, answer.held_out) == (16, 4)
    row = answer.preview[0]
    said = "".join(row.tokens)
    assert said.startswith("<|user|>Say ") and said.endswith("<|assistant|>") and not any(row.trained)
    assert row.note == f"Answer: {row.row - 1}" and len(answer.preview) == 6
    shown = asked(ROWS, show=20).preview
    assert answer.lengths.measured == 20 and answer.lengths.longest >= max(len(one.ids) for one in shown)
    assert asked(ROWS, eval_prompts=2).held_out == 2


@pytest.mark.parametrize(
    ("row", "check", "rows", "spec"),
    [
        ({"prompt": " ", "answer": "3"}, "empty prompts", (21,), {}),
        ({"prompt": "Why?", "answer": "Because."}, "right answers", (21,), {}),
        ({"prompt": "Why?"}, "right answers", (21,), {}),
        ({"prompt": "say  3.", "answer": "4"}, "contradictory answers", (4, 21), {}),
        (LONG, "room for the answer", (21,), {"max_length": 96}),
    ],
)
def test_what_cannot_be_asked_or_judged_blocks(asked, row, check, rows, spec):
    answer = asked([*ROWS, row], **spec)
    ((level, numbers, mend),) = found(answer, check)
    assert (level, numbers) == (BLOCKS, rows) and mend and answer.blocked


def test_the_share_without_room_is_told_and_the_mend_mends_it(asked):
    answer = asked([*ROWS, LONG], max_length=96)
    (finding,) = answer.findings
    assert "4.8% of all" in finding.words and answer.lengths.cut_rows == 1
    assert asked([*ROWS, LONG], **finding.mend).findings == ()
    context = asked([*ROWS, {**LONG, "prompt": "word " * 450}], max_length=2048, max_new_tokens=1024)
    ((level, _, mend),) = found(context, "context length")  # the house's base reads 1,024 tokens
    assert level == BLOCKS and 0 < mend["max_new_tokens"] <= 574
    assert asked([*ROWS, {**LONG, "prompt": "word " * 450}], max_length=2048, **mend).findings == ()


def test_a_reward_that_needs_an_answer_can_be_left_out(asked):
    rows = [{"prompt": row["prompt"]} for row in ROWS]
    ((_, _, mend),) = found(asked(rows), "right answers")
    assert mend == {}  # nothing else is rewarded, and every row lacks it
    ((_, _, mend),) = found(asked(rows, rewards=["correct=1", "working=0.5"]), "right answers")
    assert mend == {"rewards": ["working=0.5"]} and asked(rows, **mend).findings == ()


def test_rewards_that_all_answers_get_or_none_block(asked):
    far = {"rewards": ["length=1"], "target_length": 100, "max_length": 512}
    ((level, _, mend),) = found(asked(ROWS, **far), "rewards")
    assert level == BLOCKS and asked(ROWS, **{**far, **mend}).findings == ()
    assert asked(ROWS, **far, at_most=True).findings == ()
    assert names(asked(ROWS, rewards=["format=1"], needs="{text}")) == {"rewards"}
    assert asked(ROWS, rewards=["format=1"], needs="is {number}").findings == ()


def test_what_is_measured_on_is_not_learnt_from(asked):
    own = [{"prompt": f"Add {n}.", "answer": str(n)} for n in range(4)]
    assert asked(ROWS, own).findings == ()
    answer = asked([*ROWS, {"prompt": "ADD  2.", "answer": "2"}], own)
    assert found(answer, "overlap") == [(BLOCKS, (21,), {"drop_rows": [21], "file": "data"})]
    twice = asked([*ROWS, ROWS[3]])
    assert [level for level, _, _ in found(twice, "duplicates")] == [WARNS] and not twice.blocked


@pytest.mark.parametrize("problems", ["sums", "words"])
def test_problems_that_are_made_are_looked_at_before_the_run(problems):
    answer = made(problems=problems, num_problems=64, eval_prompts=32)
    assert not answer.blocked and (answer.training, answer.held_out) == (64, 32)
    assert answer.format == problems and answer.preview[0].note.startswith("Answer: ")
    told = made(problems=problems, num_problems=64, eval_prompts=32, max_new_tokens=250)
    assert {(f.check, f.level) for f in told.findings} == {("room for the answer", BLOCKS)}
    assert "drop_rows" not in str(told.findings)


def test_too_few_fresh_problems_are_a_finding_that_says_how_many_there_are():
    answer = made(problems="sums", digits=1, eval_prompts=200)
    assert answer.blocked and "eval_prompts accepts at most 20" in answer.findings[0].words
    many = made(problems="sums", digits=1, eval_prompts=8, num_problems=GrpoSpec.num_problems)
    ((level, rows, mend),) = found(many, "duplicates")
    assert level == WARNS and rows and mend == {}


def test_the_check_needs_no_torch():
    code = "import sys, pipelines.training.checks.run; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
