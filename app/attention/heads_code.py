"""The same weights in plain transformers: code a visitor can take away. Only text is made here."""

from app.attention.script import AUTO, reading
from pipelines.attention.requests import Subject

_TEMPLATE = """\
import torch
from transformers import {auto}, AutoTokenizer

source = {source!r}  # a folder or a Hub name
layer, head = 0, 0
text = {text!r}

tokenizer = AutoTokenizer.from_pretrained(source)
# Only the slow attention hands its weights out.
model = {auto}.from_pretrained(source, attn_implementation="eager", use_safetensors=True).eval()
inputs = tokenizer(text, return_tensors="pt")
with torch.inference_mode():
{run}
weights = output.{field}[layer][0, head]  # [query, key], each row a softmax
{tokens}
print(weights.shape)
for query, row in enumerate(weights):
    heaviest = row.topk(min(3, len(row)))
    found = [(keys[key], round(weight, 3)) for weight, key in zip(*map(torch.Tensor.tolist, heaviest))]
    print(query, repr(queries[query]), found)
"""
_FIELDS = {
    "self": "attentions",
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}
_IDS = {  # of the queries and of the keys
    "self": ("ids", "ids"),
    "encoder": ("inputs.input_ids", "inputs.input_ids"),
    "decoder": ("ids", "ids"),
    "cross": ("ids", "inputs.input_ids"),
}


def heads_code(source: str, kind: str, subject: Subject, part: str) -> str:
    """A script that prints the heaviest keys of a head; ``layer, head = 0, 0`` is for the visitor to set."""
    read, seen = _IDS[part]
    return _TEMPLATE.format(
        auto=AUTO[kind],
        source=source,
        text=subject.text,
        run=reading(kind, subject, "output_attentions"),
        field=_FIELDS[part],
        tokens=f"queries, keys = ([tokenizer.decode(one) for one in ids[0]] for ids in ({read}, {seen}))",
    )
