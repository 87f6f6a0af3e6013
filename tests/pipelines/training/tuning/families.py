"""Tiny models of many families for the tests of tuning: their configs, and specs for them."""

from pipelines.training.tuning.methods import auto_class
from pipelines.training.tuning.specs import EncoderSpec, SftSpec
from tests.support.tiny_models import FAMILIES

CAUSAL = (
    "gpt2", "llama", "qwen3", "mistral", "gemma2", "gemma3", "gpt_neox", "gpt_oss", "opt", "mpt", "bloom",
    "falcon", "gpt_neo", "mamba",
)  # fmt: skip
ENCODERS = ("bert", "distilbert", "albert", "modernbert", "deberta", "encoder")
LABELS = 3
_IDS = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}


def spec_of(task: str, method: str = "lora", **fields):
    made = SftSpec if task in ("instruct", "continue") else EncoderSpec
    return made(base="base", dataset="data", task=task, method=method, **{"lora_r": 4, **fields})


def config_of(family: str, task: str = "instruct", **changed):
    _, config, values = FAMILIES[family]
    made = config(**{**_IDS, **values, **changed})
    if task in ("classify", "tag"):
        made.num_labels = LABELS
    return made


def fresh(family: str, task: str):
    """The model for the task with random weights."""
    return auto_class(task).from_config(config_of(family, task), dtype="float32")
