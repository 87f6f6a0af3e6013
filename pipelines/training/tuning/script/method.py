"""Of the script: what the method trains of the loaded model."""

from pipelines.core.errors import GlassworksError
from pipelines.training.tuning.names import (
    ALL_LINEAR,
    KEYS_AND_VALUES,
    SECOND_OF_MLP,
    STATE_SPACE,
    TRANSPOSED,
)
from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.script.words import called, listed, literal
from pipelines.training.tuning.specs import TuneSpec

_TASK_TYPES = {
    "instruct": "CAUSAL_LM",
    "continue": "CAUSAL_LM",
    "classify": "SEQ_CLS",
    "tag": "TOKEN_CLS",
    "answer": "QUESTION_ANS",
    "reward": "SEQ_CLS",
    **dict.fromkeys(("dpo", "kto", "orpo", "grpo", "rloo"), "CAUSAL_LM"),
}
_LINEAR = """\
linear = [  # the linear layers of the backbone: not the head, not the output matrix
    name
    for name, layer in model.base_model.named_modules(prefix=model.base_model_prefix)
    if isinstance(layer, {kind}){but}
]
"""
_BUT = '\n    and not name.endswith((".out_proj", ".dt_proj"))  # kernels read these themselves'
_ENDS = 'targets = [name for name in linear if name.endswith(tuple(f".{end}" for end in ENDS))]\n'
_HEAD = """\
head = [  # what the task trains by any method: the modules beside the backbone
    name
    for name, module in model.named_children()
    if name != model.base_model_prefix and any(True for _ in module.parameters())
]
"""
_TIED_HEAD = '''\
def beside(name, module):
    """The largest modules of a head that leave out the output matrix, which is tied to the embedding."""
    if any(inner is model.get_output_embeddings() for inner in module.modules()):
        inside = module.named_children()
        return [found for child, inner in inside for found in beside(f"{name}.{child}", inner)]
    return [name] if any(True for _ in module.parameters()) else []


head = [  # what the task trains by any method: the modules beside the backbone
    found
    for name, module in model.named_children()
    if name != model.base_model_prefix
    for found in beside(name, module)
]
'''
_TOKENS = """\
vocabulary, embedding = tokenizer.get_vocab(), model.get_input_embeddings()
learnt_rows = {
    next(name for name, module in model.named_modules() if module is embedding): sorted(
        {vocabulary[token] for token in TOKENS}
    )
}
"""
_TOLD_BIAS = """\
output = model.get_output_embeddings()
if hasattr(output, "original_module"):  # TRL asks for its bias, which PEFT's wrapper does not pass on
    object.__setattr__(output, "bias", output.original_module.bias)
"""
_PROMPT = """\
config = PromptTuningConfig(
    task_type="CAUSAL_LM",
    num_virtual_tokens={tokens},
    token_dim=model.get_input_embeddings().embedding_dim,
    prompt_tuning_init="SAMPLE_VOCAB",  # they begin as tokens that the base has met before
)
"""
_PREFIX = '''\
embedding, backbone = model.get_input_embeddings(), model.base_model


@torch.no_grad()
def left_by(ids):
    """What tokens leave in the cache: for each layer keys and values [1, heads, tokens, width]."""
    cache = DynamicCache()
    backbone(inputs_embeds=embedding(ids.to(model.device))[None], past_key_values=cache)
    return [(layer.keys.float(), layer.values.float()) for layer in cache.layers]


probe = left_by(torch.zeros(1, dtype=torch.long))
_, heads, _, width = probe[0][0].shape
config = PrefixTuningConfig(
    task_type="CAUSAL_LM",
    num_virtual_tokens={tokens},
    num_layers=len(probe),
    num_attention_heads=heads,
    token_dim=heads * width,
)
'''
_BEGUN = """\
# The prefix begins as what tokens drawn from the vocabulary would leave: noise would disturb the base.
begin = left_by(torch.randint(0, embedding.num_embeddings, ({tokens},)))
prefix = prompt_embeddings_from_past_key_values(begin, num_virtual_tokens={tokens})
model.prompt_encoder[model.active_adapter].load_prompt_embeddings(prefix)
"""
_IA3 = """\
outputs = [name for name in linear if re.search(KEYS_AND_VALUES, name)]
inputs = [name for name in linear if re.search(SECOND_OF_MLP, name)]
"""
_PATTERNS = """\
KEYS_AND_VALUES = {outputs}  # scaled at what they put out
SECOND_OF_MLP = {inputs}  # scaled at what it takes in
"""
_BITFIT = """\
for name, parameter in model.named_parameters():
    is_bias = name.endswith((".bias", "_bias"))
    parameter.requires_grad_(is_bias{head})
"""
_NORMS = """\
norms = [name for name, module in model.named_modules() if "Norm" in type(module).__name__]
for name, parameter in model.named_parameters():
    is_norm = name.rpartition(".")[0] in norms
    parameter.requires_grad_(is_norm{head})
"""
_IN_HEAD = ' or name.startswith(tuple(f"{part}." for part in head))'
_ON = 'model.load_adapter({start}, "default", is_trainable=True)  # trained on from there: {words}\n'
_SAID = "model.print_trainable_parameters()"
_SEEDED = "torch.manual_seed(SEED)  # what is added begins at random\n"


