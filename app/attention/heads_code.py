"""The same weights in plain transformers: code a visitor can take away. Only text is made here."""

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
_AUTO = {
    "causal-lm": "AutoModelForCausalLM",
    "masked-lm": "AutoModelForMaskedLM",
    "seq2seq-lm": "AutoModelForSeq2SeqLM",
    "encoder": "AutoModel",
}
_FIELDS = {
    "self": "attentions",
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}
_ALONE = "    output = model(**inputs, output_attentions=True)"
_CONTINUED = """\
    ids = model.generate(**inputs, max_new_tokens={count}, do_sample=False)
    output = model(ids, output_attentions=True)"""
_TARGET = """\
    target = tokenizer({target!r}, return_tensors="pt").input_ids
    start = torch.tensor([[model.config.decoder_start_token_id]])
    target = torch.cat([start, target], 1)
    output = model(**inputs, decoder_input_ids=target, output_attentions=True)"""
_WRITTEN = """\
    target = model.generate(**inputs, max_new_tokens={count}, do_sample=False, num_beams=1)
    output = model(**inputs, decoder_input_ids=target, output_attentions=True)"""
_WRITES = 20  # tokens of a decoder where nothing is said


def heads_code(source: str, kind: str, subject: Subject, part: str) -> str:
    """A script that prints the heaviest keys of a head; ``layer, head = 0, 0`` is for the visitor to set."""
    names = {"self": ("ids", "ids"), "encoder": ("inputs.input_ids",) * 2, "decoder": ("target",) * 2}
    read, seen = names.get(part, ("target", "inputs.input_ids"))
    if part == "self" and not subject.new_tokens:
        read = seen = "inputs.input_ids"
    return _TEMPLATE.format(
        auto=_AUTO[kind],
        source=source,
        text=subject.text,
        run=_run(kind, subject),
        field=_FIELDS[part],
        tokens=f"queries, keys = ([tokenizer.decode(one) for one in ids[0]] for ids in ({read}, {seen}))",
    )


def _run(kind: str, subject: Subject) -> str:
    if kind != "seq2seq-lm":
        return _CONTINUED.format(count=subject.new_tokens) if subject.new_tokens else _ALONE
    if subject.target and not subject.new_tokens:
        return _TARGET.format(target=subject.target)
    return _WRITTEN.format(count=subject.new_tokens or _WRITES)
