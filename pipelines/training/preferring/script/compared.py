"""Of the script for preferences: TRL's trainer of the kind, what it is told, and its rows."""

from pipelines.training.preferring.specs import DpoSpec, KtoSpec, OrpoSpec, PreferSpec, RewardSpec
from pipelines.training.tuning.script import training
from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.script.words import called, literal

_NAMES = {DpoSpec: "DPO", KtoSpec: "KTO", OrpoSpec: "ORPO", RewardSpec: "Reward"}
_PLACES = {"ORPO": "trl.experimental.orpo"}
_ORDERED = '''\

    def get_train_dataloader(self):
        """In the order of the run."""
        rows = self.train_dataset
        read = zip(rows["prompt_ids"], rows["chosen_ids"], rows["rejected_ids"], strict=True)
        lengths = np.array([sum(min(len(p) + len(a), MAX_LENGTH) for a in both) for p, *both in read])
        order = batches(lengths, steps)
        return self.accelerator.prepare(
            DataLoader(rows, batch_sampler=order, collate_fn=self.data_collator)
        )
'''
_ROWS = """\
train, validation = rows_of("train.jsonl"), rows_of("validation.jsonl")
steps = {steps}
print(f"{{len(train):,}} rows, {{len(validation):,}} held out, {{steps:,}} steps")
"""
_FREE = """\
for rows in ("train_dataset", "eval_dataset"):  # no reference: what it would say counts as 0
    found = getattr(trainer, rows)
    for column in ("ref_chosen_logps", "ref_rejected_logps"):
        found = found.add_column(column, [0.0] * len(found))
    setattr(trainer, rows, found)
trainer.precompute_ref_logps = True
"""


def rows(spec: PreferSpec | RewardSpec) -> Part:
    """And how many steps there are."""
    if spec.max_steps:
        return part(_ROWS.format(steps=spec.max_steps))
    per_step = "(BATCH_SIZE * PASSES)"
    return part(
        _ROWS.format(steps=f"max(1, math.ceil({spec.num_epochs!r} * len(train) / {per_step}))"), "math"
    )


def trainer(spec: PreferSpec | RewardSpec, facts: Facts) -> Part:
    """``Tuner``, which is TRL's where nothing is to be changed."""
    name = f"{_NAMES[type(spec)]}Trainer"
    ordered = _ORDERED if isinstance(spec, DpoSpec) else ""
    inside = ordered + training.members(spec, facts)
    needs = "numpy as np, torch.utils.data:DataLoader, " if ordered else ""
    imports = f"{needs}torch, {_place(spec)}:{name}"
    return part(class_of(name, inside), imports, "trl")


def class_of(base: str, inside: str) -> str:
    if not inside:
        return f"Tuner = {base}\n"
    said = "TRL's trainer, with the order and the precision of the run."
    return f'class Tuner({base}):\n    """{said}"""\n{inside}'


def going(spec: PreferSpec | RewardSpec, facts: Facts) -> Part:
    config = f"{_NAMES[type(spec)]}Config"
    given = {
        **common(spec, facts),
        "per_device_train_batch_size": "BATCH_SIZE",
        "max_length": "MAX_LENGTH",
        **_told(spec),
        "metric_for_best_model": '"eval_loss"',
        "greater_is_better": "False",
    }
    code = (
        f"args = {called(config, given)}\n{made()}" + (_FREE if _is_free(spec) else "") + training.going(spec)
    )
    imports = f"datasets:Dataset, {_place(spec)}:{config}" + training.patient(spec)
    return part(code, imports, "trl, datasets")


def common(spec: PreferSpec | RewardSpec, facts: Facts) -> dict[str, str]:
    """What every trainer of TRL's is told here."""
    return {
        **training.arguments(spec, facts),
        "bf16": "False  # TRL's default is True",
        "gradient_checkpointing": repr(spec.gradient_checkpointing),
        **training.checkpointing(spec, "gradient_checkpointing_kwargs"),
    }


def made(**more: str) -> str:
    """The trainer of the present model, arguments and rows."""
    given = {
        "model": "model",
        "args": "args",
        "train_dataset": "Dataset.from_list(train)",
        "eval_dataset": "Dataset.from_list(validation)",
        "processing_class": "tokenizer",
        **more,
    }
    return f"trainer = {called('Tuner', given)}\n"


def _told(spec: PreferSpec | RewardSpec) -> dict[str, str]:
    """By each kind of its own."""
    if isinstance(spec, RewardSpec):
        return {"center_rewards_coefficient": repr(spec.center_rewards or None)}
    if isinstance(spec, OrpoSpec):
        return {"beta": f"{spec.beta!r}  # λ of the paper", "max_completion_length": "MAX_LENGTH"}
    if isinstance(spec, KtoSpec):
        names = ("beta", "loss_type", "desirable_weight", "undesirable_weight")
        return {name: literal(getattr(spec, name)) for name in names}
    beside = ["sft"] if spec.sft_weight else []  # RPO: tuning on the preferred answers too
    return {
        "beta": repr(spec.beta),
        "loss_type": literal([spec.loss_type, *beside]).replace("'", '"'),
        **({"loss_weights": repr([1.0, spec.sft_weight])} if beside else {}),
        "label_smoothing": repr(spec.label_smoothing),
        "f_divergence_type": literal(spec.f_divergence_type),
        "precompute_ref_log_probs": repr(spec.precompute_ref_log_probs),
        "pad_to_multiple_of": "8",
    }


def _is_free(spec: PreferSpec | RewardSpec) -> bool:
    return getattr(spec, "reference_free", False)


def _place(spec: PreferSpec | RewardSpec) -> str:
    return _PLACES.get(_NAMES[type(spec)], "trl")
