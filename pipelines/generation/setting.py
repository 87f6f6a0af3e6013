"""What a run of the loop begins from, with a model that is in memory."""

from collections.abc import Sequence
from typing import Any

from pipelines.generation.loop.candidates import Tracer
from pipelines.generation.loop.column import Setting
from pipelines.generation.loop.noise import Noise
from pipelines.generation.memory import vocabulary
from pipelines.models.ends import end_tokens
from pipelines.models.loader import LoadedModel


def setting(
    loaded: LoadedModel,
    ids: Sequence[int],
    max_new_tokens: int,
    seed: int,
    *,
    new_from: int | None = None,
    same_noise: bool = True,
    trace: int = 0,
    remembers: bool = False,
    others: dict[str, LoadedModel] | None = None,
) -> Setting:
    """``ids`` are all that stands there already, from ``new_from`` on as new text; the context holds them."""
    typed = len(ids) if new_from is None else new_from
    room = room_after(loaded, len(ids), max_new_tokens)
    noise: Any = Noise(seed, same_noise, vocabulary(loaded), loaded.device, len(ids) - typed)
    return Setting(
        loaded=loaded,
        others=others or {},
        prompt_ids=list(ids),
        new_from=typed,
        prompt_hidden=None,
        ends=end_tokens(loaded),
        max_new_tokens=room,
        full="length" if room == max_new_tokens else "context",
        trace=trace,
        noise=noise,
        remembers=remembers,
        tracer=Tracer(loaded.tokenizer, trace),
    )


def room_after(loaded: LoadedModel, tokens: int, wanted: int) -> int:
    """How many of the ``wanted`` tokens can be made after so many: the last one need not be fed, so it may
    stand just past the context."""
    context = loaded.context_length
    return wanted if context is None else min(wanted, context - tokens + 1)
