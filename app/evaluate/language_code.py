"""The same measurement in plain transformers: code a visitor can take away. Only text is made here."""

from pipelines.evaluation.language.result import LanguageResult

_CODE = """\
import math

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

source = {source!r}  # a folder or a Hub name
text = {text!r}{what}
context, stride = {context}, {stride}  # tokens: read at most, predicted in each window after the first

tokenizer = AutoTokenizer.from_pretrained(source)
model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32, use_safetensors=True).eval()
ids = tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids[0]
{start}
nats, done = 0.0, 1  # nothing predicts the first of the ids
while done < len(ids):
    end = min(done + (context if done == 1 else stride), len(ids))
    window = ids[max(0, end - context - 1) : end]
    with torch.inference_mode():
        log_probs = model(window[None, :-1]).logits[0].float().log_softmax(-1)
    nats -= log_probs.gather(1, window[1:, None])[done - end :].sum().item()
    done = end

count = len(ids) - 1
print(f"{{count:,}} tokens, loss {{nats / count:.4f}}, perplexity {{math.exp(nats / count):.4f}}")
print(f"bits per byte {{nats / math.log(2) / {size}:.4f}}")
"""
_START = """\
start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
ids = torch.cat([torch.tensor([start]), ids])"""


def language_code(source: str, one: LanguageResult, text: str, what: str = "") -> str:
    """A script that prints the result's figures for this text. Without a start token the bytes of the first
    token are not counted. ``what`` says what the text is, where it is not all that was measured."""
    start = _START if one.started else "first = tokenizer.decode(ids[:1])"
    size = "len(text.encode())" if one.started else "(len(text.encode()) - len(first.encode()))"
    facts = {"source": source, "text": text, "context": one.context, "stride": one.stride}
    return _CODE.format(**facts, start=start, size=size, what=f"  # {what}" if what else "")
