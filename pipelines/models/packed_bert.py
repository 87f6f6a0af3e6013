"""BERT's forward pass over texts of different lengths laid end to end, with nothing padded. For the CPU.

Every layer but attention treats tokens alone, so all tokens of a batch go through it as one matrix; attention
takes the texts of one length together. In bf16 the matrix products run on the CPU's own units for it; what is
added up from layer to layer, and the normalisation, stay in fp32. Needs torch and safetensors, and not
transformers, whose import takes longer than reading the model does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn.functional import embedding, gelu, layer_norm, linear

from pipelines.models.artifacts import WEIGHTS, BrokenArtifactError, check_artifact, read_config

_BF16_UNITS = ("amx_bf16", "avx512_bf16")
# exp of more overflows. A trained model's scores are far below, so that no maximum has to be taken off first,
# which would take as long as the rest of the softmax.
_MOST_SCORE = 80.0
# oneDNN keeps some 3 MB for each number of rows that a bf16 product was once made of: few are to occur.
_FEW_ROWS, _FINE, _COARSE = 128, 32, 128


def fast_dtype() -> torch.dtype:
    """bf16 where this CPU multiplies it faster than fp32, else fp32."""
    abilities = torch.cpu.get_capabilities()
    return torch.bfloat16 if any(abilities.get(name) for name in _BF16_UNITS) else torch.float32


def _missing(rows: int) -> int:
    """How many rows make up a number that occurs.

    >>> [_missing(rows) for rows in (12, 32, 130, 1500)]
    [20, 0, 126, 36]
    """
    return -rows % (_FINE if rows <= _FEW_ROWS else _COARSE)


@dataclass(frozen=True)
class _Dense:
    weight: torch.Tensor
    bias: torch.Tensor

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return linear(x.to(self.weight.dtype), self.weight, self.bias)


@dataclass(frozen=True)
class _Norm:
    weight: torch.Tensor
    bias: torch.Tensor
    eps: float

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)


@dataclass(frozen=True)
class _Layer:
    """``qkv`` makes queries (scaled for attention), keys and values in one product."""

    qkv: _Dense
    out: _Dense
    after_attention: _Norm
    up: _Dense
    down: _Dense
    after_all: _Norm


class PackedBert:
    """The encoder that lies in ``folder``, computing in ``dtype``. Raises :class:`BrokenArtifactError` for a
    model of another kind, or a damaged one."""

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32):
        check_artifact(folder)
        config = read_config(folder)
        if config["model_type"] != "bert" or config.get("hidden_act") != "gelu":
            raise BrokenArtifactError(f"{folder.name} is not a BERT encoder, which alone can be read so.")
        self.dtype, self.heads, self.dimension = dtype, config["num_attention_heads"], config["hidden_size"]
        tensors, eps = load_file(folder / WEIGHTS), config["layer_norm_eps"]
        read = _Reader({name.removeprefix("bert."): t for name, t in tensors.items()}, dtype, eps)
        self._words = read.tensor("embeddings.word_embeddings.weight")
        types = read.tensor("embeddings.token_type_embeddings.weight")
        self._positions = read.tensor("embeddings.position_embeddings.weight") + types[0]
        self._norm = read.norm("embeddings.LayerNorm")
        count = config["num_hidden_layers"]
        self._layers = [read.layer(f"encoder.layer.{i}", self.dimension // self.heads) for i in range(count)]

    @torch.inference_mode()
    def means(self, ids: Sequence[Sequence[int]]) -> torch.Tensor:
        """``[text, dimension]`` fp32: the mean of the last states over each text's tokens, special ones too.
        Texts of one length should stand together; none may be empty."""
        texts = [*ids, *[[0]] * _missing(sum(map(len, ids)))]  # filled up by texts of one token
        lengths = [len(text) for text in texts]
        runs = [(length, len(list(same))) for length, same in groupby(lengths)]
        places = torch.cat([torch.arange(length) for length in lengths])
        tokens = torch.tensor(list(chain.from_iterable(texts)))
        states = self._norm(embedding(tokens, self._words) + embedding(places, self._positions))
        for layer in self._layers:
            states = self._through(layer, states, runs)
        return torch.stack([text.mean(0) for text in states.split(lengths)[: len(ids)]])

    def _through(self, layer: _Layer, states: torch.Tensor, runs: list[tuple[int, int]]) -> torch.Tensor:
        """``[token, dimension]`` to the same; ``runs`` are lengths and how many texts of it follow."""
        parts = layer.qkv(states).split([length * count for length, count in runs])
        mixed = [self._attended(part, *run) for part, run in zip(parts, runs, strict=True)]
        states = layer.after_attention(states.add_(layer.out(torch.cat(mixed))))
        return layer.after_all(states.add_(layer.down(gelu(layer.up(states)))))

    def _attended(self, qkv: torch.Tensor, length: int, count: int) -> torch.Tensor:
        """``[token, 3 · dimension]`` of ``count`` texts with ``length`` tokens → ``[token, dimension]``."""
        shape = (count, length, 3, self.heads, -1)
        q, k, v = qkv.view(shape).permute(2, 0, 3, 1, 4).reshape(3, count * self.heads, length, -1)
        weights = torch.bmm(q, k.transpose(1, 2)).clamp_(-_MOST_SCORE, _MOST_SCORE).exp_()
        mixed = torch.bmm(weights, v).div_(weights.sum(-1, keepdim=True))
        return mixed.view(count, self.heads, length, -1).transpose(1, 2).reshape(-1, self.dimension)


class _Reader:
    """Tensors by their names in a checkpoint, in the form in which they are used."""

    def __init__(self, tensors: dict[str, torch.Tensor], dtype: torch.dtype, eps: float):
        self._tensors, self._dtype, self._eps = tensors, dtype, eps

    def tensor(self, name: str) -> torch.Tensor:
        if name not in self._tensors:
            raise BrokenArtifactError(f"The weights have no tensor {name!r}, which a BERT encoder needs.")
        return self._tensors[name].float()

    def norm(self, name: str) -> _Norm:
        return _Norm(self.tensor(f"{name}.weight"), self.tensor(f"{name}.bias"), self._eps)

    def dense(self, *names: str, scale: float = 1.0) -> _Dense:
        """Several side by side as one; ``scale`` is for the first."""
        scales = [scale] + [1.0] * (len(names) - 1)
        parts = [
            torch.cat([self.tensor(f"{name}.{part}") * by for name, by in zip(names, scales, strict=True)])
            for part in ("weight", "bias")
        ]
        return _Dense(*(part.to(self._dtype) for part in parts))

    def layer(self, name: str, head_size: int) -> _Layer:
        attention = f"{name}.attention"
        parts = (f"{attention}.self.{part}" for part in ("query", "key", "value"))
        return _Layer(
            qkv=self.dense(*parts, scale=head_size**-0.5),
            out=self.dense(f"{attention}.output.dense"),
            after_attention=self.norm(f"{attention}.output.LayerNorm"),
            up=self.dense(f"{name}.intermediate.dense"),
            down=self.dense(f"{name}.output.dense"),
            after_all=self.norm(f"{name}.output.LayerNorm"),
        )
