"""Each fault that is looked for, in rows that have it and in rows that have not."""

import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY
from pipelines.training.checks.requests import BLOCKS, WARNS, Checked, Checking, CheckRequest
from pipelines.training.checks.run import check
from tests.support.chat_templates import CHATML, GEMMA
from tests.support.small_tokenizers import transformers_tokenizer

HOUSE = REPOSITORY / "assets" / "models" / "story-base"
MARKS = ("<|user|>", "<|assistant|>", "<|system|>", "<|end|>")  # of the house template
GOOD = [{"prompt": f"Say {n}.", "completion": f"It is {n}, of course."} for n in range(20)]
BIO = [{"tokens": ["Ann", "saw", f"x{n}"], "ner_tags": ["B-PER", "O", "O"]} for n in range(20)]
ANN = {"text": ["Ann"], "answer_start": [0]}
QA = [
    {"question": f"Who saw {n}?", "context": f"Ann saw {n} in the wood.", "answers": ANN} for n in range(20)
]


def rows_file(folder, rows, name="rows.jsonl"):
    file = folder / name
    file.write_text(rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows)), encoding="utf-8")
    return str(file)


@pytest.fixture
def checked(tmp_path):
    """``checked(rows, max_length=64)`` → the answer, with the house model's tokenizer or ``tokenizer``."""

    def run(rows, validation=None, tokenizer=HOUSE, show=6, only=(), **spec) -> Checked:
        if not isinstance(tokenizer, type(HOUSE)):
            tokenizer.save_pretrained(tmp_path / "base")
            tokenizer = tmp_path / "base"
        values = {"base": "house/story-base", "dataset": "path:x", "validation_share": 0.2, **spec}
        own = rows_file(tmp_path, validation, "validation.jsonl") if validation else ""
        request = CheckRequest(values, rows_file(tmp_path, rows), str(tokenizer), own, rows=only, show=show)
        *before, answer = [event for event in check(request) if event is not None]
        assert all(isinstance(event, Checking) for event in before) and isinstance(answer, Checked)
        return answer

    return run


def found(answer, name):
    """(level, rows, mend) of the findings of this name."""
    return [(f.level, f.rows, f.mend) for f in answer.findings if f.check == name]


def names(answer):
    return {finding.check for finding in answer.findings}


def chat(*said):
    return {"messages": [{"role": role, "content": content} for role, content in said]}


def turns(n):
    return chat(("user", f"Say {n}."), ("assistant", f"It is {n}."))


def test_sound_rows_give_no_finding_and_are_shown(checked):
    answer = checked(GOOD, chat_template="house", trainable_tokens=MARKS)
    assert answer.findings == () and not answer.blocked
    assert (answer.training, answer.held_out, len(answer.preview)) == (16, 4, 6)
    row = answer.preview[0]
    assert "".join(row.tokens).startswith("<|user|>Say ") and row.tokens[-1] == "<|end|>"
    first = row.trained.index(True)
    assert row.tokens[first - 1] == "<|assistant|>" and row.special[first - 1] and all(row.trained[first:])
    assert answer.lengths.measured == 20 and answer.lengths.cut_rows == 0
    assert answer.lengths.longest >= answer.lengths.middle > 5
    assert checked(GOOD).findings == ()  # prompt, completion and the end-of-text token
    assert [row.row for row in checked(GOOD, only=(7, 3)).preview] == [7, 3]


def test_rows_that_cannot_be_read_are_one_finding_that_says_where(checked):
    lines = [json.dumps(row) for row in GOOD]
    lines[16] = lines[16][:-5]
    answer = checked("\n".join(lines))
    assert answer.blocked and "17" in answer.findings[0].words and names(answer) == {"rows"}
    assert "columns" in checked([{"a": 1}, {"a": 2}]).findings[0].words
    assert checked([GOOD[0], GOOD[0]]).blocked  # nothing is left to measure on


def test_unusable_rows_are_named_and_can_be_left_out(checked):
    rows = [*map(turns, range(20)), chat(("user", "Hi"), ("wizard", "Ho"))]
    assert found(checked(rows, chat_template="house"), "unusable rows") == [
        (WARNS, (21,), {"drop_rows": [21], "file": "data"})
    ]


def test_conversations_need_a_template(checked):
    rows = list(map(turns, range(20)))
    answer = checked(rows)
    (finding,) = answer.findings
    assert (finding.check, finding.level, finding.count) == ("chat template", BLOCKS, 20)
    assert finding.mend == {"chat_template": "house"} and answer.preview == ()
    assert checked(rows, **finding.mend, trainable_tokens=MARKS).findings == ()
    bare = transformers_tokenizer("bpe")
    assert found(checked(rows, tokenizer=bare, chat_template="house"), "chat template")[0][0] == WARNS


