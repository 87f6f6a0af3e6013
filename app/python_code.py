"""The same continuation in plain transformers: code a visitor can take away. Only text is made here."""

from html import escape

from pipelines.generation.specs import DecodingSpec

_TEMPLATE = """\
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

source = {source!r}  # a folder or a Hub name
tokenizer = AutoTokenizer.from_pretrained(source)
model = AutoModelForCausalLM.from_pretrained(source, use_safetensors=True).eval()

torch.manual_seed({seed})
inputs = tokenizer({prompt!r}, return_tensors="pt")
with torch.inference_mode():
    output = model.generate(
        **inputs,
        max_new_tokens={max_new_tokens},
{sampling}
        repetition_penalty={repetition_penalty},
    )
new = output[0, inputs["input_ids"].shape[1] :]
print(tokenizer.decode(new, skip_special_tokens=True))
"""


def transformers_code(source: str, prompt: str, spec: DecodingSpec) -> str:
    """A script with the same settings. Greedy decoding gives the same tokens; sampling draws its own."""
    return _TEMPLATE.format(
        source=source,
        prompt=prompt,
        seed=spec.seed,
        max_new_tokens=spec.max_new_tokens,
        repetition_penalty=spec.repetition_penalty,
        sampling=_sampling(spec),
    )


def _sampling(spec: DecodingSpec) -> str:
    """``top_k=0`` and ``top_p=1.0`` switch the filters off that transformers would set by itself."""
    if spec.temperature == 0:
        return "        do_sample=False,"
    values = {"do_sample": True, "temperature": spec.temperature, "top_k": spec.top_k, "top_p": spec.top_p}
    return "\n".join(f"        {name}={value!r}," for name, value in values.items())


def code_html(code: str) -> str:
    """The code with its copy button; a hint while there is none."""
    if not code:
        return (
            '<p class="gw-hint">Generate once: the same settings then stand here in plain transformers.</p>'
        )
    return (
        '<div class="gw-code"><button type="button" class="gw-copy" data-copy="code">Copy</button>'
        f'<pre tabindex="0"><code>{escape(code)}</code></pre></div>'
    )
