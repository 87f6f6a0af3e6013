"""A model that judges the pairs of a round, one after the other; its votes are kept as they come, marked as a
model's. Knows no page.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from app.access import entry_of
from app.chat_ids import chat_ids
from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import ConflictError
from pipelines.core.fields import check_text
from pipelines.generation.requests import Finished, GenerateRequest
from pipelines.generation.specs import DecodingSpec
from pipelines.preferences.judging import judged
from pipelines.preferences.records import Choice, Pair, Round

MAX_CONSTITUTION = 4_000  # characters
MOST = 500  # pairs at one go
_TOKENS = 160  # of a reply: a reason in a sentence or two, and the verdict


def judging(
    services: Services, visitor: Visitor, found: Round, model: str, constitution: str
) -> Iterator[tuple[int, int, int]]:
    """(done, of them without a verdict, of how many) after each pair that this model has not judged; what is
    done stays when it ends early. Raises a GlassworksError."""
    check_text("constitution", constitution, MAX_CONSTITUTION)
    entry_of(services, visitor, model)
    waiting = _waiting(services, found, visitor.id, model)
    if not waiting:
        raise ConflictError("This model has judged every pair of this round.")
    silent = 0
    yield 0, silent, len(waiting)
    votes = judged(waiting, constitution, _asking(services, model), model, found.spec.guidelines)
    with closing(votes):
        for done, vote in enumerate(votes, 1):
            services.preferences.add_votes(found.id, visitor.id, (vote,))
            silent += vote.choice is Choice.SKIP
            yield done, silent, len(waiting)


def _waiting(services: Services, found: Round, owner: str, model: str) -> list[Pair]:
    said = {
        one.pair for one in services.preferences.votes(found.id, owner) if one.annotator == f"model:{model}"
    }
    pairs = services.preferences.pairs(found.id, owner)
    return [one for one in pairs if one.id not in said and not one.repeats][:MOST]


def _asking(services: Services, model: str) -> Any:
    """The model's reply to a prompt, the likeliest token at each step."""
    ids = chat_ids(services.models, services.tokenizers)
    decoding = DecodingSpec(temperature=0.0, max_new_tokens=_TOKENS)

    def ask(prompt: str) -> str:
        encoded = ids(model, [{"role": "user", "content": prompt}])
        request = GenerateRequest(model, "" if encoded else prompt, decoding, encoded)
        with closing(services.runtime.stream(request)) as events:
            return next((event.text for event in events if isinstance(event, Finished)), "")

    return ask
