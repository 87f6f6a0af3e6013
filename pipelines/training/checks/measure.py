"""Each row's tokens, as numbers: what the checks judge by. Nothing of the tokens themselves is kept."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.training.checks.requests import Lengths
from pipelines.training.checks.subject import Facts, Item, Subject
from pipelines.training.preferring.encode import encode_answer
from pipelines.training.preferring.online.encode import encode_asked, prompt_tokens
from pipelines.training.rows.examples import Example
from pipelines.training.tuning.encode import Encoded, encode_whole, last_learnt, shortened, special_ids
from pipelines.training.tuning.windows import windows

MOST = 20_000  # rows; of more, so many from all over are measured


def places_of(items: Sequence[Item]) -> list[int]:
    """Which rows are measured: all, or at most :data:`MOST` from all over."""
    count = len(items)
    return list(range(count)) if count <= MOST else [i * count // MOST for i in range(MOST)]


def measurer(spec: Any, tokenizer: Any) -> Callable[[Example], Facts]:
    """From a row to its facts, for the job kind of the spec. What it raises is in the facts. Of a prompt
    ``cut`` is what the longest answer would have over."""
    special = special_ids(tokenizer)

    def measure(example: Example) -> Facts:
        try:
            if spec.what.asks:
                return _asked(encode_asked(example, tokenizer, spec.chat_template))
            if spec.what.compares:
                return _causal(encode_answer(example, tokenizer, spec.chat_template))
            if spec.what.causal:
                return _causal(encode_whole(example, tokenizer, spec.chat_template))
            return _encoder(windows(example, tokenizer, spec.max_length))
        except GlassworksError as fault:
            return Facts(fault=str(fault))

    def _causal(encoded: Encoded) -> Facts:
        kept = shortened(encoded, spec.max_length)
        ends = last_learnt(encoded, tokenizer, special) in special
        highest = max(encoded.input_ids, default=-1)
        # nothing comes before a row's first token, so nothing learns to write it
        return Facts(len(encoded.input_ids), sum(kept.trained[1:]), kept.cut, 1, ends, highest)

    def _asked(encoded: Encoded) -> Facts:
        length = prompt_tokens(encoded)
        highest = max(encoded.input_ids[:length], default=-1)
        return Facts(length, 0, max(0, length + spec.max_new_tokens - spec.max_length), 1, True, highest)

    return measure


def _encoder(found: Sequence[Encoded]) -> Facts:
    highest = max((max(one.input_ids, default=-1) for one in found), default=-1)
    longest = max((len(one.input_ids) for one in found), default=0)
    cut = sum(one.cut for one in found)
    return Facts(longest + cut, sum(sum(one.trained) for one in found), cut, len(found), True, highest)


def lengths_of(subject: Subject) -> Lengths | None:
    """None where no row could be measured."""
    found = [facts for _, facts in subject.measured() if not facts.fault]
    if not found:
        return None
    tokens = sorted(facts.length for facts in found)
    cut = [facts.cut for facts in found if facts.cut]
    return Lengths(
        measured=len(found),
        longest=tokens[-1],
        middle=tokens[len(tokens) // 2],
        cut_rows=len(cut),
        cut_share=sum(cut) / max(1, sum(tokens)),
        tokens=sum(tokens) - sum(cut),
        learnt=sum(facts.learnt for facts in found),
    )


def steps(
    spec: Any, tokenizer: Any, items: Sequence[Item], into: dict[int, Facts]
) -> Iterator[tuple[int, int]]:
    """Fills ``into`` row by row; yields (done, total) after each."""
    measure, places = measurer(spec, tokenizer), places_of(items)
    for done, place in enumerate(places, 1):
        into[place] = measure(items[place].example)
        yield done, len(places)
