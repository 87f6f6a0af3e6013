"""Models of the Hugging Face Hub: fetched once, safetensors and tokenizer files only, never code.

The address comes from ``HF_ENDPOINT`` and the cache from ``HF_HOME``, as in every Hugging Face library.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.models import minilm
from pipelines.models.adapters import base_of
from pipelines.models.artifacts import (
    ADAPTER,
    ADAPTER_WEIGHTS,
    INDEX,
    WEIGHTS,
    BrokenArtifactError,
    check_artifact,
    is_adapter,
)
from pipelines.models.names import Source, parse
from pipelines.models.sentence_files import check_encoder, is_whole, module_files

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_ENDINGS = (".json", ".jinja", ".txt", ".model")  # configuration and tokenizer; ``.txt`` is vocab and merges
# A tokenizer's own file: the first of these that is there.
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "spm.model",
)
_BESIDE = ("config.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")
_MAX_TOKENIZER_BYTES = 128_000_000
_TIMEOUT_SECONDS = 15.0


class HubError(GlassworksError):
    """The Hub could not be asked, or has the model in no form that is read here."""


def fetch(repo: str, max_bytes: int) -> Path:
    """The folder of ``owner/name``: from the cache when it is whole there, or from the package that carries
    it, else downloaded.

    Raises NotFoundError when the Hub has no such model, HubError when it cannot be reached, when the model
    has no safetensors weights or when it is larger than ``max_bytes``.
    """
    return _cached(repo) or _download(repo, max_bytes)


def fetch_encoder(repo: str, max_bytes: int) -> Path:
    """As :func:`fetch`, with the files of what a sentence-transformers model has after its transformer.

    Raises as :func:`fetch`, and :class:`BrokenArtifactError` for a model of another kind.
    """
    cached = _cached(repo)
    if cached is not None and is_whole(cached):
        return cached
    folder = _fetched(repo, lambda repo, siblings: _wanted(repo, siblings, max_bytes, _encoder_files))
    check_encoder(folder)
    return folder


def fetch_tokenizer(repo: str) -> Path:
    """The folder with the tokenizer of ``owner/name``: that of the whole model where it is here, else its few
    files alone, from the cache or fetched.

    Raises as :func:`fetch`, and HubError for a repository that has no such file.
    """
    return _cached(repo) or _cached_tokenizer(repo) or _fetched(repo, _tokenizer_files)


def on_disk(repo: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether ``owner/name`` is whole on this disk, with its base if it is an adapter, so that :func:`fetch`
    would ask nobody."""
    folder = _cached(repo)
    if folder is None or not is_adapter(folder) or repo in seen:
        return folder is not None
    try:
        base = parse(base_of(repo, folder, on_space=False))
    except BrokenArtifactError:  # it says so when it is used
        return True
    return base.source is not Source.HUB or on_disk(base.rest, seen | {repo})


def files_to_fetch(names: list[str]) -> list[str]:
    """Of a repository's file names, those a model needs: no pickles, no code, no copies in other formats.

    >>> files_to_fetch(["config.json", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx", "run.py"])
    ['config.json', 'model.safetensors']
    """
    top = [name for name in names if "/" not in name]
    if ADAPTER in top:
        return [name for name in top if name.endswith(_ENDINGS) or name == ADAPTER_WEIGHTS]
    sharded = INDEX in top and WEIGHTS not in top
    weights = [
        n for n in top if (n.startswith("model-") and n.endswith(".safetensors") if sharded else n == WEIGHTS)
    ]
    return [name for name in top if name.endswith(_ENDINGS)] + weights


def _cached(repo: str) -> Path | None:
    """The folder if an earlier download, by this or another library, left the whole model there, or if a
    package carries it."""
    from huggingface_hub import constants, try_to_load_from_cache

    packaged = minilm.folder() if repo == minilm.NAME else None
    found = (
        try_to_load_from_cache(repo, n, cache_dir=constants.HF_HUB_CACHE) for n in ("config.json", ADAPTER)
    )
    file = next((file for file in found if isinstance(file, str)), None)
    if file is None:
        return packaged
    try:
        check_artifact(Path(file).parent)
    except BrokenArtifactError:  # a download that was cut short, or one without safetensors
        return packaged
    return Path(file).parent


