"""How the processes of a run share its work: the knobs that say so, and the same in accelerate's words.

Each step's batch is split among the processes, so that their number changes the time and the memory of a run
and not what is learnt. Standard library only.
"""

from importlib.util import find_spec
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import knob

DISTRIBUTIONS = ("ddp", "fsdp", "zero2", "zero3")
SPLIT = ("fsdp", "zero3")  # no process has all of the model: each forward pass is one of all together
_SHARED = {  # what of the memory each process has a part of
    "ddp": (),
    "zero2": ("gradients", "optimiser"),
    **dict.fromkeys(SPLIT, ("weights", "gradients", "optimiser", "adapter")),
}
_SPLIT_METHODS = ("full", "lora")  # 4 bits, and what stands before the text, stay in one piece
_STAGES = {"zero2": 2, "zero3": 3}  # of DeepSpeed's ZeRO


def processes_knob() -> Any:
    return knob(
        0,
        label="Processes",
        help="So many share each batch, which must be a multiple of them: a GPU for each, or the cores. 0: "
        "one process, or one a GPU where the app is given several.",
        low=0,
        high=64,
        step=1,
        advanced=True,
    )


def distribution_knob() -> Any:
    return knob(
        "ddp",
        label="Several processes",
        choices=DISTRIBUTIONS,
        help="ddp: each has the whole model. fsdp: weights, gradients and the optimiser's state are split "
        "among them. zero2, zero3: DeepSpeed splits gradients and optimiser, or the weights too.",
        advanced=True,
    )


def check_shares(batch_size: int, processes: int) -> None:
    """Raise :class:`SpecError` unless every process gets as many rows as the others."""
    if batch_size % max(1, processes):
        raise SpecError("batch_size", batch_size, f"a multiple of the {processes} processes")


def check_distribution(spec: Any) -> None:
    """Raise :class:`SpecError` for what cannot be split so. ``spec`` is a TuneSpec."""
    check_shares(spec.batch_size, spec.processes)
    chosen = spec.distribution
    if chosen == "ddp":
        return
    if spec.processes < 2:
        raise SpecError("distribution", chosen, "'ddp' unless processes is 2 or more")
    if spec.what.job == "encoder":  # torch does not split the heads that an adapter trains beside itself
        raise SpecError("distribution", chosen, f"'ddp' for the task {spec.task}")
    if spec.method not in _SPLIT_METHODS or spec.trainable_tokens:
        but = "" if spec.method not in _SPLIT_METHODS else " and trainable_tokens"
        accepted = f"'ddp' with the method {spec.method}{but}; {chosen} is for {' and '.join(_SPLIT_METHODS)}"
        raise SpecError("distribution", chosen, accepted)
    if spec.optimizer != "adamw":
        raise SpecError("optimizer", spec.optimizer, f"'adamw' with {chosen}: others need whole matrices")
    if chosen in _STAGES and not find_spec("deepspeed"):
        missing = "DeepSpeed is not installed (`pip install deepspeed`, then start the app again)"
        raise SpecError("distribution", chosen, f"'ddp' or 'fsdp' here: {missing}")


def memory_of_each(memory: dict[str, int], processes: int, distribution: str) -> dict[str, int]:
    """Bytes by part in one of the processes, of what they are in a single one with its share of the rows.

    >>> memory_of_each({"weights": 8, "gradients": 4}, 2, "zero2")
    {'weights': 8, 'gradients': 2}
    """
    shared = _SHARED[distribution]
    return {part: size // max(1, processes) if part in shared else size for part, size in memory.items()}


def sharing(distribution: str) -> dict[str, Any]:
    """What transformers' TrainingArguments are told of it; accelerate's plugins are made from that."""
    if distribution == "fsdp":
        return {"fsdp": True, "fsdp_config": fsdp_config()}
    if distribution in _STAGES:
        return {"deepspeed": deepspeed_config(_STAGES[distribution])}
    return {}


def fsdp_config() -> dict[str, Any]:
    """Whole layers are gathered when they are needed and let go after; checkpoints hold the weights in one
    piece."""
    return {
        "version": 2,
        "reshard_after_forward": True,
        "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
        "state_dict_type": "FULL_STATE_DICT",
    }


def deepspeed_config(stage: int) -> dict[str, Any]:
    """``auto`` is filled in by the Trainer. Precision is the job's own autocast, over weights in fp32."""
    zero = {"stage": stage, "overlap_comm": True, "contiguous_gradients": True}
    if stage == 3:
        zero["stage3_gather_16bit_weights_on_model_save"] = True
    return {
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "zero_optimization": zero,
    }
