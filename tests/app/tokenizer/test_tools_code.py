"""The code that a visitor takes away does in transformers what the page shows."""

import contextlib
import io

import pytest

from app.tokenizer.chat_inputs import EXAMPLES, PRESETS
from app.tokenizer.tools_code import batch_code, chat_code
from pipelines.tokenization.batch import make_batch
from pipelines.tokenization.batch_spec import BatchSpec
from pipelines.tokenization.chat import render_chat
from pipelines.tokenization.conversation import Conversation
from pipelines.tokenization.requests import ChatRequest
from tests.support.small_tokenizers import loaded, transformers_tokenizer

TEXTS = ["the fox's", "The quick brown fox jumps over the lazy dog, and nobody was surprised.\n"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("tokenizer")
    transformers_tokenizer("wordpiece").save_pretrained(made)
    return str(made)


def run(code):
    """The names that the script defines, and what it prints."""
    names, printed = {}, io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, names)
    return names, printed.getvalue()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.label)
def test_the_chat_code_gives_the_same_tokens_and_mask(folder, example):
    template = PRESETS["chatml"][1]
    request = ChatRequest(
        "t", list(example.messages), list(example.tools), example.open_ended, False, template
    )
    conversation = Conversation(example.messages, example.tools, example.open_ended)
    chat = render_chat(loaded("wordpiece"), conversation, template)
    names, printed = run(chat_code(folder, request, edited=True, marked=True))
    assert names["encoded"]["input_ids"] == chat.ids.tolist() and chat.text in printed
    assert names["encoded"]["assistant_masks"] == chat.assistant_mask.astype(int).tolist()


@pytest.mark.parametrize("pairs", [None, ["who?", 'a "b"']])
@pytest.mark.parametrize(
    "spec",
    [
        BatchSpec(),
        BatchSpec(padding="none", add_special_tokens=False),
        BatchSpec(padding="max_length", max_length=64, padding_side="left"),
        BatchSpec(truncation="only_first", max_length=12, stride=3, truncation_side="left"),
        BatchSpec(truncation="longest_first", max_length=12, stride=1, padding="max_length"),
    ],
)
def test_the_batch_code_gives_the_same_rows(folder, spec, pairs):
    names, _ = run(batch_code(folder, TEXTS, pairs, spec))
    ours = make_batch(loaded("wordpiece"), TEXTS, spec, pairs)
    for field in ("input_ids", "attention_mask", "token_type_ids", "special_tokens_mask"):
        rows = [row[:n].tolist() for row, n in zip(getattr(ours, field), ours.lengths, strict=True)]
        assert names["batch"][field] == rows, field
