"""Finished comparisons of tiny models, made here and now by the loop itself."""

from functools import cache

from app.decoding.compared import Compared
from pipelines.generation.compare import compared, shown
from pipelines.generation.comparing import Beams, Decoded, DecodeRequest, DecodeStarted, DecodeStep
from pipelines.generation.strategy import strategy
from tests.support.tiny_models import tiny

PROMPT = "Anna found a red kite by the river."
# It ends in a fault: no tokenizer writes so many a without a token that it has used.
STUCK = ("constrained", {"constraint": "regex", "pattern": "a{90}", "no_repeat_ngram_size": 1})
loaded = cache(tiny)


def comparison(*strategies: tuple[str, dict], family: str = "gpt2", run: str = "run", **more) -> Compared:
    """``strategies`` as (name, parameters); its steps are remembered under ``run``."""
    asked = tuple(strategy(name, parameters) for name, parameters in strategies)
    request = DecodeRequest(family, PROMPT, asked, **{"max_new_tokens": 8, "run": run, **more})
    started, decoded = None, None
    beams: list[Beams] = []
    for event in compared({family: loaded(family)}, request):
        match event:
            case DecodeStarted():
                started = event
            case DecodeStep():
                beams += event.beams
            case Decoded():
                decoded = event
    return Compared(request, started, decoded, tuple(beams))


def stepping(_services, _visitor, request):
    """Stands for ``app.decoding.asking.ask`` for a StepRequest."""
    return shown(loaded(request.model), request)