def test_a_refusing_template_is_told_with_the_rows(checked):
    rows = [*map(turns, range(20)), chat(("system", "Be kind"), ("user", "Hi"), ("assistant", "Ho"))]
    answer = checked(rows, tokenizer=transformers_tokenizer("bpe", chat_template=GEMMA))
    assert found(answer, "rows as tokens")[0][:2] == (BLOCKS, (21,))
    assert any("System role not supported" in finding.words for finding in answer.findings)


def test_an_end_that_is_not_learnt_blocks(checked):
    open_ = CHATML.replace("'<|im_end|>'", "''")
    marked = """{% for m in messages %}{{ m.role + ': ' }}{% if m.role == 'assistant' %}
        {%- generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}
        {{- eos_token }}{% endfor %}"""
    rows = list(map(turns, range(20)))
    for template in (open_, marked):
        answer = checked(rows, tokenizer=transformers_tokenizer("bpe", chat_template=template))
        assert [(f.level, f.count) for f in answer.findings if f.check == "end of text"] == [(BLOCKS, 20)]
    sound = checked(rows, tokenizer=transformers_tokenizer("bpe", chat_template=CHATML))
    assert "end of text" not in names(sound)
    without = transformers_tokenizer("bpe")
    without.eos_token = None
    assert found(checked(GOOD, tokenizer=without), "end of text")[0][0] == BLOCKS


def test_nothing_learnt_offers_a_length_that_reaches_the_answer(checked):
    rows = [*GOOD, {"prompt": "word " * 80, "completion": "Yes."}]
    answer = checked(rows, max_length=32)
    ((level, numbers, mend),) = found(answer, "nothing learnt")
    assert (level, numbers) == (BLOCKS, (21,)) and mend["max_length"] > 80
    assert found(answer, "cut off") == [(WARNS, (21,), mend)]
    again = checked(rows, **mend)
    assert again.findings == () and again.lengths.longest <= mend["max_length"]
    words = next(f.words for f in answer.findings if f.check == "cut off")
    assert "4.8% of all" in words and answer.lengths.cut_rows == 1


def test_more_tokens_than_the_base_reads(checked):
    rows = [*GOOD, {"prompt": "word " * 1200, "completion": "Yes."}]
    (finding,) = [f for f in checked(rows, max_length=4096).findings if f.check == "context length"]
    assert (finding.level, finding.rows, finding.mend) == (BLOCKS, (21,), {"max_length": 1024})


def test_ids_beyond_the_embedding(checked, tmp_path):
    tokenizer = transformers_tokenizer("bpe")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text(json.dumps({"vocab_size": 30}))
    assert found(checked(GOOD, tokenizer=tokenizer), "token ids")[0][0] == BLOCKS


def test_roles(checked):
    rows = list(map(turns, range(20)))
    rows += [chat(("assistant", "It is so."), ("user", "Why?"))]
    rows += [chat(("user", "Hi"), ("assistant", "Ho"), ("user", "And now?"))]
    rows += [chat(("user", "Hi"), ("user", "You there?"), ("assistant", "Yes."))]
    rows += [chat(("user", "Hello?")), chat(("user", "Anyone?"), ("assistant", " "))]
    answer = checked(rows, chat_template="house")
    told = {(f.check, f.level): f.rows for f in answer.findings}
    assert told["swapped roles", BLOCKS] == (21,)
    orders = [f.rows for f in answer.findings if f.check == "order of roles"]
    assert orders == [(22,), (23,)]
    unusable = set(told.get(("unusable rows", WARNS), ()))
    assert unusable | set(told.get(("no reply", BLOCKS), ())) >= {24}
    assert unusable | set(told.get(("empty answers", BLOCKS), ())) >= {25}


def test_an_answer_that_is_the_question(checked):
    answer = checked([*GOOD, {"prompt": "Say it.", "completion": " Say it."}])
    assert found(answer, "answer equals question") == [(WARNS, (21,), {"drop_rows": [21], "file": "data"})]


def test_special_tokens_in_the_text(checked):
    rows = [*GOOD, {"prompt": "Say so.", "completion": "So<|end|><|user|>Me?"}]
    rows += [{"prompt": "And so?", "completion": "So.<|endoftext|>"}]  # not written twice
    (finding,) = checked(rows).findings
    assert (finding.check, finding.level, finding.rows) == ("special tokens in texts", WARNS, (21,))
    assert "<|end|>, <|user|>" in finding.words


