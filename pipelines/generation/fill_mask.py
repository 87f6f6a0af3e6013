"""Answers a FillMaskRequest inside the worker: what could stand in the gaps of a text.

A masked model gives each gap a distribution over its vocabulary, all in one pass and each gap on its own. A
span model says one gap after the other, any number of tokens each, the next given the best of those before.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.generation.fill_mask_requests import KINDS, Filled, Filling, FillMaskRequest, Gap
from pipelines.generation.pieces import piece
from pipelines.models.loader import LoadedModel
from pipelines.models.marks import MASKS, mask_id, sentinel_ids

_BEAMS = 10  # fillings of a span at the most: each is a beam of the search
_SPAN_TOKENS = 16  # a filling that is longer ends here


def fill_mask(request: FillMaskRequest, models: Any) -> Iterator[Any]:
    """``models`` is the runtime's cache. Yields Loading if need be, then Filled."""
    with models.use(request.model) as use:
        loaded = yield from use.ready()
        yield from fill(loaded, request.text, request.spec.top_k)


def fill(loaded: LoadedModel, text: str, top_k: int) -> Iterator[Any]:
    """One Filled; None before it for each gap that a span model has filled."""
    loaded.need(*KINDS)
    began = time.perf_counter()
    places = [_with_spaces(text, found.start(), found.end()) for found in MASKS.finditer(text)]
    read = _masked if loaded.kind == "masked-lm" else _sentinels
    marked = _Marked(text, places, *read(loaded, text, places))
    guess = _at_masks if loaded.kind == "masked-lm" else _spans
    fillings = yield from guess(loaded, marked, top_k)
    gaps = tuple(Gap(start, end, f) for (start, end), f in zip(places, fillings, strict=True))
    yield Filled(loaded.kind, gaps, len(marked.ids), time.perf_counter() - began)


@dataclass(frozen=True)
class _Marked:
    """The text as the model reads it. ``marks`` are the ids of its gaps, in order."""

    text: str
    places: list[tuple[int, int]]
    ids: list[int]
    marks: list[int]

    def spaced(self, gap: int) -> bool:
        """Whether a space stands before this gap."""
        return self.text[self.places[gap][0]] == " "


def _with_spaces(text: str, start: int, end: int) -> tuple[int, int]:
    """The gap takes the spaces before it along: in most tokenizers they belong to the word that is sought."""
    return len(text[:start].rstrip(" ")), end


