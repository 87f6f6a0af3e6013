"""Heads and sub-layers switched off in plain transformers: code a visitor can take away. Only text is made
here.
"""

from collections.abc import Sequence

from pipelines.attention.interventions import Intervention
from pipelines.attention.requests import Subject

_TEMPLATE = """\
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.pytorch_utils import Conv1D

source = {source!r}  # a folder or a Hub name
heads_off = {heads!r}  # (layer, head), from 0
attention_off = {attention!r}  # layers
mlp_off = {mlp!r}  # layers

tokenizer = AutoTokenizer.from_pretrained(source)
model = AutoModelForCausalLM.from_pretrained(source, use_safetensors=True).eval()
inputs = tokenizer({text!r}, return_tensors="pt"){written}


def linears(module):
    return [one for one in module.modules() if isinstance(one, (torch.nn.Linear, Conv1D))]


def writers(layer):
    \"\"\"The maps through which attention and the feed-forward part write to the residual stream.\"\"\"
    attends = next(m for n, m in layer.named_modules() if ("attn" in n or "attention" in n) and linears(m))
    inside = linears(attends)
    return inside[-1], [one for one in linears(layer) if one not in inside][-1]


def without_heads(heads):
    def before(module, given):
        width = given[0].shape[-1] // model.config.num_attention_heads
        left = given[0].clone()
        for head in heads:
            left[..., head * width : (head + 1) * width] = 0
        return (left, *given[1:])

    return before


def silent(module, given, written):
    return torch.zeros_like(written)


def log_probs():
    with torch.inference_mode():
        return model(**inputs).logits[0].float().log_softmax(-1)


depth = model.config.num_hidden_layers
layers = next(m for m in model.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == depth)
one = log_probs()
hooks = []
for number, layer in enumerate(layers):
    attention, mlp = writers(layer)
    if heads := [head for at, head in heads_off if at == number]:
        hooks.append(attention.register_forward_pre_hook(without_heads(heads)))
    if number in attention_off:
        hooks.append(attention.register_forward_hook(silent))
    if number in mlp_off:
        hooks.append(mlp.register_forward_hook(silent))
other = log_probs()
for hook in hooks:
    hook.remove()

ids = inputs["input_ids"][0]
for name, found in (("before", one), ("after", other)):
    best = found[-1].topk(10)
    print(name, [(tokenizer.decode(i), round(p.exp().item(), 4)) for i, p in zip(best.indices, best.values)])
    if len(ids) > 1:
        print("loss", -found[:-1].gather(1, ids[1:, None]).mean().item(), "nats a token")
print("KL", (one[-1].exp() * (one[-1] - other[-1])).sum().item(), "nats")
"""
_WRITTEN = """
inputs = {{"input_ids": model.generate(**inputs, max_new_tokens={count}, do_sample=False)}}"""


def intervene_code(source: str, kind: str, subject: Subject, changes: Sequence[Intervention]) -> str:
    """A script with the same heads and sub-layers off; empty where it would take more than a few hooks: for
    models of another kind than causal-lm, and for changes of who sees whom."""
    if kind != "causal-lm" or any(change.kind not in ("head", "attention", "mlp") for change in changes):
        return ""
    return _TEMPLATE.format(
        source=source,
        text=subject.text,
        written=_WRITTEN.format(count=subject.new_tokens) if subject.new_tokens else "",
        heads=[(one.layer, one.head) for one in changes if one.kind == "head"],
        attention=[one.layer for one in changes if one.kind == "attention"],
        mlp=[one.layer for one in changes if one.kind == "mlp"],
    )