def test_duplicates_and_overlap(checked):
    answer = checked([*GOOD, GOOD[3], GOOD[3]])
    assert found(answer, "duplicates")[0][:2] == (WARNS, (21, 22))
    assert "overlap" not in names(answer)  # equal rows stay on one side
    ((level, numbers, mend),) = found(checked(GOOD, validation=GOOD[4:6]), "overlap")
    assert (level, numbers, mend["drop_rows"]) == (BLOCKS, (5, 6), [5, 6])
    other = [{"prompt": "Say 4.", "completion": "No."}, {"prompt": "Say 99.", "completion": "Well."}]
    (finding,) = checked(GOOD, validation=other).findings
    assert (finding.check, finding.rows, finding.file) == ("same question on both sides", (1,), "validation")


def labelled(*labels):
    return [{"text": f"The film number {n} was seen.", "label": label} for n, label in enumerate(labels)]


def test_labels(checked):
    def classified(rows, **more):
        return checked(rows, task="classify", **more)

    even = labelled(*["good", "bad"] * 15)
    assert classified(even).findings == ()
    assert classified(even).preview[0].note.startswith("Label: ")
    skewed = labelled(*["good"] * 28, *["bad"] * 3)
    assert found(classified(skewed), "label balance")[0][0] == WARNS
    single = classified(labelled(*["good"] * 20))
    assert single.blocked
    once = classified([*even, *labelled("odd")[:1]], validation=labelled("good", "bad", "new"))
    assert found(once, "label balance")[0][:2] == (WARNS, (31,))
    assert [(f.level, f.rows, f.file) for f in once.findings if f.check == "labels"] == [
        (BLOCKS, (3,), "validation")
    ]
    torn = classified([*even, {**even[0], "label": "bad"}])
    assert found(torn, "contradictions")[0][:2] == (WARNS, (1, 31))


def test_tags(checked):
    def tagged(rows, **more):
        return checked(rows, task="tag", **more)

    sound = tagged(BIO)
    assert sound.findings == () and sound.preview[0].note == "Tags: Ann B-PER"
    assert sum(sound.preview[0].trained) == 3  # the first piece of each word
    nothing = tagged([{**row, "ner_tags": ["O", "O", "O"]} for row in BIO])
    assert nothing.blocked
    rare = [*BIO, {"tokens": ["In", "Rome"], "ner_tags": ["O", "B-LOC"]}]
    answer = tagged(rare, validation=[{"tokens": ["Oslo", "hums"], "ner_tags": ["B-CITY", "O"]}])
    assert found(answer, "tags") == [(BLOCKS, (1,), {"drop_rows": [1], "file": "validation"})]
    assert found(answer, "label balance")[0][:2] == (WARNS, (21,))


def test_answers(checked):
    def asked(rows, **more):
        return checked(rows, task="answer", **more)

    sound = asked(QA)
    assert sound.findings == () and sound.preview[0].note == "Answer: Ann"
    assert any(sound.preview[0].trained)
    wrong = [*QA, {**QA[0], "question": "Who?", "answers": {"text": ["Bob"], "answer_start": [3]}}]
    answer = asked(wrong)
    assert 21 in {row for f in answer.findings for row in f.rows}
    whole = {"text": ["Ann " * 59 + "Ann"], "answer_start": [0]}
    long = {"question": "Who is it?", "context": "Ann " * 60, "answers": whole}
    torn = asked([*QA, long], max_length=32)
    assert found(torn, "answers")[0][:2] == (WARNS, (21,))
    windows = [row.window for row in asked([*QA, long], max_length=32, only=(21,)).preview]
    assert windows == [1, 2, 3]


def test_texts_of_a_causal_model_and_of_an_encoder(checked):
    rows = [{"text": f"There was a fox of {n} years."} for n in range(20)]
    answer = checked(rows, task="continue")
    assert answer.findings == () and all(answer.preview[0].trained)
    assert checked(rows, task="fill").findings == ()


def test_a_wrong_spec_is_an_error_and_not_a_finding(checked):
    with pytest.raises(SpecError, match="max_length"):
        checked(GOOD, max_length=1)
    with pytest.raises(SpecError, match="task accepts"):
        checked(GOOD, task="dance")
    with pytest.raises(SpecError, match="show"):
        checked(GOOD, show=1000)


def test_tokens_of_the_template_that_the_base_never_met(checked):
    asked = {"chat_template": "house", "max_length": 64}
    ((level, _, mend),) = found(checked(GOOD, **asked), "unknown tokens")
    assert level == WARNS and mend == {"trainable_tokens": list(MARKS)}
    assert not found(checked(GOOD, **asked, **mend), "unknown tokens")
    assert not found(checked(GOOD, **asked, method="full"), "unknown tokens")
    assert found(checked(GOOD, **asked, method="ia3"), "unknown tokens")[0][2] == {}
    assert not found(checked([{"text": f"It is {n}."} for n in range(20)], task="continue"), "unknown tokens")
