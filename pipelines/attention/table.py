"""A model's tables of vectors: that of its embedding, and that of its unembedding."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from pipelines.attention.naming import token_id
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.loader import LoadedModel

_AT_ONCE = 8_000_000  # numbers of the table that are worked on in a step


@dataclass(frozen=True)
class Table:
    """``weight`` [tokens, width], as the model keeps it: rows that no token has are left out."""

    loaded: LoadedModel
    weight: torch.Tensor

    def row(self, field: str, text: str) -> int:
        """The token that is shown as this text; raises SpecError."""
        found = token_id(self.loaded, field, text)
        if found >= len(self.weight):
            raise SpecError(field, text, f"a token that {self.loaded.name} has a vector for")
        return found

    def vectors(self, ids: list[int]) -> torch.Tensor:
        """fp32 [ids, width]."""
        return self.weight[torch.tensor(ids, dtype=torch.long, device=self.weight.device)].float()

    def blocks(self, height: int | None = None) -> Iterator[tuple[int, torch.Tensor]]:
        """First rows with so many vectors in fp32, in order."""
        height = height or max(1, _AT_ONCE // self.weight.shape[1])
        for first in range(0, len(self.weight), height):
            yield first, self.weight[first : first + height].float()


def input_table(loaded: LoadedModel) -> Table:
    return _table(loaded, loaded.model.get_input_embeddings())


def output_table(loaded: LoadedModel) -> Table:
    """Raises GlassworksError for a model that predicts no tokens."""
    head = loaded.model.get_output_embeddings()
    if head is None:
        raise GlassworksError(
            f"{loaded.name} predicts no tokens, so it has no output vectors. Look at its input vectors."
        )
    return _table(loaded, head)


def _table(loaded: LoadedModel, module: torch.nn.Module) -> Table:
    return Table(loaded, module.weight[: len(loaded.tokenizer)])
