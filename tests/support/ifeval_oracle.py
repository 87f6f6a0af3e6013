"""lm-evaluation-harness's own IFEval, as the oracle of tests: with the Punkt model that lies in llama-index's
package. Where langdetect is not installed, the app's rules stand in for it.
"""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import nltk
import pytest

from pipelines.evaluation.tasks.writing.ifeval import languages


@cache
def ifeval() -> ModuleType:
    """``lm_eval.tasks.ifeval.utils``; the test is skipped where its Punkt model is not here."""
    _find_punkt()
    missing = [name for name in _STAND_INS if importlib.util.find_spec(name) is None]
    with pytest.MonkeyPatch.context() as patch:  # nobody else shall find what stands in
        for name in missing:
            patch.setitem(sys.modules, name, _STAND_INS[name])
        from lm_eval.tasks.ifeval import utils

    return utils


def _find_punkt() -> None:
    package = importlib.util.find_spec("llama_index.core")
    folder = Path(package.submodule_search_locations[0]) / "_static" / "nltk_cache" if package else None
    if folder and folder.is_dir() and str(folder) not in nltk.data.path:
        nltk.data.path.append(str(folder))
    try:
        nltk.data.find("tokenizers/punkt_tab")
    except LookupError:
        pytest.skip("NLTK's Punkt model is not here")


def _detect(text: str) -> str:
    found = languages.by_rules(text)
    if found is None:
        raise LookupError(text)
    return found


def _module(name: str, **values: Any) -> ModuleType:
    module = ModuleType(name)
    for key, value in values.items():
        setattr(module, key, value)
    return module


_STAND_INS = {
    "immutabledict": _module("immutabledict", immutabledict=dict),
    "langdetect": _module("langdetect", detect=_detect, LangDetectException=LookupError),
}
