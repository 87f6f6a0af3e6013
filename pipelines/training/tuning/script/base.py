"""Of the script: the model as it was before, its tokenizer, and the precision that it is trained in."""

from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.script.words import called, indented, literal
from pipelines.training.tuning.specs import TuneSpec

_TOKENIZER = "tokenizer = AutoTokenizer.from_pretrained(options.base)"
_MERGED = '''\
ADAPTERS = [  # upon each other, the lowest first
{adapters}
]


def merged(base):
    """The base of this run is an adapter: merged into the weights below it, once, in a folder of its own."""
    folder = Path(options.out) / "base"
    if not folder.exists():
        model = {auto}.from_pretrained(base, dtype=torch.float32)
        for adapter in ADAPTERS:
            model = PeftModel.from_pretrained(model, adapter).merge_and_unload()
        AutoTokenizer.from_pretrained(ADAPTERS[-1]).save_pretrained(folder)
        model.save_pretrained(folder)
    return str(folder)


options.base = merged(options.base)
'''
_AUTO_BF16 = """\
# The run's "auto": autocast in bf16 where the machine computes in it. Take False to compare with another one.
BF16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
"""
_DEVICE = 'device = "cuda:0" if torch.cuda.is_available() else "cpu"\n'
# Names of modules that 4 bits do not suit: heads that are trained, and what is tied to them.
_QUANTIZED = {
    "load_in_4bit": "True",
    "bnb_4bit_quant_type": '"nf4"',
    "bnb_4bit_use_double_quant": "True",
}


def precision_of(spec: TuneSpec, facts: Facts) -> str:
    """``fp32``, ``bf16``, or ``auto`` while no machine has decided."""
    return facts.precision or spec.precision


def chained(facts: Facts, auto: str) -> Part:
    """Nothing for a base of full weights."""
    if not facts.adapters:
        return part("")
    lines = "\n".join(f"    {indented(literal(a.default)).lstrip()},  # {a.words}" for a in facts.adapters)
    return part(
        _MERGED.format(adapters=lines, auto=auto),
        f"pathlib:Path, torch, peft:PeftModel, transformers:AutoTokenizer, transformers:{auto}",
        "peft",
    )


def tokenizer() -> Part:
    return part(_TOKENIZER, "transformers:AutoTokenizer")


def precision(spec: TuneSpec, facts: Facts) -> Part:
    return part(_AUTO_BF16, "torch") if precision_of(spec, facts) == "auto" else part("")


def model(
    spec: TuneSpec, facts: Facts, auto: str, skipped: list[str], config: dict[str, str], why_seeded: str = ""
) -> Part:
    """``config`` are further arguments of ``from_pretrained``, as expressions; ``skipped`` the modules that
    stay out of 4 bits; ``why_seeded`` says what begins at random, if anything does."""
    given = {"": "options.base", "dtype": "torch.float32", **config}
    imports, packages, before = f"torch, transformers:{auto}", "", ""
    if spec.method == "qlora":
        given |= {"quantization_config": "quantized", "device_map": '{"": device}'}
        imports, packages = f"{imports}, transformers:BitsAndBytesConfig", "bitsandbytes"
        before = _DEVICE + _quantized(precision_of(spec, facts), skipped) + "\n"
    line = f"model = {auto}.from_pretrained({', '.join(_pairs(given))})"
    loaded = line if len(line) <= 110 else f"model = {called(f'{auto}.from_pretrained', given)}"
    kept = _UNPACKED if spec.method == "qlora" else ""
    seeded = f"torch.manual_seed(SEED)  # {why_seeded}\n" if why_seeded else ""
    return part(f"{before}{seeded}{loaded}\n{kept}", imports + _needs(spec), packages)


_UNPACKED = """\
for layer in model.modules():
    if isinstance(layer, Linear4bit):  # at the first evaluation on a CPU it would be packed for a kernel
        layer.support_avx512bf16_for_cpu = False  # that has no backward pass
"""


def _needs(spec: TuneSpec) -> str:
    return ", bitsandbytes.nn:Linear4bit" if spec.method == "qlora" else ""


def _quantized(precision: str, skipped: list[str]) -> str:
    computed = {
        "fp32": "torch.float32",
        "bf16": "torch.bfloat16",
        "auto": "torch.bfloat16 if BF16 else torch.float32",
    }
    names = ", ".join(literal(name) for name in skipped)
    inside = f"[\n{''.join(f'    {literal(name)},' + chr(10) for name in skipped)}]"
    short = f"[{names}]"
    given = {
        **_QUANTIZED,
        "bnb_4bit_compute_dtype": computed[precision],
        "llm_int8_skip_modules": (short if len(short) <= 80 else inside),
    }
    return f"quantized = {called('BitsAndBytesConfig', given)}"


def _pairs(given: dict[str, str]) -> list[str]:
    return [f"{name}={value}" if name else value for name, value in given.items()]