def method(spec: TuneSpec, facts: Facts) -> Part:
    """Raises :class:`GlassworksError` for a method that no script is written for."""
    if spec.method not in _METHODS:
        raise GlassworksError(
            f"The method {spec.method!r} has no script of its own yet; {', '.join(_METHODS)} have one."
        )
    return _METHODS[spec.method](spec, facts)


def _lora(spec: TuneSpec, facts: Facts) -> Part:
    conv, encoder = facts.model_type in TRANSPOSED, not spec.what.causal
    task = _TASK_TYPES.get(spec.task)
    ends = ALL_LINEAR not in spec.target_modules
    given = {
        **({"task_type": literal(task)} if task else {}),
        "r": str(spec.lora_r),
        "lora_alpha": repr(spec.lora_alpha),
        **({"lora_dropout": repr(spec.lora_dropout)} if spec.lora_dropout else {}),
        "target_modules": "targets" if ends else "linear",
        **({"modules_to_save": "head"} if encoder else {}),
        **({"use_rslora": "True  # scaled by alpha / √rank"} if spec.use_rslora else {}),
        **({"use_dora": "True  # direction and length apart"} if spec.use_dora else {}),
        **({"fan_in_fan_out": "True  # this family keeps its matrices transposed"} if conv else {}),
        **({"trainable_token_indices": "learnt_rows"} if spec.trainable_tokens else {}),
    }
    code = [
        _linear(facts),
        _ends(spec) if ends else "",
        _head(spec),
        f"TOKENS = {listed(spec.trainable_tokens)}  # whose vectors are learnt too\n{_TOKENS}"
        if spec.trainable_tokens
        else "",
        _SEEDED,
        f"config = {called('LoraConfig', given)}\nmodel = get_peft_model(model, config)\n",
        _TOLD_BIAS if spec.trainable_tokens and not encoder else "",
        _ON.format(start=literal(facts.start.default), words=facts.start.words) if facts.start else "",
        _SAID,
    ]
    return part("".join(code), f"torch, peft:LoraConfig, peft:get_peft_model{_conv(conv)}", "peft")


def _ia3(spec: TuneSpec, facts: Facts) -> Part:
    encoder, task = not spec.what.causal, _TASK_TYPES.get(spec.task)
    given = {
        **({"task_type": literal(task)} if task else {}),
        "target_modules": "outputs + inputs",
        "feedforward_modules": "inputs",
        **({"modules_to_save": "head"} if encoder else {}),
    }
    code = [
        _PATTERNS.format(outputs=_pattern(KEYS_AND_VALUES.pattern), inputs=_pattern(SECOND_OF_MLP.pattern)),
        _linear(facts),
        _IA3,
        _head(spec),
        _SEEDED,
        f"config = {called('IA3Config', given)}\nmodel = get_peft_model(model, config)\n",
        _SAID,
    ]
    conv = _conv(facts.model_type in TRANSPOSED)
    return part("".join(code), f"re, torch, peft:IA3Config, peft:get_peft_model{conv}", "peft")


