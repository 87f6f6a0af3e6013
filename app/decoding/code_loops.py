"""Strategies that ``generate`` does not know, as short plain loops. Only text is made here.

Each makes whole forwards without a cache: slow, and easy to read.
"""

from app.decoding.code_processors import processor_calls
from pipelines.generation.strategy import Strategy

_LOOP = """\
ids = inputs["input_ids"]
ends = model.generation_config.eos_token_id
ends = ends if isinstance(ends, list) else [ends]
{before}
with torch.inference_mode():
    for _ in range({count}):
{step}
        ids = torch.cat([ids, token[:, None]], 1)
        if token.item() in ends:
            break
print(tokenizer.decode(ids[0, prompt:], skip_special_tokens=True))
"""
_SEARCH_BEFORE = "alpha, count = {penalty_alpha}, {num_candidates}  # Su et al., 2022"
_SEARCH = """\
        likely = model(ids).logits[0, -1].float().softmax(-1).topk(count)
        tried = torch.cat([ids.expand(count, -1), likely.indices[:, None]], 1)
        states = model(tried, output_hidden_states=True).hidden_states[-1].float()
        states = torch.nn.functional.normalize(states, dim=-1)
        alike = (states[:, :-1] @ states[:, -1:].mT).amax((1, 2))  # to the likest token before
        token = likely.indices[((1 - alpha) * likely.values - alpha * alike).argmax()][None]"""
_DOLA_BEFORE = """\
head, depth = model.get_output_embeddings(), model.config.num_hidden_layers
{layers}


def divergence(one, other):  # Jensen-Shannon's
    middle = torch.logaddexp(one, other) - math.log(2)
    return sum((each.exp() * (each - middle)).sum() for each in (one, other)) / 2

"""
_DOLA_LAYERS = {
    "high": "layers = range(max(depth // 2, depth - 20), depth, 2)",
    "low": "first = min(2, depth - 1) if head.weight is model.get_input_embeddings().weight else 0\n"
    "layers = list(range(first, min(depth // 2, 20), 2)) or [first]",
}
_DOLA = """\
        out = model(ids, output_hidden_states=True)  # Chuang et al., 2024
        last = out.logits[:, -1].float().log_softmax(-1)
        earlier = [head(out.hidden_states[layer][:, -1]).float().log_softmax(-1) for layer in layers]
        scores = last - max(earlier, key=lambda one: divergence(last, one).item())
        scores[last < {least}] = float("-inf")"""
_CONTRASTIVE = """\
        expert = model(ids).logits[:, -1].float().log_softmax(-1)  # Li et al., 2023
        other = (amateur(ids).logits[:, -1].float() / {amateur_temperature}).log_softmax(-1)
        scores = expert - other
        scores[expert < {least}] = float("-inf")"""


def loop_lines(one: Strategy, count: int) -> str:
    """The loop of this strategy with its settings; empty where ``generate`` knows it."""
    method = one.kind.method
    if method == "contrastive_search":
        return _LOOP.format(before=_SEARCH_BEFORE.format(**one.effective()), count=count, step=_SEARCH)
    if method not in ("dola", "contrastive_decoding"):
        return ""
    before, step = "", _CONTRASTIVE
    if method == "dola":
        before, step = _DOLA_BEFORE.format(layers=_DOLA_LAYERS[one.dola_layers]), _DOLA
    step = step.replace("{least}", _least("last" if method == "dola" else "expert", one))
    step = step.replace("{amateur_temperature}", str(one.amateur_temperature))
    calls = processor_calls(one)
    if calls:
        before += f"shape = LogitsProcessorList([{', '.join(calls)}])\n"
        step += "\n        scores = shape(ids, scores)"
    picked = "torch.multinomial(scores.softmax(-1), 1)[0]" if one.draws else "scores.argmax(-1)"
    return _LOOP.format(before=before.rstrip("\n"), count=count, step=f"{step}\n        token = {picked}")


def _least(name: str, one: Strategy) -> str:
    """The log-probability below which a token is not plausible."""
    return f"{name}.max() + math.log({one.plausibility})" if one.plausibility else 'float("-inf")'
