"""The formats of data sets, one a module, in the order in which they are tried."""

from pipelines.training.rows.kinds import (
    alpaca,
    asked,
    completion,
    labelled,
    messages,
    pairs,
    pairs_messages,
    plain,
    ranked_pairs,
    rated,
    sharegpt,
    squad,
    tagged,
)
from pipelines.training.rows.kinds.base import Format

FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
        pairs_messages.FORMAT,
        pairs.FORMAT,
        pairs.WHOLE,
        ranked_pairs.FORMAT,
        rated.MESSAGES,
        rated.FORMAT,
        messages.FORMAT,
        sharegpt.FORMAT,
        squad.NESTED,
        squad.FLAT,
        tagged.FORMAT,
        alpaca.FORMAT,
        completion.CHAT,
        completion.FORMAT,
        labelled.FORMAT,
        plain.FORMAT,
        asked.FORMAT,
    )
}
