"""What of a base's folder the check needs: its tokenizer, and how many tokens it reads and knows. A tokenizer
that says it is one of the tokenizers library is read without torch, which transformers imports for others.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json

_PLAIN = ("TokenizersBackend", "PreTrainedTokenizerFast")
_CONTEXT = ("max_position_embeddings", "n_positions", "n_ctx")
_LARGE = 10_000_000  # a model_max_length that means none


def tokenizer_in(folder: Path) -> Any:
    """The transformers tokenizer of a folder, as training loads it; remembered until its files change.
    Raises :class:`GlassworksError` for a folder without one, or one that is not of the tokenizers library."""
    files = sorted(f for f in Path(folder).glob("*") if f.suffix in (".json", ".jinja", ".model", ".txt"))
    return _read(Path(folder), tuple((f.name, f.stat().st_mtime_ns) for f in files))


def limits_of(folder: Path, tokenizer: Any) -> tuple[int, int]:
    """(tokens that the model reads at once, size of its embedding); 0 where its config does not say."""
    config = read_json(Path(folder) / "config.json") or {}
    config = {**config, **(config.get("text_config") or {})}
    found = next((config[name] for name in _CONTEXT if isinstance(config.get(name), int)), 0)
    own = tokenizer.model_max_length
    own = own if isinstance(own, int) and 0 < own < _LARGE else 0
    context = min(filter(None, (found, own)), default=0)
    size = config.get("vocab_size")
    return context, size if isinstance(size, int) else 0


@lru_cache(maxsize=8)
def _read(folder: Path, stamp: tuple) -> Any:
    named = (read_json(folder / "tokenizer_config.json") or {}).get("tokenizer_class")
    if named in _PLAIN:
        from transformers.tokenization_utils_tokenizers import PreTrainedTokenizerFast as Reader
    else:
        from transformers import AutoTokenizer as Reader
    try:
        found = Reader.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception:  # the files are anyone's: a library may fail on them in any way
        raise GlassworksError("The base has no tokenizer that can be read.") from None
    if not found.is_fast:
        raise GlassworksError("The base's tokenizer has no tokenizer.json; take a model that has one.")
    return found
