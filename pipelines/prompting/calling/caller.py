"""Who answers calls: one face for a model on this machine, a server elsewhere and what is remembered of them.
Knows none of these. Standard library only.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from pipelines.prompting.calls import Call, Reply

Check = Callable[[], object]  # called often; raises to leave early
Done = Callable[[int, Reply], object]  # the number of the call and its reply, as soon as it is there


def unchecked() -> None:
    """For who never leaves early."""


def unheard(_number: int, _reply: Reply) -> None:
    """For who waits for all replies."""


class Caller(Protocol):
    """Answers calls of one model. ``exact`` says whether :meth:`count` is what the model will read, or only
    about so much."""

    name: str
    exact: bool

    def answer(
        self, calls: Sequence[Call], check: Check = unchecked, done: Done = unheard
    ) -> tuple[Reply, ...]:
        """One reply a call, in their order. A call that fails has a reply that says why; what ``check``
        raises ends all, and then the calls that ``done`` was told of are answered and no others."""

    def count(self, call: Call) -> int:
        """Tokens of the prompt, with how the answer begins."""

    def told(self, call: Call) -> Mapping[str, Any]:
        """All that the reply depends on, as JSON: two calls that tell the same get the same reply."""


def settings_of(call: Call) -> dict[str, Any]:
    """What of a call decides about its texts, beside what is read: greedy, nothing is drawn."""
    drawn = {"temperature": call.temperature, "top_p": call.top_p, "seed": call.seed}
    return {
        "stop": list(call.stop),
        "samples": call.samples,
        "max_new_tokens": call.max_new_tokens,
        **(drawn if call.temperature > 0 else {}),
    }