def _masked(loaded: LoadedModel, text: str, places: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    mask = mask_id(loaded.tokenizer)
    if mask is None:
        raise GlassworksError(f"{loaded.name} has no mask token in its tokenizer, so no gap can be marked.")
    token = loaded.tokenizer.convert_ids_to_tokens(mask)
    return _encoded(loaded, text, places, [token] * len(places)), [mask] * len(places)


def _sentinels(loaded: LoadedModel, text: str, places: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    ids = sentinel_ids(loaded.tokenizer)
    if not ids:
        raise GlassworksError(
            f"{loaded.name} has no sentinel tokens, so it was not trained to restore spans. Choose a masked "
            "model, or one of the T5 kind."
        )
    if len(places) > len(ids):
        raise SpecError("text", text, f"at most {len(ids)} masks with this model, its number of sentinels")
    marks = ids[: len(places)]
    return _encoded(loaded, text, places, loaded.tokenizer.convert_ids_to_tokens(marks)), marks


def _encoded(loaded: LoadedModel, text: str, places: list[tuple[int, int]], tokens: list[str]) -> list[int]:
    """The ids of the text with these tokens in its gaps, special ones added as the tokenizer does."""
    ends = [0, *(end for _, end in places)]
    parts = [text[end:start] + token for end, (start, _), token in zip(ends, places, tokens, strict=False)]
    ids = list(loaded.tokenizer("".join(parts) + text[ends[-1] :], verbose=False).input_ids)
    if loaded.context_length is not None and len(ids) > loaded.context_length:
        raise SpecError(
            "text",
            text,
            f"at most {loaded.context_length:,} tokens with this model; this text has {len(ids):,}",
        )
    return ids


@torch.inference_mode()
def _distributions(loaded: LoadedModel, ids: list[int], mark: int) -> torch.Tensor:
    """probabilities[gap, token], in fp32."""
    given = torch.tensor([ids], device=loaded.device)
    logits = loaded.model(input_ids=given, attention_mask=torch.ones_like(given)).logits[0]
    return logits[(given[0] == mark)].float().softmax(-1)


def _at_masks(loaded: LoadedModel, marked: _Marked, top_k: int) -> Iterator[Any]:
    probabilities = _distributions(loaded, marked.ids, marked.marks[0])
    best = probabilities.topk(min(top_k, probabilities.shape[-1]))
    yield None
    return [
        tuple(
            Filling(piece(loaded.tokenizer, id_, marked.spaced(gap)), probability, (id_,))
            for id_, probability in zip(ids, values, strict=True)
        )
        for gap, (ids, values) in enumerate(zip(best.indices.tolist(), best.values.tolist(), strict=True))
    ]


def _spans(loaded: LoadedModel, marked: _Marked, top_k: int) -> Iterator[Any]:
    """Each gap by a beam search that begins where the best fillings of the gaps before it end."""
    sentinels = sentinel_ids(loaded.tokenizer)
    said, found = [_start(loaded)], []
    for gap, mark in enumerate(marked.marks):
        said.append(mark)
        end = sentinels[gap + 1] if gap + 1 < len(sentinels) else loaded.tokenizer.eos_token_id
        beams = _beams(loaded, marked.ids, said, end, min(top_k, _BEAMS))
        found.append(tuple(Filling(_words(loaded, ids), p, tuple(ids)) for ids, p in beams))
        said += beams[0][0]
        yield None
    return found


@torch.inference_mode()
def _beams(
    loaded: LoadedModel, ids: list[int], said: list[int], end: int, count: int
) -> list[tuple[list[int], float]]:
    """(ids before the end, probability), likeliest first; a span holds no special tokens."""
    special = {*loaded.tokenizer.all_special_ids, *sentinel_ids(loaded.tokenizer)} - {end}
    given = torch.tensor([ids], device=loaded.device)
    config = GenerationConfig(
        num_beams=max(2, count),
        num_return_sequences=count,
        do_sample=False,
        length_penalty=0.0,  # the score is then the sum of the log-probabilities
        max_new_tokens=_SPAN_TOKENS,
        eos_token_id=end,
        pad_token_id=end,
        suppress_tokens=sorted(special),
        decoder_start_token_id=said[0],
        return_dict_in_generate=True,
        output_scores=True,
    )
    made = loaded.model.generate(
        given,
        attention_mask=torch.ones_like(given),
        decoder_input_ids=torch.tensor([said], device=loaded.device),
        generation_config=config,
    )
    rows = zip(made.sequences[:, len(said) :].tolist(), made.sequences_scores.exp().tolist(), strict=True)
    return [(row[: row.index(end)] if end in row else row, probability) for row, probability in rows]


def _start(loaded: LoadedModel) -> int:
    for holder in (loaded.model.config, loaded.model.generation_config, loaded.tokenizer):
        for key in ("decoder_start_token_id", "pad_token_id"):
            if isinstance(found := getattr(holder, key, None), int):
                return found
    raise GlassworksError(f"{loaded.name} names no token that its decoder starts from; choose another model.")


def _words(loaded: LoadedModel, ids: list[int]) -> str:
    """A span's text; a tokenizer of whole words drops the space that a span begins with."""
    text = loaded.tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    first = loaded.tokenizer.convert_ids_to_tokens(ids[0]) if ids else ""
    return f" {text}" if first.startswith("▁") and not text.startswith(" ") else text
