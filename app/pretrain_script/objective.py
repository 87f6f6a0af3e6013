"""Of the script: what the model is asked, as a function from ids[sequence, context + 1] to the mean loss."""

from pipelines.training.objectives.sizes import sentinels_needed
from pipelines.training.specs import PretrainSpec

_NEXT = '''\

def loss_of(ids):
    """Mean nats a token: each one given all before it."""
    logits = model(input_ids=ids[:, :-1], use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten())

'''
_MASKED = '''\
collator = DataCollatorForLanguageModeling(tokenizer, mlm=True, mlm_probability={share})


def loss_of(ids):
    """Mean nats a masked token. The collator draws token by token; the app masks as many in each window."""
    masked = collator([{{"input_ids": row[:-1]}} for row in ids.cpu()])
    return model(input_ids=masked["input_ids"].to(device), labels=masked["labels"].to(device)).loss

'''
_SPANS = '''\
vocabulary = tokenizer.get_vocab()
names = [form.format(n) for n in range({sentinels}) for form in ("<|extra_{{}}|>", "<extra_id_{{}}>")]
sentinels = [vocabulary[name] for name in names if name in vocabulary]


def parts(total, count):
    """``count`` whole numbers of at least 1 that add up to ``total``."""
    cuts = sorted(random.sample(range(1, total), count - 1))
    return [end - begin for begin, end in zip([0, *cuts], [*cuts, total])]


def spoilt(row):
    """(what the encoder reads, what the decoder says): spans are cut out, each replaced by a sentinel."""
    hidden = min(max(round(len(row) * {share}), 1), len(row))
    spans = max(1, min(round(hidden / {mean_span}), hidden, len(row) - hidden + 1))
    gone, stays = parts(hidden, spans), parts(len(row) - hidden + 2, spans + 1)
    stays[0] -= 1  # before the first span and after the last there may be nothing
    inputs, targets, at = [], [], 0
    for n in range(spans):
        inputs += [*row[at : at + stays[n]], sentinels[n]]
        at += stays[n]
        targets += [sentinels[n], *row[at : at + gone[n]]]
        at += gone[n]
    return inputs + row[at:], [*targets, sentinels[spans], tokenizer.eos_token_id]


def loss_of(ids):
    """Mean nats a token of the hidden spans."""
    inputs, targets = zip(*(spoilt(row) for row in ids[:, :-1].tolist()))
    return model(
        input_ids=torch.tensor(inputs, device=device), labels=torch.tensor(targets, device=device)
    ).loss

'''


def loss_code(spec: PretrainSpec) -> str:
    if spec.architecture == "bert":
        return _MASKED.format(share=spec.mask_share)
    if spec.architecture == "t5":
        return _SPANS.format(
            sentinels=sentinels_needed(spec), share=spec.mask_share, mean_span=spec.mean_span
        )
    return _NEXT
