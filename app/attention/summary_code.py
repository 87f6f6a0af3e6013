"""The same measures in plain transformers: code a visitor can take away. Only text is made here."""

from app.attention.script import AUTO, reading
from pipelines.attention.requests import Subject

_HEAD = """\
import torch
from transformers import {auto}, AutoTokenizer

source = {source!r}  # a folder or a Hub name
text = {text!r}

tokenizer = AutoTokenizer.from_pretrained(source)
# Only the slow attention hands its weights out.
model = {auto}.from_pretrained(source, attn_implementation="eager", use_safetensors=True).eval()
inputs = tokenizer(text, return_tensors="pt")
with torch.inference_mode():
{run}
parts = {parts}


def measures(weights, ids):
    \"\"\"[heads, query, key] → one number a head for each measure, means over the queries that count.\"\"\"
    count = len(ids)
    query, key = torch.arange(count)[:, None], torch.arange(count)[None]
    same = ids[:, None] == ids[None]
    after = torch.nn.functional.pad(same[:, :-1], (1, 0))  # the token before this key is the query's
    later = query > 0
    places = {{
        "first": ((key == 0) & later, later),
        "itself": ((key == query) & later, later),
        "previous": (key == query - 1, later),
        "duplicate": (same & (key < query), (same & (key < query)).any(-1, keepdim=True)),
        "induction": (after & (key <= query), (after & (key <= query)).any(-1, keepdim=True)),
    }}
    found = {{
        "entropy": torch.special.entr(weights).sum(-1).mean(-1),
        "distance": (weights * (query - key).abs()).sum(-1).mean(-1),
    }}
    for name, (place, counts) in places.items():
        found[name] = (weights * place).sum((1, 2)) / counts.sum()  # nan where no query counts
    return found


for name, layers, read in parts:
    for layer, weights in enumerate(layers):
        found = measures(weights[0], read)
        for head in range(weights.shape[1]):
            numbers = "  ".join(f"{{measure}} {{values[head]:.3f}}" for measure, values in found.items())
            print(f"{{name}} layer {{layer}} head {{head}}:  {{numbers}}")
"""
_LOSS = """\

# How well the model expected each token.
log_probs = output.logits[0, :-1].float().log_softmax(-1)
for token, row in zip(ids[0, 1:], log_probs):
    rank = int((row > row[token]).sum()) + 1
    print(f"{tokenizer.decode(token)!r}: loss {-row[token]:.3f} nats, rank {rank}")
"""

_ALONE = '[("self", output.attentions, ids[0])]'
_BOTH = """[
    ("encoder", output.encoder_attentions, inputs.input_ids[0]),
    ("decoder", output.decoder_attentions, ids[0]),
]"""


def summary_code(source: str, kind: str, subject: Subject) -> str:
    """A script that prints the measures of every head, and the loss of every token where there is one."""
    run = reading(kind, subject, "output_attentions")
    parts = _BOTH if kind == "seq2seq-lm" else _ALONE
    code = _HEAD.format(auto=AUTO[kind], source=source, text=subject.text, run=run, parts=parts)
    return code + _LOSS if kind in ("causal-lm", "seq2seq-lm") else code