def _bottleneck(spec: TuneSpec, facts: Facts) -> Part:
    encoder, task = not spec.what.causal, _TASK_TYPES.get(spec.task)
    ends = ALL_LINEAR not in spec.target_modules
    given = {
        **({"task_type": literal(task)} if task else {}),
        "r": str(spec.bottleneck_width),
        "depth": str(spec.bottleneck_depth),
        "act_fn": literal(spec.bottleneck_activation),
        "target_modules": "targets" if ends else "linear",
        **({"modules_to_save": "head"} if encoder else {}),
    }
    code = [
        _linear(facts),
        _ends(spec) if ends else "",
        _head(spec),
        _SEEDED,
        f"config = {called('PeanutConfig', given)}\nmodel = get_peft_model(model, config)\n",
        _SAID,
    ]
    conv = _conv(facts.model_type in TRANSPOSED)
    return part("".join(code), f"torch, peft:PeanutConfig, peft:get_peft_model{conv}", "peft")


def _prompt(spec: TuneSpec, facts: Facts) -> Part:
    code = _PROMPT.format(tokens=spec.num_virtual_tokens) + _SEEDED
    return part(
        f"{code}model = get_peft_model(model, config)\n{_SAID}",
        "torch, peft:PromptTuningConfig, peft:get_peft_model",
        "peft",
    )


def _prefix(spec: TuneSpec, facts: Facts) -> Part:
    tokens = spec.num_virtual_tokens
    code = _PREFIX.format(tokens=tokens) + _SEEDED + "model = get_peft_model(model, config)\n"
    imports = (
        "torch, transformers:DynamicCache, peft:PrefixTuningConfig, peft:get_peft_model, "
        "peft:prompt_embeddings_from_past_key_values"
    )
    return part(code + _BEGUN.format(tokens=tokens) + _SAID, imports, "peft")


def _full(spec: TuneSpec, facts: Facts) -> Part:
    return part("")


def _bitfit(spec: TuneSpec, facts: Facts) -> Part:
    return _inside(spec, _BITFIT)


def _layernorm(spec: TuneSpec, facts: Facts) -> Part:
    return _inside(spec, _NORMS)


def _inside(spec: TuneSpec, code: str) -> Part:
    head = _head(spec)
    return part(head + code.replace("{head}", _IN_HEAD if head else ""))


def _ends(spec: TuneSpec) -> str:
    return f"ENDS = {listed(spec.target_modules)}\n{_ENDS}"


def _linear(facts: Facts) -> str:
    kind = "(torch.nn.Linear, Conv1D)" if facts.model_type in TRANSPOSED else "torch.nn.Linear"
    return _LINEAR.format(kind=kind, but=_BUT if facts.model_type in STATE_SPACE else "")


def _pattern(source: str) -> str:
    """A regular expression, in pieces that each fit a line."""
    pieces, line = [], ""
    for choice in source.replace("|", "|\0").split("\0"):
        if line and len(line) + len(choice) > 90:
            pieces, line = [*pieces, line], ""
        line += choice
    return "(\n" + "".join(f'    r"{piece}"\n' for piece in [*pieces, line]) + ")"


def _conv(conv: bool) -> str:
    return ", transformers.pytorch_utils:Conv1D" if conv else ""


def _head(spec: TuneSpec) -> str:
    """Empty for a causal model, whose head stays as it is."""
    if spec.what.causal:
        return ""
    return f"\n\n{_TIED_HEAD}" if spec.task == "fill" else _HEAD


_METHODS = {
    "lora": _lora,
    "qlora": _lora,
    "full": _full,
    "ia3": _ia3,
    "bottleneck": _bottleneck,
    "prompt": _prompt,
    "prefix": _prefix,
    "bitfit": _bitfit,
    "layernorm": _layernorm,
}
