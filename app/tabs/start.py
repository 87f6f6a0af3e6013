"""The Start tab: what a stranger sees first. A story that a model has written stands there; one click has it
written anew, and another word at any place has it go on differently.
"""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app.decoding.asking import stream
from app.decoding.moment import follow
from app.errors import message_of
from app.parts import PICKED
from app.services import Services
from app.start.cards import free_html, walk_html
from app.start.place import here, place_html
from app.start.story import StoryLog, kept_story, story_request
from app.stoppable import Stoppable

_INTRO = (
    "A language model writes one word after another. Watch one choose, choose for it, look inside, and build "
    "one of your own."
)
_STORY_JS = "glassworks.start.story(element, props, trigger, watch); // 'write'"
_WRITING = {**PICKED, "concurrency_id": "generation"}


def build(services: Services) -> None:
    gr.HTML(f'<p class="gw-lead">{_INTRO}</p>')
    story = gr.HTML(kept_story(), html_template="", js_on_load=_STORY_JS, elem_id="start-story")
    settings = services.settings
    gr.HTML(free_html() + walk_html(settings.on_space) + place_html(here(settings)), elem_id="start-more")

    def write(request: gr.Request, event: gr.EventData) -> Iterator[Any]:
        yield from _written(services, request, event.value)

    running = gr.State(None)  # the mark of the story that is being written, and its Stoppable
    story.write(_stop_another, running, None, queue=False, **PICKED)
    story.write(write, None, [story, running], **_WRITING)


def _stop_another(running: tuple[str, Stoppable] | None, event: gr.EventData) -> None:
    """Nobody waits any more for what is being written when another story is asked for."""
    asked = event.value if isinstance(event.value, dict) else {}
    if running and running[0] != asked.get("mark"):
        running[1].stop()


def _written(services: Services, request: gr.Request, value: Any) -> Iterator[Any]:
    """The log of a story as it grows, and what it is written by; whatever goes wrong is its last line."""
    log = None
    try:
        asked, mark = story_request(value)
        log = StoryLog(asked, mark)
        visitor = services.identity.visitor(request)
        run = Stoppable(stream(services, visitor, asked))
        for moment in follow(asked, run.events()):
            yield log.after(moment), (mark, run)
        yield gr.skip(), gr.skip()  # the last answer is sent whole a second time: let it be a small one
    except Exception as error:
        words = message_of(error)
        if log is None:
            raise gr.Error(words, print_exception=False) from None
        yield log.failed(words), gr.skip()
