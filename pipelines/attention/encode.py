"""A subject as the model reads it: ids, the tokens' texts and places, and what the model wrote itself."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from pipelines.attention.answers import Tokens
from pipelines.attention.requests import WRITTEN_TOKENS, Subject
from pipelines.core.errors import SpecError
from pipelines.models.ends import end_tokens
from pipelines.models.last import last_rows
from pipelines.models.loader import LoadedModel
from pipelines.models.marks import MASKS, mask_id
from pipelines.models.pieces import texts_of


@dataclass(frozen=True)
class Read:
    """``sequences`` by stack: self, or encoder and decoder."""

    sequences: dict[str, Tokens]

    def inputs(self, loaded: LoadedModel) -> dict[str, torch.Tensor]:
        """What the model is called with."""
        rows = {
            name: torch.as_tensor(t.ids, device=loaded.device).long()[None]
            for name, t in self.sequences.items()
        }
        first = rows.get("self", rows.get("encoder"))
        given = {"input_ids": first, "attention_mask": torch.ones_like(first)}
        return {**given, "decoder_input_ids": rows["decoder"]} if "decoder" in rows else given

    def of_part(self, part: str) -> tuple[Tokens, Tokens]:
        """Queries and keys of a part."""
        if part == "cross":
            return self.sequences["decoder"], self.sequences["encoder"]
        return self.sequences[part], self.sequences[part]

    @property
    def last(self) -> Tokens:
        """The sequence that predictions are made along."""
        return self.sequences.get("decoder", next(iter(self.sequences.values())))


def read(loaded: LoadedModel, subject: Subject) -> Iterator[Any]:
    """The subject's tokens; None is yielded for each token that the model writes. Raises
    :class:`~pipelines.core.errors.SpecError` for a text that does not fit."""
    if not loaded.model.config.is_encoder_decoder:
        tokens = tokenize(loaded, "text", subject.text, room=subject.new_tokens)
        if subject.new_tokens:
            loaded.need("causal-lm")
            tokens = yield from _continued(loaded, tokens, subject.new_tokens)
        return Read({"self": tokens})
    source = tokenize(loaded, "text", subject.text)
    start = loaded.model.config.decoder_start_token_id or 0
    target = (
        tokenize(loaded, "target", subject.target, start=start)
        if subject.target
        else _listed(loaded, [start])
    )
    if subject.new_tokens or not subject.target:
        target = yield from _written(loaded, source, target, subject.new_tokens or WRITTEN_TOKENS)
    return Read({"encoder": source, "decoder": target})


def tokenize(loaded: LoadedModel, field: str, text: str, room: int = 0, start: int | None = None) -> Tokens:
    """The text's tokens with their places in it. Masks are written as the model's own; ``room``
    further tokens are to fit, and ``start`` stands before the first."""
    mask = mask_id(loaded.tokenizer)
    if mask is not None and loaded.kind == "masked-lm":
        text = MASKS.sub(loaded.tokenizer.convert_ids_to_tokens(mask).replace("\\", r"\\"), text)
    fast = loaded.tokenizer.is_fast
    coded = loaded.tokenizer(text, return_offsets_mapping=fast, verbose=False)
    ids = list(coded["input_ids"])
    places = list(coded["offset_mapping"]) if fast else [(-1, -1)] * len(ids)
    if start is not None:
        ids, places = [start, *ids], [(-1, -1), *places]
    if not ids:
        raise SpecError(field, text, "text that comes to at least one token")
    limit = loaded.context_length
    if limit is not None and len(ids) + room > limit:
        more = f" and {room} are to be written" if room else ""
        raise SpecError(
            field, text, f"at most {limit:,} tokens with {loaded.name}; this text has {len(ids):,}{more}"
        )
    return _listed(loaded, ids, places)


def _listed(loaded: LoadedModel, ids: list[int], places: list[tuple[int, int]] | None = None) -> Tokens:
    special = set(loaded.tokenizer.all_special_ids)
    places = [(s, e) if e > s else (-1, -1) for s, e in places or [(-1, -1)] * len(ids)]
    return Tokens(
        np.array(ids, np.int32),
        texts_of(loaded.tokenizer, ids),
        np.array([one in special for one in ids]),
        np.array([start for start, _ in places], np.int32),
        np.array([end for _, end in places], np.int32),
    )


def _continued(loaded: LoadedModel, tokens: Tokens, count: int) -> Iterator[Any]:
    ids, cache = torch.as_tensor(tokens.ids, device=loaded.device).long()[None], None
    made: list[int] = []
    ends = end_tokens(loaded)
    while len(made) < count and not (made and made[-1] in ends):
        with torch.inference_mode():
            out = loaded.model(
                input_ids=ids, past_key_values=cache, use_cache=True, **last_rows(loaded.model)
            )
        cache = out.past_key_values
        made.append(int(out.logits[0, -1].argmax()))
        ids = torch.tensor([[made[-1]]], device=loaded.device)
        yield None
    return _grown(loaded, tokens, made)


def _written(loaded: LoadedModel, source: Tokens, target: Tokens, count: int) -> Iterator[Any]:
    given = torch.as_tensor(source.ids, device=loaded.device).long()[None]
    ids, made, ends = list(target.ids), [], end_tokens(loaded)
    with torch.inference_mode():
        coded = loaded.model.get_encoder()(input_ids=given, attention_mask=torch.ones_like(given))
    while len(made) < count and not (made and made[-1] in ends):
        decoded = torch.tensor([[*ids, *made]], device=loaded.device)
        with torch.inference_mode():
            out = loaded.model(
                encoder_outputs=coded, attention_mask=torch.ones_like(given), decoder_input_ids=decoded
            )
        made.append(int(out.logits[0, -1].argmax()))
        yield None
    return _grown(loaded, target, made)


def _grown(loaded: LoadedModel, tokens: Tokens, made: list[int]) -> Tokens:
    new = _listed(loaded, made)
    joined = {
        name: np.concatenate([getattr(tokens, name), getattr(new, name)])
        for name in ("ids", "special", "starts", "ends")
    }
    return replace(tokens, texts=tokens.texts + new.texts, generated=len(made), **joined)
