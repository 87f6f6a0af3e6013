"""The formats of data sets, one a module, in the order in which they are tried."""

from pipelines.training.rows.kinds import (
    alpaca,
    completion,
    labelled,
    messages,
    plain,
    sharegpt,
    squad,
    tagged,
)
from pipelines.training.rows.kinds.base import Format

FORMATS: dict[str, Format] = {
    made.name: made
    for made in (
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
    )
}
