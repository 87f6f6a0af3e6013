"""Answers a PatchRequest: which layer, at which token, carries what two prompts differ in.

The corrupted prompt is run with one vector of the clean prompt's run put in its place, each layer and token
in turn, and what is measured is how far the answer comes back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from pipelines.attention.anatomy import Stack, anatomy_of
from pipelines.attention.answers import Patched, Tokens
from pipelines.attention.encode import tokenize
from pipelines.attention.hooks import hooked
from pipelines.attention.numbered import Act, numbered
from pipelines.attention.requests import PatchRequest
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.last import last_rows
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of

MAX_TOKENS = 64
_ROWS = 16  # positions that one step patches, each in a row of its own
_NO_DIFFERENCE = 1e-4  # of logits: below it, a share of the difference says nothing


def patch(loaded: LoadedModel, request: PatchRequest) -> Iterator[Any]:
    """A :class:`~pipelines.attention.answers.Patched`; None between the steps. ``residual`` is what stands
    after a layer, ``attention`` and ``mlp`` what the sub-layer writes.

    The measure is logit(answer) − logit(other) of the next token, and recovered = (patched − corrupted) /
    (clean − corrupted). Raises SpecError for prompts of unlike or too great length and for an answer that is
    not one token; GlassworksError where the prompts do not differ in the measure.
    """
    loaded.need("causal-lm")
    stack = anatomy_of(loaded.model, loaded.name).last
    clean, corrupted = _prompts(loaded, request)
    runs = _Runs(loaded, _places(loaded, stack, request.what))
    kept, best = runs.kept(clean)
    yield None
    _, worst = runs.kept(corrupted)
    yield None
    answer, other = _compared(loaded, request, best, worst)
    highest, lowest = (float(one[answer] - one[other]) for one in (best, worst))
    if abs(highest - lowest) < _NO_DIFFERENCE:
        raise GlassworksError(
            "The clean and the corrupted prompt do not differ in what is measured: "
            f"logit({_name(loaded, answer)}) − logit({_name(loaded, other)}) is {highest:.4f} after both. "
            "Choose other prompts or other tokens."
        )
    found = torch.empty(len(kept), len(clean.ids))
    for layer, vectors in enumerate(kept):
        for first in range(0, len(clean.ids), _ROWS):
            rows = slice(first, min(first + _ROWS, len(clean.ids)))
            logits = runs.patched(corrupted, layer, vectors, rows)
            found[layer, rows] = (logits[:, answer] - logits[:, other]).cpu()
            yield None
    return Patched(
        clean=clean.texts,
        corrupted=corrupted.texts,
        answer=texts_of(loaded.tokenizer, [answer])[0],
        other=texts_of(loaded.tokenizer, [other])[0],
        clean_difference=highest,
        corrupted_difference=lowest,
        recovered=((found - lowest) / (highest - lowest)).numpy(),
    )


def _prompts(loaded: LoadedModel, request: PatchRequest) -> tuple[Tokens, Tokens]:
    clean = tokenize(loaded, "clean", request.clean)
    corrupted = tokenize(loaded, "corrupted", request.corrupted)
    if len(clean.ids) != len(corrupted.ids):
        raise SpecError(
            "corrupted",
            f"{len(corrupted.ids)} tokens",
            f"a prompt of as many tokens as the clean one, which has {len(clean.ids)}: each is put in the "
            "other's place",
        )
    if len(clean.ids) > MAX_TOKENS:
        raise SpecError("clean", f"{len(clean.ids)} tokens", f"prompts of at most {MAX_TOKENS} tokens")
    return clean, corrupted


def _places(loaded: LoadedModel, stack: Stack, what: str) -> list[nn.Module]:
    """The modules, one a layer, whose output is taken from one run and put into another."""
    if what == "residual":
        return [layer.module for layer in stack.layers]
    name = stack.name if what == "attention" else "mlp"
    if any(name not in layer.writes for layer in stack.layers):
        raise GlassworksError(f"{loaded.name} has no {what} part that is known here in each of its layers.")
    return [layer.writes[name] for layer in stack.layers]


@dataclass(frozen=True)
class _Runs:
    """Forward passes of one model; ``places`` are the modules, one a layer, that are read or patched."""

    loaded: LoadedModel
    places: list[nn.Module]

    def kept(self, tokens: Tokens) -> tuple[list[torch.Tensor], torch.Tensor]:
        """What stands at each layer, [n, d], and the logits after the last token, [vocabulary]."""
        kept: list[torch.Tensor] = []

        def keep(_layer: int, there: torch.Tensor) -> None:
            kept.append(_by_row(there, 1)[0].clone())

        return kept, self._logits(tokens, 1, keep)[0]

    def patched(self, tokens: Tokens, layer: int, vectors: torch.Tensor, rows: slice) -> torch.Tensor:
        """The logits after the last token, [rows, vocabulary]: in each row the vector of another position,
        from ``rows.start`` on, is the one in ``vectors``."""
        places = torch.arange(rows.start, rows.stop, device=vectors.device)
        each = torch.arange(len(places), device=vectors.device)

        def put(at: int, there: torch.Tensor) -> torch.Tensor | None:
            if at != layer:
                return None
            changed = _by_row(there, len(places)).clone()
            changed[each, places] = vectors[places]
            return changed.reshape(there.shape)

        return self._logits(tokens, len(places), put)

    @torch.inference_mode()
    def _logits(self, tokens: Tokens, rows: int, act: Act) -> torch.Tensor:
        ids = torch.as_tensor(tokens.ids, device=self.loaded.device).long().expand(rows, -1)
        with hooked(numbered(self.places, act)):
            out = self.loaded.model(input_ids=ids, use_cache=False, **last_rows(self.loaded.model))
        return out.logits[:, -1].float()


def _by_row(there: torch.Tensor, rows: int) -> torch.Tensor:
    """[rows, n, d]: some families put the rows of a batch one after the other."""
    return there.reshape(rows, -1, there.shape[-1])


def _compared(
    loaded: LoadedModel, request: PatchRequest, clean: torch.Tensor, corrupted: torch.Tensor
) -> tuple[int, int]:
    """The tokens of the measure: those that were named, else the likeliest after either prompt."""
    answer = _token(loaded, "answer", request.answer) if request.answer else int(clean.argmax())
    other = _token(loaded, "other", request.other) if request.other else int(corrupted.argmax())
    if answer == other:
        raise SpecError(
            "other", texts_of(loaded.tokenizer, [other])[0], "another token than the answer; name both"
        )
    return answer, other


def _token(loaded: LoadedModel, field: str, text: str) -> int:
    ids = loaded.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    if len(ids) != 1:
        parts = " · ".join(repr(one) for one in texts_of(loaded.tokenizer, list(ids)[:8]))
        raise SpecError(
            field, text, f"text that is one token of {loaded.name}; it makes {len(ids)} of this ({parts})"
        )
    return int(ids[0])


def _name(loaded: LoadedModel, token: int) -> str:
    return repr(texts_of(loaded.tokenizer, [token])[0])
