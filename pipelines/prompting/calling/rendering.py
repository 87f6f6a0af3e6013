"""Messages as the token ids that a model in memory reads, up to where its answer goes on."""

from collections.abc import Callable, Sequence

from pipelines.generation.prompt import prompt_ids
from pipelines.models.loader import LoadedModel
from pipelines.prompting.calls import Message
from pipelines.prompting.prompt.shown import renderer as chat_renderer

Render = Callable[[Sequence[Message], str], list[int]]  # the messages, how the answer begins


def renderer(loaded: LoadedModel, template: str = "") -> Render:
    """By ``template``, else by the model's own chat template; the messages as they are where it has none.
    What it returns raises :class:`GlassworksError` where the template refuses them."""
    if not (template or getattr(loaded.tokenizer, "chat_template", None)):
        return lambda messages, begun: prompt_ids(loaded, plain_text(messages, begun))
    chat = chat_renderer(loaded.tokenizer, template)

    def render(messages: Sequence[Message], begun: str) -> list[int]:
        said = chat(messages)
        if not begun:
            return list(said.ids)
        return list(loaded.tokenizer(said.text + begun, add_special_tokens=False, verbose=False).input_ids)

    return render


def plain_text(messages: Sequence[Message], begun: str = "") -> str:
    """What is said, an empty line between the messages and no word of who says it: the text alone leads a
    model that was taught no conversation.

    >>> plain_text([Message("system", "Add."), Message("user", "Q: 1 + 1\\nA:")], "The sum")
    'Add.\\n\\nQ: 1 + 1\\nA: The sum'
    """
    text = "\n\n".join(message.content for message in messages if message.content)
    apart = text and begun and not text[-1].isspace() and not begun[0].isspace()
    return f"{text} {begun}" if apart else text + begun
