"""One dial for the size of a model, in the manner of nanochat's ``--depth``: turn it and depth, width,
heads, batch, learning rate and length of training move together. Standard library only.

Width follows depth at a fixed aspect (32 units a layer), a head is 32 wide, the peak learning rate falls
with the square root of the width (as in GPT-3's table and nanochat), and batch and steps grow so that a
model sees tokens in proportion to its parameters. A t5 gets these layers on either side: more parameters, and
about the same arithmetic a token, since the encoder reads what the decoder does not say.
"""

from typing import Any

from pipelines.core.errors import SpecError

SIZES = range(1, 13)
_HEAD = 32
_BASE_WIDTH, _BASE_RATE = 64, 4e-3
_UNGATED = ("gpt2", "bert")


def dial(size: int, architecture: str = "llama") -> dict[str, Any]:
    """The fields of :class:`~pipelines.training.specs.PretrainSpec` that a size decides.

    >>> dial(2)["num_layers"], dial(2)["hidden_size"], dial(2)["num_heads"]
    (3, 96, 3)
    """
    if isinstance(size, bool) or not isinstance(size, (int, float)) or size != int(size) or size not in SIZES:
        raise SpecError("size", size, f"a whole number from {SIZES[0]} to {SIZES[-1]}")
    size = int(size)
    layers = size + 1
    width = _HEAD * (size + 1)
    heads = width // _HEAD
    return {
        "num_layers": layers,
        "hidden_size": width,
        "num_heads": heads,
        "num_kv_heads": _kv_heads(heads) if architecture == "llama" else heads,
        "intermediate_size": mlp_width(width, architecture),
        "context_length": 128 if size <= 3 else 256 if size <= 8 else 512,
        "vocab_size": 1024 if size <= 2 else 2048 if size <= 4 else 4096 if size <= 8 else 8192,
        "batch_size": 16 if size <= 4 else 32 if size <= 8 else 64,
        "learning_rate": round(_BASE_RATE * (_BASE_WIDTH / width) ** 0.5, 5),
        "max_steps": 300 * size,
        "warmup_steps": 20 * size,
        "eval_every": 50 * size,
        "checkpoint_every": 50 * size,
    }


def _kv_heads(heads: int) -> int:
    """Half the heads where that divides them, else all: groups of two queries share keys and values."""
    return heads // 2 if heads % 2 == 0 else heads


def mlp_width(width: int, architecture: str) -> int:
    """4 × width for GELU; a gated MLP (llama, t5) has three matrices, so 8/3 × width costs the same, in steps
    of 32."""
    return 4 * width if architecture in _UNGATED else -(-8 * width // 3 // 32) * 32
