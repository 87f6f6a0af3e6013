"""The last moment of a comparison by tiny models, as the page and the API follow it."""

from app.decoding.moment import Moment, follow
from pipelines.generation.compare import compared
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.strategy import strategy
from tests.support.compared_runs import PROMPT, loaded


def moments(*strategies: tuple[str, dict], family: str = "gpt2", **more) -> list[Moment]:
    """``strategies`` as (name, parameters)."""
    asked = tuple(strategy(name, parameters) for name, parameters in strategies)
    request = DecodeRequest(family, PROMPT, asked, **{"max_new_tokens": 8, **more})
    models = {name: loaded(name) for name in request.models}
    return list(follow(request, (event for event in compared(models, request) if event), gap=0))


def finished(*strategies: tuple[str, dict], **more) -> Moment:
    """Once all is done."""
    return moments(*strategies, **more)[-1]
