"""One prediction of a model that is to be explained, and the tokens that it can rest on."""

from dataclasses import dataclass

import torch

from pipelines.attention.encode import Read
from pipelines.attention.running import mask_places
from pipelines.core.errors import SpecError
from pipelines.models.ends import end_tokens
from pipelines.models.last import last_rows
from pipelines.models.loader import LoadedModel

MAX_TOKENS = 256


@dataclass(frozen=True)
class Explained:
    """The prediction at place ``position`` of the last sequence. ``inputs`` are of one row and end there,
    unless the model sees both ways; ``count`` are the tokens that it is explained by: those of the first
    sequence."""

    loaded: LoadedModel
    inputs: dict[str, torch.Tensor]
    position: int

    @property
    def count(self) -> int:
        return self.inputs["input_ids"].shape[1]

    @property
    def length(self) -> int:
        """Tokens of the last sequence."""
        return self.inputs.get("decoder_input_ids", self.inputs["input_ids"]).shape[1]

    def log_probabilities(self, rows: int = 1) -> torch.Tensor:
        """[rows, vocabulary], of one forward pass in which all rows are alike."""
        return self.run(**{name: given.expand(rows, -1) for name, given in self.inputs.items()})

    def run(self, **inputs: torch.Tensor) -> torch.Tensor:
        """[rows, vocabulary] of one forward pass."""
        ends = self.position == self.length - 1
        out = self.loaded.model(**inputs, use_cache=False, **(last_rows(self.loaded.model) if ends else {}))
        return out.logits[:, -1 if ends else self.position].float().log_softmax(-1)


def explained(loaded: LoadedModel, tokens: Read, position: int) -> Explained:
    """``position`` -1 is the last: of a masked model its last mask, of an encoder–decoder the last place
    after which something else may come than nothing. Raises SpecError for a place that is not there, and for
    more than MAX_TOKENS tokens."""
    inputs = tokens.inputs(loaded)
    place = _place(loaded, tokens, position)
    if loaded.kind != "masked-lm":
        along = "decoder_input_ids" if loaded.kind == "seq2seq-lm" else "input_ids"
        inputs = {**inputs, along: inputs[along][:, : place + 1]}
        inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    found = Explained(loaded, inputs, place)
    if max(found.count, found.length) > MAX_TOKENS:
        most = max(found.count, found.length)
        raise SpecError("text", f"{most:,} tokens", f"at most {MAX_TOKENS} tokens to explain a prediction by")
    return found


def _place(loaded: LoadedModel, tokens: Read, position: int) -> int:
    ids = tokens.last.ids
    if loaded.kind == "masked-lm":
        masks = mask_places(loaded, ids)
        if position not in (-1, *masks):
            raise SpecError("position", position, f"that of a mask: {', '.join(map(str, masks))}")
        return masks[-1] if position < 0 else position
    if position >= len(ids):
        raise SpecError("position", position, f"-1 (the last) or 0 to {len(ids) - 1} with this text")
    if position >= 0:
        return position
    place = len(ids) - 1
    while loaded.kind == "seq2seq-lm" and place > 0 and int(ids[place]) in end_tokens(loaded):
        place -= 1
    return place
