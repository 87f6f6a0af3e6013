"""The Decoding tab's inputs from a link to it. A link is what anyone may have written: what does not fit is
left out. Knows nothing of Gradio."""

from collections.abc import Mapping
from typing import Any

from app.decoding.asking import strategies_of
from pipelines.core.errors import GlassworksError
from pipelines.generation.comparing import MAX_NEW_TOKENS

NAMES = ("model", "prompt", "strategies", "max_new_tokens", "seed", "same_noise", "judge")
_MAX_CHARS = 20_000
_SEEDS = 2**31 - 1


def linked(query: Mapping[str, str]) -> dict[str, Any]:
    """Values by name, only good ones.

    >>> linked({"tab": "decoding", "seed": "7", "max_new_tokens": "0", "same_noise": "false"})
    {'seed': 7, 'same_noise': False}
    """
    if query.get("tab") != "decoding" or sum(map(len, query.values())) > _MAX_CHARS:
        return {}
    found: dict[str, Any] = {name: query[name] for name in ("model", "prompt", "judge") if name in query}
    for name, low, high in (("max_new_tokens", 1, MAX_NEW_TOKENS), ("seed", 0, _SEEDS)):
        text = query.get(name, "")
        if text.isascii() and text.isdecimal() and len(text) < 11 and low <= int(text) <= high:
            found[name] = int(text)
    if query.get("same_noise") in ("true", "false"):
        found["same_noise"] = query["same_noise"] == "true"
    if _good(query.get("strategies", "")):
        found["strategies"] = query["strategies"]
    return found


def _good(strategies: str) -> bool:
    try:
        strategies_of(strategies)
    except GlassworksError:
        return False
    return True
