"""What is kept of one forward pass that was looked at.

Of the weights there are only the queries and keys, from which any head's are made again when they are asked
for: 2 · layers · tokens · width numbers instead of layers · heads · tokens².
"""

from dataclasses import dataclass, field

import torch

from pipelines.attention.anatomy import Anatomy, Stack
from pipelines.attention.answers import Captured
from pipelines.attention.encode import Read
from pipelines.attention.reduce import Reducer
from pipelines.attention.requests import Subject
from pipelines.attention.rotation import Rotation
from pipelines.core.errors import SpecError
from pipelines.models.attention import Call
from pipelines.models.unembed import Head


@dataclass
class Trace:
    """What is kept of a pass. ``calls`` have queries and keys but no values; ``matrices`` hold whole weights
    [heads, n, m] of a model that cannot be asked otherwise. ``hidden`` is, by stack, the residual stream
    before the first layer and after each, [n, d]; ``tables`` what a table of positions added before that, and
    ``rotations`` what RoPE did. ``head`` is None where the way from the stream to logits is unknown. Tensors
    are in half precision for long texts."""

    subject: Subject
    anatomy: Anatomy
    read: Read
    calls: dict[tuple[str, int], Call] = field(default_factory=dict)
    matrices: dict[tuple[str, int], torch.Tensor] = field(default_factory=dict)
    hidden: dict[str, list[torch.Tensor]] = field(default_factory=dict)
    wrote: dict[tuple[str, str], list[float]] = field(default_factory=dict)  # (stack, part or mlp) → norms
    reducers: dict[str, list[Reducer]] = field(default_factory=dict)
    rotations: dict[tuple[str, int], Rotation] = field(default_factory=dict)
    tables: dict[str, torch.Tensor] = field(default_factory=dict)
    logits: torch.Tensor | None = None  # of the last position, [vocabulary]
    head: Head | None = None
    captured: Captured | None = None

    @property
    def bytes(self) -> int:
        kept = [t for call in self.calls.values() for t in (call.query, call.key)]
        kept += [
            *self.matrices.values(),
            *self.tables.values(),
            *(t for rows in self.hidden.values() for t in rows),
        ]
        return sum(t.numel() * t.element_size() for t in kept)

    def weights(self, part: str, layer: int, head: int, rows: slice = slice(None)) -> torch.Tensor:
        """One head's weights, fp32 [rows, keys]. Raises SpecError for a head that does not exist."""
        self.check(part, layer, head)
        if (part, layer) in self.matrices:
            return self.matrices[part, layer][head, rows].float()
        call = self.calls[part, layer]
        rows = slice(*rows.indices(call.query.shape[2]))
        return call.weights(call.scores(rows, head), head)[0, 0]

    def check(self, part: str, layer: int = 0, head: int = 0) -> None:
        found = {one.name: one for one in self.captured.parts}
        if part not in found:
            raise SpecError("part", part, f"{' or '.join(found)} with {self.subject.model}")
        for name, value, count in (("layer", layer, found[part].layers), ("head", head, found[part].heads)):
            if value >= count:
                raise SpecError(name, value, f"0 to {count - 1} with {self.subject.model}")


def normed(stack: Stack, hidden: torch.Tensor, like: torch.dtype) -> torch.Tensor:
    """The residual stream after the last norm, as the prediction head reads it."""
    hidden = hidden.to(like)
    return stack.norm(hidden) if stack.norm is not None else hidden
