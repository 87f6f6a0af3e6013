"""The loss on the tokens that are learnt, while others are only read: for a step of training, and by row.

Labels are the input with −100 where nothing is learnt, not shifted. Padding stands on the right, where no
token that counts can see it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy, pad
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from pipelines.training.loss import has_plain_head, projected_loss

IGNORED = -100
_PASS_TOKENS = 4_096  # a forward pass without gradients: so that small training batches do not slow it down

Row = dict[str, Sequence[int]]  # ``input_ids`` and ``labels``


def learnt_loss(model: Any, input_ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Summed nats; both tensors are [item, position]. Only for a model of :func:`bare`. What is not learnt
    never meets the output matrix."""
    hidden = model.base_model(input_ids=input_ids, use_cache=False).last_hidden_state[:, :-1]
    targets = labels[:, 1:]
    counted = targets != IGNORED
    picked = targets[counted]
    if not len(picked):
        return hidden.sum() * 0.0
    return projected_loss(hidden[counted], model.get_output_embeddings().weight, picked) * len(picked)


def plain_learnt_loss(model: Any, input_ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The same by torch's own function: the form to compile, whose shapes do not hang on what is learnt."""
    hidden = model.base_model(input_ids=input_ids, use_cache=False).last_hidden_state
    logits = model.get_output_embeddings()(hidden).flatten(0, 1)
    targets = pad(labels[:, 1:], (0, 1), value=IGNORED).flatten()
    return cross_entropy(logits.float(), targets, ignore_index=IGNORED, reduction="sum")


def plain_loss(model: Any, rows: Sequence[Row], pad_id: int) -> float:
    """Nats a learnt token of some rows, by the model's own logits: for one tuned here or read from disk."""
    batch = DataCollatorForLanguageModeling(pad_token_id=pad_id)(list(rows))
    there = {name: ids.to(next(model.parameters()).device) for name, ids in batch.items()}
    labels = there.pop("labels")
    model.eval()
    with torch.inference_mode():
        logits = model(**there, use_cache=False).logits  # PEFT tells those of virtual tokens too
        logits = logits[:, -labels.shape[1] : -1].flatten(0, 1)
        return float(cross_entropy(logits.float(), labels[:, 1:].flatten(), ignore_index=IGNORED))


def bare(model: nn.Module) -> nn.Module | None:
    """The model itself, beneath an adapter that sits inside it, where :func:`learnt_loss` serves it; else
    None."""
    config = getattr(model, "active_peft_config", None)
    if config is not None and config.is_prompt_learning:
        return None
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return inner if has_plain_head(inner) else None


def nats_of(
    model: nn.Module, rows: Sequence[Row], pad_id: int, share: tuple[int, int] = (0, 1)
) -> tuple[np.ndarray, np.ndarray]:
    """(summed nats, learnt tokens) of each row. The model is one that SFTTrainer has been given: its fused
    head scores a batch without holding all logits. It is left in the mode it was in. With the ``share``
    (p, n) only the p-th of n parts is scored, the other rows are 0; all parts are as many passes."""
    device, was_training = next(model.parameters()).device, model.training
    nats, counts = np.zeros(len(rows)), np.zeros(len(rows), int)
    model.eval()
    with torch.no_grad():
        for group, batch in grouped(rows, pad_id, device, share):
            scored = model(**batch, use_cache=False, fused_lm_head=True)
            if group:
                nats[group] = -scored.log_probs.float().sum(1).cpu().numpy()
                counts[group] = scored.label_mask.sum(1).cpu().numpy()
    model.train(was_training)
    return nats, counts


def grouped(
    rows: Sequence[Row], pad_id: int, device: torch.device, share: tuple[int, int] = (0, 1)
) -> Iterator[tuple[list[int], dict[str, torch.Tensor]]]:
    """All rows in batches to be measured: (their places, the batch on the device). With a ``share`` those of
    one process; a batch without places is only computed."""
    collate = DataCollatorForLanguageModeling(pad_token_id=pad_id)
    for group, counts in shared(list(_groups([len(row["input_ids"]) for row in rows])), *share):
        batch = {name: ids.to(device) for name, ids in collate([rows[i] for i in group]).items()}
        yield (group if counts else []), batch


def shared(items: Sequence[Any], process: int, processes: int) -> Iterator[tuple[Any, bool]]:
    """The items of one process, and whether they count: where the last round is short, it repeats an item, as
    a model that is split among processes answers only to all of them together.

    >>> list(shared("abc", 1, 2))
    [('b', True), ('c', False)]
    """
    for first in range(0, len(items), processes):
        place = first + process
        yield items[min(place, len(items) - 1)], place < len(items)


def _groups(lengths: list[int]) -> Iterator[list[int]]:
    """Rows of about equal length together, so many as a pass takes with the padding."""
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and (len(group) + 1) * lengths[row] > _PASS_TOKENS:
            yield group
            group = []
        group.append(row)
    if group:
        yield group
