"""The model of a run that is being asked, and its judge: loaded when they are first needed, one at a time."""

import gc
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.core.settings import Settings
from pipelines.evaluation.answering.opened import loaded
from pipelines.evaluation.records import Answerer
from pipelines.evaluation.specs import WHOLE
from pipelines.models.loader import LoadedModel

Open = Callable[..., Answerer]  # (name, settings, batch_tokens, advance, weights)


@dataclass
class Opened:
    """``say`` hears what is being done, ``advance`` how many asks more are answered; it may raise to end the
    work."""

    name: str
    settings: Settings
    open: Open
    say: Callable[[str], None]
    advance: Callable[[int], None]
    batch_tokens: int = 0
    weights: str = WHOLE
    _answerer: Answerer | None = field(default=None, init=False)

    def answerer(self) -> Answerer:
        if self._answerer is None:
            self.say(f"loading {self.name}")
            given = self.batch_tokens, self.advance, self.weights
            self._answerer = self.open(self.name, self.settings, *given)
            self.say("asking")
        return self._answerer

    def loaded(self) -> LoadedModel:
        """The model itself, in place of the answerer."""
        self.close()
        self.say(f"loading {self.name}")
        found = loaded(self.name, self.settings, self.weights)
        self.say("reading")
        return found

    def close(self) -> None:
        """Its memory is wanted by the next."""
        self._answerer = None
        gc.collect()
