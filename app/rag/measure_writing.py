"""A language model as a function from a prompt to a text, for questions that it writes. No Gradio."""

from collections.abc import Callable
from contextlib import closing

from app.access import check_model
from app.identity import Visitor
from app.model_picker import able, caption
from app.rag.asking import writer_of
from app.services import Services
from app.tokenizer.asking import ask
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.generation.requests import GenerateRequest, Token
from pipelines.generation.specs import DecodingSpec
from pipelines.models.names import Source, parse
from pipelines.rag.answering.helped import without_thoughts
from pipelines.rag.answering.served import served
from pipelines.rag.specs import AnswerSpec
from pipelines.tokenization.requests import ChatRequest

RULES = "rules"
_TOKENS = 160  # of a question with its answer


def writers(services: Services) -> list[tuple[str, str]]:
    """(label, name): the rules first, then models that converse and are large enough, then servers."""
    models = [one for one in able(services, "causal-lm") if "chat" in one.capabilities]
    local = [(caption(one), one.name) for one in models if _is_capable(services, one.name)]
    servers = [(f"endpoint:{one.name}", f"endpoint:{one.name}") for one in services.models.endpoints()]
    return [("Rules, offline", RULES), *local, *servers]


def generator_of(services: Services, visitor: Visitor, name: str) -> Callable[[str], str]:
    """Greedy. Raises a GlassworksError for a model that is not there, not for this visitor, or that does not
    converse."""
    check_model(name, visitor)
    if parse(name).source is Source.ENDPOINT:
        endpoint, spec = services.models.endpoint(name), AnswerSpec(max_new_tokens=_TOKENS)
        return lambda prompt: without_thoughts("".join(served(endpoint, _said(prompt), spec)))
    if not writer_of(services, visitor, name).chat:
        raise SpecError("writer", name, "rules, or a model that converses (it has a chat template)")
    return lambda prompt: without_thoughts(_written(services, visitor, name, prompt))


def _written(services: Services, visitor: Visitor, name: str, prompt: str) -> str:
    chat = ask(services, visitor, ChatRequest(name, _said(prompt), add_generation_prompt=True))
    decoding = DecodingSpec(max_new_tokens=_TOKENS, temperature=0, top_p=1)
    request = GenerateRequest(name, "", decoding, tuple(int(one) for one in chat.ids))
    with closing(services.runtime.stream(request)) as events:
        return "".join(event.text for event in events if isinstance(event, Token))


def _said(prompt: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": prompt}]


def _is_capable(services: Services, name: str) -> bool:
    try:
        return writer_of(services, Visitor("", False, ""), name).capable
    except GlassworksError:
        return False