def _cached_tokenizer(repo: str) -> Path | None:
    from huggingface_hub import constants, try_to_load_from_cache

    found = (try_to_load_from_cache(repo, n, cache_dir=constants.HF_HUB_CACHE) for n in TOKENIZER_FILES)
    return next((Path(file).parent for file in found if isinstance(file, str)), None)


def _download(repo: str, max_bytes: int) -> Path:
    folder = _fetched(repo, lambda repo, siblings: _wanted(repo, siblings, max_bytes))
    check_artifact(folder)
    return folder


def _fetched(repo: str, choose: Callable[[str, list[Any]], list[str]]) -> Path:
    """Fetch those files that ``choose(repo, siblings)`` names, all of one revision."""
    from huggingface_hub import errors, snapshot_download

    api = _api()
    try:
        info = api.model_info(repo, files_metadata=True, timeout=_TIMEOUT_SECONDS)
        wanted = choose(repo, info.siblings or [])
        folder = snapshot_download(repo, allow_patterns=wanted, endpoint=api.endpoint, token=api.token)
    except errors.GatedRepoError:
        raise HubError(f"{repo} is gated: accept its terms on the Hub, then set HF_TOKEN here.") from None
    except errors.RepositoryNotFoundError:
        raise NotFoundError(
            f"The Hub has no public model named {repo!r}; names are written owner/name."
        ) from None
    except (OSError, errors.HTTPError, errors.OfflineModeIsEnabled) as error:
        raise HubError(_unreachable(repo)) from error
    return Path(folder)


def _api() -> "HfApi":
    """On a public Space the owner's token must not open private models to visitors."""
    from huggingface_hub import HfApi

    return HfApi(
        endpoint=os.environ.get("HF_ENDPOINT") or None, token=False if os.environ.get("SPACE_ID") else None
    )


def _encoder_files(names: list[str]) -> list[str]:
    return [*files_to_fetch(names), *module_files(names)]


def _wanted(
    repo: str, siblings: list[Any], max_bytes: int, choose: Callable[[list[str]], list[str]] = files_to_fetch
) -> list[str]:
    """File names to fetch, checked before the first byte is."""
    sizes = {file.rfilename: file.size or 0 for file in siblings}
    wanted = choose(list(sizes))
    if not any(name.endswith(".safetensors") for name in wanted):
        raise HubError(
            f"{repo} has no safetensors weights; pickled ones are never read. Choose another model."
        )
    total = sum(sizes[name] for name in wanted)
    if total > max_bytes:
        raise HubError(
            f"{repo} is {total / 1e9:.1f} GB; models of at most {max_bytes / 1e9:.1f} GB are accepted"
            " (GLASSWORKS_MAX_MODELS_GB)."
        )
    return wanted


def _tokenizer_files(repo: str, siblings: list[Any]) -> list[str]:
    """The tokenizer's own file, and what stands beside it."""
    sizes = {file.rfilename: file.size or 0 for file in siblings}
    own = next((name for name in TOKENIZER_FILES if name in sizes), None)
    if own is None:
        raise HubError(
            f"{repo} has no tokenizer that is read here: {', '.join(TOKENIZER_FILES[:3])} or alike."
        )
    if sizes[own] > _MAX_TOKENIZER_BYTES:
        raise HubError(f"{own} of {repo} is {sizes[own] / 1e6:.0f} MB, which no tokenizer is.")
    return [own, *(name for name in _BESIDE if name in sizes)]


def _unreachable(repo: str) -> str:
    return (
        f"The Hugging Face Hub cannot be reached to fetch {repo}. Choose a house or run model, go online and"
        " try again, or download the model elsewhere and name its folder as path:<folder>."
    )
