"""What the generation topic asks of the inference worker, and the events that answer. No torch."""

from dataclasses import dataclass, field

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_model, check_text, check_whole
from pipelines.generation.specs import DecodingSpec

MAX_PROMPT_CHARS = 200_000


@dataclass(frozen=True)
class GenerateRequest:
    """Continue ``prompt`` with the model of that name. Answered by Started, Token …, Finished.

    ``ids`` are the tokens of a prompt that was encoded already (in which, say, nothing that a document says
    is a control token); ``prompt`` is then empty."""

    model: str
    prompt: str
    decoding: DecodingSpec = field(default_factory=DecodingSpec)
    ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_model("model", self.model)
        check_text("prompt", self.prompt, MAX_PROMPT_CHARS)
        if self.ids and self.prompt:
            raise SpecError("prompt", self.prompt, "nothing beside ids")
        for one in self.ids:
            check_whole("ids", one, 0, 2**31 - 1)


@dataclass(frozen=True)
class Started:
    """The prompt is encoded; ``truncated`` counts tokens cut from its beginning to fit the context."""

    prompt_tokens: int
    truncated: int = 0


@dataclass(frozen=True)
class Token:
    """One new token. ``text`` is what it adds to the visible text: empty while a character of several bytes
    is incomplete. ``log_prob`` is natural, under the model's raw distribution."""

    index: int
    token_id: int
    text: str
    log_prob: float


@dataclass(frozen=True)
class Finished:
    """``reason`` is ``eos``, ``length`` (max_new_tokens are made) or ``context`` (the context is full).
    ``seconds`` run from the first forward pass to the last token."""

    reason: str
    text: str
    new_tokens: int
    seconds: float
