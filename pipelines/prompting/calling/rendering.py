"""Messages as the token ids that a model in memory reads, up to where its answer goes on."""

from collections.abc import Callable, Sequence

from pipelines.generation.prompt import prompt_ids
from pipelines.models.loader import LoadedModel
from pipelines.prompting.calls import Message
from pipelines.prompting.prompt.shown import Rendered, renderer_for

Render = Callable[[Sequence[Message], str], list[int]]  # the messages, how the answer begins


def renderer(loaded: LoadedModel, template: str = "") -> Render:
    """As the page shows them (:func:`renderer_for`), never none. What it returns raises
    :class:`GlassworksError` where the chat template refuses the messages."""
    told = renderer_for(loaded.tokenizer, template)

    def render(messages: Sequence[Message], begun: str) -> list[int]:
        return list(Rendered(*told(messages, begun)).ids) or prompt_ids(loaded, "")

    return render
