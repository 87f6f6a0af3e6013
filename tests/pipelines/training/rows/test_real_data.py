"""Public data sets in the forms in which people publish them, where they lie beside the repository."""

from collections import Counter
from pathlib import Path

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.training.rows.examples import Message
from pipelines.training.rows.formats import UnknownRowsError, examples_of
from pipelines.training.rows.reading import read
from pipelines.training.rows.splitting import split

DATA = REPOSITORY.parent / "shared" / "data"

KNOWN = [
    ("instruct/llms_from_scratch_instructions.json.gz", "", "alpaca", 1100),
    ("instruct/gpteacher_roleplay.jsonl.gz", "", "alpaca", 1923),
    ("instruct/dolly_sample.jsonl.gz", "instruct", "alpaca", 151),
    ("preference/llamafactory_kto_en_demo.json.gz", "", "rated messages", 300),
    ("preference/llamafactory_kto_en_demo.json.gz", "instruct", "messages", 300),
    ("preference/llamafactory_dpo_en_demo.json.gz", "", "pairs of messages", 300),
    ("preference/llamafactory_dpo_en_demo.json.gz", "instruct", "sharegpt", 300),
    ("preference/llms_from_scratch_preference.json.gz", "", "pairs", 1100),
    ("classify/rotten_tomatoes_polarity.jsonl.gz", "", "text-label", 9596),
    ("classify/banking77_test.csv.gz", "", "text-label", 3080),
    ("classify/trec_question_type.jsonl.gz", "classify", "text-label", 5952),
    ("ner/wnut17_dev.conll.gz", "", "conll", 1009),
    ("ner/wikigold.conll.gz", "", "conll", 1696),
    ("rag/fairytaleqa_questions.jsonl.gz", "continue", "text", 9573),
]


def shared(name: str) -> Path:
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"{name} is not here")
    return file


@pytest.mark.parametrize(("name", "task", "format", "count"), KNOWN)
def test_each_is_recognised_and_every_row_is_an_example(name, task, format, count):
    found = examples_of(read(shared(name)), task)
    assert found.recognised.format == format
    assert (len(found.examples), found.problems) == (count, ())


def test_tags_of_every_scheme_become_bio():
    for name in ("ner/wnut17_dev.conll.gz", "ner/wikigold.conll.gz"):
        found = examples_of(read(shared(name)), "tag")
        kinds = Counter(tag[:2] for example in found.examples for tag in example.tags)
        assert set(kinds) == {"O", "B-", "I-"} and kinds["B-"] > 500


def test_dialogues_of_anthropic_are_pairs():
    """In five of them the two part before the last turn."""
    rows = read(shared("preference/hh_rlhf_harmless_base_test.jsonl.gz"))
    found = examples_of(rows)
    assert found.recognised.format == "pairs with their prompt" and len(found.examples) == 2307
    assert [problem.row for problem in found.problems][:1] == [1255] and len(found.problems) == 5
    first = found.examples[0]
    assert first.prompt[0] == Message("user", "what are some pranks with a pen i can do?")
    assert first.prompt[-1].role == "user" and first.chosen != first.rejected
    with pytest.raises(UnknownRowsError, match="'chosen', 'rejected' are not recognised"):
        examples_of(rows, "instruct")


def test_77_labels_are_all_held_out_in_their_shares():
    examples = examples_of(read(shared("classify/banking77_train.csv.gz"))).examples
    training, validation = split(examples, 0.1, 0)
    assert len({e.label for e in training}) == len({e.label for e in validation}) == 77
