"""The same lens in plain transformers: code a visitor can take away. Only text is made here."""

from app.attention.script import AUTO, reading
from pipelines.attention.requests import Subject

_TEMPLATE = """\
import torch
from transformers import {auto}, AutoTokenizer

source = {source!r}  # a folder or a Hub name
text = {text!r}
position, top_k = {position}, {top_k}

tokenizer = AutoTokenizer.from_pretrained(source)
model = {auto}.from_pretrained(source, use_safetensors=True).eval()


def last_norm(stack):
    \"\"\"What stands between the last layer and the head; families name it differently, some have none.\"\"\"
    names = ("norm", "ln_f", "final_layer_norm", "norm_f", "final_norm", "layer_norm")
    found = [getattr(stack, name, None) for name in names]
    return next((one for one in found if isinstance(one, torch.nn.Module)), torch.nn.Identity())


{head}

inputs = tokenizer(text, return_tensors="pt")
with torch.inference_mode():
{run}
    states = output.{states}
    norm = last_norm({stack})
    # The library has put the last norm on the last of these already.
    found = [head(norm(hidden[0, position])) for hidden in states[:-1]] + [head(states[-1][0, position])]

print("read:", repr(tokenizer.decode(ids[0, position])))
final = found[-1].float().log_softmax(-1)
for layer, logits in enumerate(found):
    logs = logits.float().log_softmax(-1)
    best = logs.topk(top_k)
    said = [(tokenizer.decode(i), round(log.exp().item(), 4)) for i, log in zip(best.indices, best.values)]
    rank = int((logits > logits[final.argmax()]).sum()) + 1
    kl = (final.exp() * (final - logs)).sum()
    name = f"layer {{layer - 1}}" if layer else "embedding"
    print(f"{{name}}: {{said}}, rank of the final token {{rank}}, KL to the end {{kl:.3f}} nats")
"""
_HEADS = {
    "causal-lm": """\
def head(hidden):
    logits = model.get_output_embeddings()(hidden)
    cap = getattr(model.config, "final_logit_softcapping", None)
    return torch.tanh(logits / cap) * cap if cap else logits""",
    "masked-lm": """\
def head(hidden):
    if hasattr(model, "cls"):  # BERT and its like
        return model.cls(hidden)
    if hasattr(model, "vocab_transform"):  # DistilBERT
        hidden = model.vocab_layer_norm(model.activation(model.vocab_transform(hidden)))
        return model.vocab_projector(hidden)
    if hasattr(model, "predictions"):  # ALBERT
        return model.predictions(hidden)
    if hasattr(model, "lm_head"):  # RoBERTa
        return model.lm_head(hidden)
    return model.decoder(model.head(hidden))  # ModernBERT""",
    "seq2seq-lm": """\
def head(hidden):
    if getattr(model.config, "scale_decoder_outputs", False):  # T5 with one table for words in and out
        hidden = hidden * model.model_dim**-0.5
    logits = model.get_output_embeddings()(hidden)
    bias = getattr(model, "final_logits_bias", None)  # BART
    return logits if bias is None else logits + bias[0]""",
}
_STATES = {"seq2seq-lm": "decoder_hidden_states"}
_STACKS = {
    "masked-lm": "model.base_model",
    "seq2seq-lm": "model.get_decoder()",
    "causal-lm": "model.get_decoder()",
}


def lens_code(source: str, kind: str, subject: Subject, position: int, top_k: int) -> str:
    """A script that prints what is read after every layer at one position."""
    return _TEMPLATE.format(
        auto=AUTO[kind],
        source=source,
        text=subject.text,
        position=position,
        top_k=top_k,
        head=_HEADS[kind],
        run=reading(kind, subject, "output_hidden_states"),
        states=_STATES.get(kind, "hidden_states"),
        stack=_STACKS[kind],
    )
