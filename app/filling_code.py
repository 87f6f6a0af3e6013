"""The same filling in plain transformers: code a visitor can take away. Only text is made here."""

from pipelines.models.marks import MASK, MASKS, sentinel

_MASKED = """\
from transformers import AutoModelForMaskedLM, AutoTokenizer, pipeline

source = {source!r}  # a folder or a Hub name
tokenizer = AutoTokenizer.from_pretrained(source)
model = AutoModelForMaskedLM.from_pretrained(source, use_safetensors=True).eval()
fill = pipeline("fill-mask", model=model, tokenizer=tokenizer, top_k={top_k})
text = {text!r}.replace("<|mask|>", fill.tokenizer.mask_token)
found = fill(text)
for guesses in found if text.count(fill.tokenizer.mask_token) > 1 else [found]:
    print([(guess["token_str"], round(guess["score"], 4)) for guess in guesses])
"""
_SPANS = """\
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

source = {source!r}  # a folder or a Hub name
tokenizer = AutoTokenizer.from_pretrained(source)
model = AutoModelForSeq2SeqLM.from_pretrained(source, use_safetensors=True).eval()

# Each sentinel stands for a gap; the answer gives each again, followed by what was in it.
inputs = tokenizer({text!r}, return_tensors="pt", return_token_type_ids=False)
output = model.generate(**inputs, num_beams={beams}, num_return_sequences={beams}, max_new_tokens=64)
for row in output:
    print(tokenizer.decode(row))
"""


def filling_code(source: str, kind: str, text: str, top_k: int) -> str:
    """A script for the same text: the same probabilities for a masked model; a span model searches all gaps
    at once instead of one after the other."""
    if kind == "masked-lm":
        return _MASKED.format(source=source, text=MASKS.sub(MASK, text), top_k=top_k)
    numbers = iter(range(len(MASKS.findall(text))))
    marked = MASKS.sub(lambda _: sentinel(next(numbers)), text)
    return _SPANS.format(source=source, text=marked, beams=min(max(top_k, 2), 10))
