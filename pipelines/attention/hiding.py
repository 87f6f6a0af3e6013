"""Attention in which some queries do not see some keys, on top of what the model hides itself."""

from collections.abc import Callable

import torch

from pipelines.models.attention import Call

# rows → True where they may not look, [b or 1, heads or 1, rows or 1, m]
Hidden = Callable[[slice], torch.Tensor | None]


def attend_hiding(call: Call, hidden: Hidden) -> torch.Tensor:
    """What the heads write, [b, heads, n, d]; the weights of what is still seen come to 1 again.

    A query that no key is left for reads nothing: its head writes zeros for it, and its token goes on with
    what stands in the residual stream.
    """
    written = []
    for rows in call.row_blocks():
        scores = call.scores(rows)
        gone = hidden(rows)
        if gone is None:
            weights = call.weights(scores)
        else:
            lowest = torch.finfo(scores.dtype).min
            scores.masked_fill_(gone, lowest)
            blind = (scores == lowest).all(-1, keepdim=True)
            weights = call.weights(scores).masked_fill_(blind, 0)
        written.append(call.output(weights))
    return torch.cat(written, 2)
