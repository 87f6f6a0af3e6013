"""A column of a comparison as plain code for a visitor to take away. Only text is made here.

Where transformers' ``generate`` knows the strategy, every setting is said; where it does not, the code is a
short loop that makes a whole forward for each token (``app/decoding/code_loops.py``). Both give the same
distribution as the page; a draw is another one, for the page draws with noise of its own.
"""

from typing import Any

from app.decoding.code_constraint import class_of_constraint, constraint_call
from app.decoding.code_loops import loop_lines
from app.decoding.code_processors import class_of_counts, counts_call
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.strategy import Strategy

_HEAD = """\
source = {source!r}  # a folder or a Hub name
tokenizer = AutoTokenizer.from_pretrained(source)
model = AutoModelForCausalLM.from_pretrained(source, use_safetensors=True).eval()
"""
_OTHER = "{role} = AutoModelForCausalLM.from_pretrained({source!r}, use_safetensors=True).eval()\n"
_START = """
torch.manual_seed({seed})
inputs = tokenizer({prompt!r}, return_tensors="pt")
prompt = inputs["input_ids"].shape[1]
"""
_GENERATE = """\
with torch.inference_mode():
    output = model.generate(
        **inputs,
{arguments}
    )
print(tokenizer.decode(output[0, prompt:], skip_special_tokens=True))
"""
_STOPPING = {"heuristic": False, "first": True, "never": "never"}
_GROUPS = """\
        # The page's beams stood in {groups} groups, kept apart by a penalty of {penalty:g}. The library has
        # given groups up: this is beam search without them.
"""


def decoding_code(request: DecodeRequest, column: int, source: str, *others: str) -> str:
    """A script for one column; ``source`` and ``others`` are what ``from_pretrained`` takes for the model and
    for those that the strategy names."""
    one = request.strategies[column]
    roles = [role for role in ("amateur", "draft") if role in one.settings]
    models = "".join(_OTHER.format(role=role, source=name) for role, name in zip(roles, others, strict=True))
    start = _START.format(seed=request.seed, prompt=request.prompt)
    loop = loop_lines(one, request.max_new_tokens)
    body = loop or _GENERATE.format(arguments=_arguments(one, request.max_new_tokens).rstrip("\n"))
    classes = class_of_counts(one) + class_of_constraint(one)
    head = _HEAD.format(source=source) + models
    between = classes.rstrip("\n") + "\n\n\n" if classes else "\n"
    return _imports(body + classes) + between + head + start + body


def _imports(used: str) -> str:
    """Those of the names that occur."""
    names = ["AutoModelForCausalLM", "AutoTokenizer"]
    known = ("LogitsProcessor", "LogitsProcessorList")
    names += [name for name in known if f"({name})" in used or f"{name}([" in used]
    guides = [name for name in ("LLMatcher", "regex_to_lark") if name in used]
    listed = ["import math", ""] if "math." in used else []
    modules = ("llguidance.hf", "numpy", "torch", "transformers")
    listed += [f"import {one}" for one in modules if one == "torch" or f"{one}." in used]
    listed += [f"from llguidance import {', '.join(guides)}"] if guides else []
    return "\n".join([*listed, f"from transformers import {', '.join(names)}", ""])


def _arguments(one: Strategy, count: int) -> str:
    told = {"max_new_tokens": count, "do_sample": one.draws, "num_beams": 1, **_drawing(one)}
    told |= {"repetition_penalty": one.repetition_penalty, "no_repeat_ngram_size": one.no_repeat_ngram_size}
    told |= _own(one)
    lines = "".join(f"        {name}={value!r},\n" for name, value in told.items())
    if "draft" in one.settings:
        lines += "        assistant_model=draft,\n"
    if processors := [*counts_call(one), *constraint_call(one, count)]:
        lines += f"        logits_processor=LogitsProcessorList([{', '.join(processors)}]),\n"
    groups = _GROUPS.format(groups=one.num_beam_groups, penalty=one.diversity_penalty)
    return lines + (groups if one.num_beam_groups > 1 else "")


def _drawing(one: Strategy) -> dict[str, Any]:
    """What shapes the distribution; each switched off in so many words, for a model's own settings would come
    in its place."""
    if not one.draws:
        return {}
    return {
        "temperature": one.temperature,
        "top_h": one.top_h or None,
        "top_k": one.top_k,
        "top_p": one.top_p,
        "min_p": one.min_p or None,
        "typical_p": one.typical_p,
        "epsilon_cutoff": one.epsilon_cutoff,
        "eta_cutoff": one.eta_cutoff,
    }


def _own(one: Strategy) -> dict[str, Any]:
    method = one.kind.method
    if method == "beam":
        beams = {"num_beams": one.num_beams, "length_penalty": one.length_penalty}
        stops = {"early_stopping": _STOPPING[one.early_stopping]}
        return {**beams, **stops}
    if method == "prompt_lookup":
        sizes = {"prompt_lookup_num_tokens": one.num_draft_tokens}
        return {**sizes, "max_matching_ngram_size": one.max_matching_ngram_size}
    if method == "assisted":
        tokens = {"num_assistant_tokens": one.num_draft_tokens}
        return {**tokens, "num_assistant_tokens_schedule": "constant", "assistant_confidence_threshold": 0.0}
    return {}
