"""Answers an InterveneRequest: the same text before and after a change in the model's computing."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.nn.functional import kl_div

from pipelines.attention.anatomy import anatomy_of
from pipelines.attention.answers import Intervened, RunOutcome
from pipelines.attention.edits import edits_of
from pipelines.attention.encode import read
from pipelines.attention.noise import Noise
from pipelines.attention.requests import InterveneRequest
from pipelines.attention.running import Run, run
from pipelines.models.loader import LoadedModel
from pipelines.models.pieces import texts_of


def intervene(loaded: LoadedModel, request: InterveneRequest) -> Iterator[Any]:
    """An :class:`Intervened`; None between the steps. Which token the distributions are of is told in
    :func:`~pipelines.attention.running.run`. Both runs are computed in the same way, so that a change which
    changes nothing leaves the very same numbers. A query that no key is left for reads nothing: its heads
    write zeros.

    Raises SpecError, naming the range, for a layer, head, part or token that does not exist.
    """
    loaded.need("causal-lm", "masked-lm", "seq2seq-lm")
    anatomy = anatomy_of(loaded.model, loaded.name)
    tokens = yield from read(loaded, request.subject)
    runs = []
    for asked in ((), request.interventions):
        edits = edits_of(loaded, anatomy, tokens, asked)
        noise = Noise(request.temperature, request.seed)
        runs.append((yield from run(loaded, tokens, edits, noise, request.sample_tokens)))
    return _beside(loaded, *runs, request.top_k)


@torch.inference_mode()
def _beside(loaded: LoadedModel, before: Run, after: Run, top_k: int) -> Intervened:
    one, other = before.logits.log_softmax(-1), after.logits.log_softmax(-1)
    first, second = _outcome(loaded, before, one, top_k), _outcome(loaded, after, other, top_k)
    ids = list(dict.fromkeys([*first.ids.tolist(), *second.ids.tolist()]))
    return Intervened(
        before=first,
        after=second,
        shared_ids=np.array(ids, np.int32),
        shared_texts=texts_of(loaded.tokenizer, ids),
        shared=torch.stack([one[ids], other[ids]]).exp().cpu().numpy(),
        kl=max(0.0, float(kl_div(other, one, log_target=True, reduction="sum"))),
    )


def _outcome(loaded: LoadedModel, run: Run, log_probabilities: torch.Tensor, top_k: int) -> RunOutcome:
    best = log_probabilities.topk(min(top_k, len(log_probabilities)))
    ids = best.indices.tolist()
    return RunOutcome(
        loss=run.loss,
        ids=np.array(ids, np.int32),
        probabilities=best.values.exp().cpu().numpy(),
        texts=texts_of(loaded.tokenizer, ids),
        sample=loaded.tokenizer.decode(run.written, skip_special_tokens=True),
    )
