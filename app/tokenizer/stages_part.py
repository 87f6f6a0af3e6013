"""*Stages*: what each part of the tokenizer makes of the text, and below, how the model comes from one word
to its tokens.
"""

from typing import Any

import gradio as gr

from app.errors import message_of, shown
from app.identity import Visitor
from app.parts import PICKED, QUIET, Part
from app.services import Services
from app.tokenizer.asking import ask
from app.tokenizer.parts import Text
from app.tokenizer.replay_view import no_replay_html, replay_html
from app.tokenizer.stage_words import first_word, is_word, replayed_model
from app.tokenizer.stages_view import no_text_html, no_tokenizer_html, shown_part, stages_html
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.requests import ReplayRequest, StagesRequest

_MOST = 8_000  # characters of a word: four bytes for each that the stages show
_INFO = "Written as in the last stage before the model; a click on a piece there puts it in."
# A click on a piece becomes a `select` event that carries the word.
_WORDS_JS = """
element.addEventListener('click', (event) => {
  const piece = event.target.closest('button[data-word]');
  if (!piece) return;
  trigger('select', { value: JSON.parse(piece.dataset.word) });
  document.querySelector('#tokenizer-replay')?.scrollIntoView({ block: 'nearest' });
});
"""
_REPLAY_JS = "glassworks.replay(element); watch('value', () => glassworks.replay(element));"


def build(services: Services) -> Part:
    stages = _Stages(services)
    stages.wire()
    return Part(outputs=stages.outputs, show=stages.show, inputs=(stages.word,))


class _Stages:
    """The layout; ``tokenizer`` and ``word`` are what is shown and replayed now."""

    def __init__(self, services: Services):
        self._services = services
        self.tokenizer, self.word = gr.State(""), gr.State("")
        self.cards = gr.HTML(no_tokenizer_html(), elem_id="tokenizer-stage-cards", js_on_load=_WORDS_JS)
        with gr.Column(visible=False, elem_id="tokenizer-replay", elem_classes="gw-replay-box") as self.box:
            gr.HTML("<h3>Replay of a word</h3>")
            with gr.Row(elem_classes="gw-replay-form"):
                self.typed = gr.Textbox(
                    label="Word", info=_INFO, max_lines=1, elem_id="tokenizer-replay-word"
                )
                self.go = gr.Button("Replay", size="sm", elem_id="tokenizer-replay-go", min_width=90, scale=0)
            self.replay = gr.HTML("", elem_id="tokenizer-replay-steps", js_on_load=_REPLAY_JS)
        self.outputs = (self.cards, self.box, self.typed, self.replay, self.tokenizer, self.word)

    def wire(self) -> None:
        chosen = [self.typed, self.replay, self.word]
        self.cards.select(shown(self._choose), self.tokenizer, chosen, **PICKED)
        typed = [self.tokenizer, self.typed]
        gr.on([self.typed.submit, self.go.click], shown(self._type), typed, [self.replay, self.word], **QUIET)

    def show(self, visitor: Visitor, text: Text, chosen: Any) -> tuple[Any, ...]:
        """A chosen word is replayed as long as it is one of the text's; else one that shows something."""
        part = shown_part(text.text)
        if not text.focus or not part:
            empty = no_text_html() if text.focus else no_tokenizer_html()
            return empty, gr.Column(visible=False), gr.skip(), "", text.focus, ""
        asked = StagesRequest(part, text.focus, text.add_special_tokens)
        stages = ask(self._services, visitor, asked).stages
        word = chosen if is_word(stages, part, chosen) else first_word(stages, part)
        able = bool(replayed_model(stages) and word)
        replay = self._replayed(visitor, text.focus, word) if able else ""
        cards = stages_html(stages, part, len(text.text))
        return cards, gr.Column(visible=able), word, replay, text.focus, word

    def _choose(self, request: gr.Request, tokenizer: str, event: gr.EventData) -> tuple[str, str, str]:
        word = event.value if isinstance(getattr(event, "value", None), str) else ""
        return word, self._replayed(self._services.identity.visitor(request), tokenizer, word), word

    def _type(self, request: gr.Request, tokenizer: str, word: str) -> tuple[str, str]:
        return self._replayed(self._services.identity.visitor(request), tokenizer, word), word

    def _replayed(self, visitor: Visitor, tokenizer: str, word: Any) -> str:
        """The replay as HTML; a refusal stands in its place, the stages stay."""
        try:
            return replay_html(ask(self._services, visitor, ReplayRequest(checked_word(word), tokenizer)))
        except GlassworksError as error:
            return no_replay_html(message_of(error))


def checked_word(word: object) -> str:
    """Raises SpecError for what is no word, or a longer one than is replayed here."""
    if not isinstance(word, str) or not word:
        raise SpecError("word", word, "one or more characters, as the stage before the model writes them")
    if len(word) > _MOST:
        raise SpecError("word", f"{len(word):,} characters", f"at most {_MOST:,} characters")
    return word
