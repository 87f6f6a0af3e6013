"""A round into a data set of the Hub, with the token of whoever asks. Shared by the page and the API."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from app.fine_tune.taking import pushed
from app.identity import Visitor
from app.services import Services
from pipelines.models.push import Push
from pipelines.preferences.publishing import Published, publish


def pushed_round(
    services: Services, visitor: Visitor, round: str, how: Published, asked: Push
) -> Iterator[str]:
    """What is being done, now and then the same again; the data set's address last. On a Space, publishing
    everybody's votes is for its owner; a round of another does not exist. Raises a GlassworksError."""
    if services.settings.on_space:
        services.identity.require_owner(visitor, "publish everybody's votes")
    preferences = services.preferences
    pairs, votes = preferences.pairs(round, visitor.id), preferences.votes(round, visitor.id)
    with tempfile.TemporaryDirectory(prefix="round-") as folder:
        publish(Path(folder), preferences.round(round, visitor.id), pairs, votes, how)
        with closing(pushed(services, Path(folder), asked)) as steps:
            yield from steps
