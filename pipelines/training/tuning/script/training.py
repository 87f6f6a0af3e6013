"""Of the script: the trainer, what it is told, and what is done with it."""

from pipelines.training.tuning.script.base import precision_of
from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.script.words import called, literal
from pipelines.training.tuning.specs import TuneSpec

_LOGGED_POINTS = 1_000
_SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
_OPENING = '''\
class Tuner({base}):
    """{what}"""

    def get_train_dataloader(self):
        loader = DataLoader(self.train_dataset, batch_sampler=order, collate_fn=self.data_collator)
        return self.accelerator.prepare(loader)
'''
_SFT_EVALUATE = '''\

    def evaluate(self, *args, **kwargs):
        """Nats a learnt token of the held-out rows: each counts alike, whichever batch it stands in."""
        self.model.eval()
        nats = tokens = 0
        for first in range(0, len(validation), BATCH_SIZE):
            batch = self._prepare_inputs(self.data_collator(validation[first : first + BATCH_SIZE]))
            learnt = int((batch["labels"][:, 1:] != -100).sum())
            with torch.no_grad(), self.compute_loss_context_manager():
                nats += float(self.compute_loss(self.model, batch)) * learnt
            tokens += learnt
        return self.told({"eval_loss": nats / tokens})
'''
_ENCODER_EVALUATE = '''\

    def evaluate(self, *args, **kwargs):
        """The mean loss of what is asked in the held-out rows, and the measures of the answers."""
        self.model.eval()
        total = asked = 0
        answers = [None] * len(validation)
        by_length = sorted(range(len(validation)), key=lambda row: -len(validation[row]["input_ids"]))
        for first in range(0, len(validation), 4 * BATCH_SIZE):
            rows = by_length[first : first + 4 * BATCH_SIZE]
            batch = self._prepare_inputs(self.data_collator([validation[row] for row in rows]))
            with torch.no_grad(), self.compute_loss_context_manager():
                outputs = self.model(**batch)
            count = {count}
            total, asked = total + float(outputs.loss) * count, asked + count
            for row, answer in zip(rows, answers_of(outputs, batch), strict=True):
                answers[row] = answer
        measures = {{"loss": total / asked, **measured(answers)}}
        return self.told({{f"eval_{{name}}": value for name, value in measures.items()}})
'''
_TELL = """\

    def told(self, metrics):
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics
"""
_AUTOCAST = """\

    def autocast_smart_context_manager(self, cache_enabled=True):
        return torch.autocast(self.args.device.type, torch.bfloat16{enabled})
"""
_CREATE_MUON = """\

    def create_optimizer(self, model=None):
        self.optimizer = muon_and_adamw(self.model, self.args)
        return self.optimizer
"""
_MUON = '''\
class Together(torch.optim.Optimizer):
    """Several optimisers as one, so that one schedule turns the rates of all."""

    def __init__(self, *parts):
        self.parts = parts
        super().__init__([group for one in parts for group in one.param_groups], {})
        self.param_groups = [group for one in parts for group in one.param_groups]  # the very same

    @torch.no_grad()
    def step(self, closure=None):
        for one in self.parts:
            one.step()

    def zero_grad(self, set_to_none=True):
        for one in self.parts:
            one.zero_grad(set_to_none)

    def state_dict(self):
        return {"parts": [one.state_dict() for one in self.parts]}

    def load_state_dict(self, state):
        for one, told in zip(self.parts, state["parts"], strict=True):
            one.load_state_dict(told)
        self.param_groups = [group for one in self.parts for group in one.param_groups]


def muon_and_adamw(model, args):
    """Muon for the matrices between hidden states; AdamW for tables, norms and biases, which do not decay."""
    tables = {id(module.weight) for module in model.modules() if isinstance(module, torch.nn.Embedding)}
    tables |= {id(p) for name, p in model.named_parameters() if "trainable_tokens_delta" in name}
    if model.get_output_embeddings() is not None:
        tables.add(id(model.get_output_embeddings().weight))
    learnt = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in learnt if p.ndim == 2 and id(p) not in tables]
    rest = [p for p in learnt if p.ndim != 2 or id(p) in tables]
    muon = torch.optim.Muon(
        matrices,
        lr=args.learning_rate,
        weight_decay=args.weight_decay,
        momentum=0.95,
        adjust_lr_fn="match_rms_adamw",  # so that both take one learning rate
    )
    betas = (0.9, args.adam_beta2)
    groups = [{"params": rest, "weight_decay": 0.0}]
    return Together(muon, torch.optim.AdamW(groups, lr=args.learning_rate, betas=betas, fused=True))
'''
_GO = """\
{callback}trainer.train()  # ends with the best checkpoint that was measured
trainer.save_model(options.out)
tokenizer.save_pretrained(options.out)
print(trainer.evaluate())
trainer.save_state()  # trainer_state.json: all losses and measures
"""
_PATIENT = """\
trainer.add_callback(EarlyStoppingCallback({patience}))  # so many measurements without a better one end it
"""


def muon(spec: TuneSpec) -> Part:
    return part(_MUON, "torch") if getattr(spec, "optimizer", "adamw") == "muon" else part("")


def sft_trainer(spec: TuneSpec, facts: Facts) -> Part:
    what = "TRL's trainer, with the order of the batches and the measure of the run."
    code = _OPENING.format(base="SFTTrainer", what=what) + _SFT_EVALUATE + _rest(spec, facts)
    return part(code, "torch, torch.utils.data:DataLoader, trl:SFTTrainer", "trl")


def encoder_trainer(spec: TuneSpec, facts: Facts, count: str) -> Part:
    """``count`` is an expression of a batch: over how many targets its loss is a mean."""
    what = "transformers' trainer, with the order of the batches and the measures of the run."
    code = _OPENING.format(base="Trainer", what=what) + _ENCODER_EVALUATE.format(count=count)
    return part(code + _rest(spec, facts), "torch, torch.utils.data:DataLoader, transformers:Trainer")


def sft_going(spec: TuneSpec, facts: Facts) -> Part:
    given = {
        **arguments(spec, facts),
        "per_device_train_batch_size": "BATCH_SIZE",
        "pad_to_multiple_of": "8",
        "max_length": "None  # the rows are cut already",
        "dataset_kwargs": '{"skip_prepare_dataset": True}',
        "bf16": "False  # TRL's default is True" + ("" if _fp32(spec, facts) else "; the autocast is above"),
        "gradient_checkpointing": repr(spec.gradient_checkpointing) + _default(spec.gradient_checkpointing),
        **checkpointing(spec, "gradient_checkpointing_kwargs"),
        "metric_for_best_model": '"eval_loss"',
        "greater_is_better": "False",
    }
    made = {
        "model": "model",
        "args": "args",
        "train_dataset": "Dataset.from_list(train)",
        "eval_dataset": "Dataset.from_list(validation)",
        "processing_class": "tokenizer",
    }
    code = f"args = {called('SFTConfig', given)}\ntrainer = {called('Tuner', made)}\n" + going(spec)
    return part(code, "datasets:Dataset, trl:SFTConfig" + patient(spec), "trl, datasets")


def encoder_going(spec: TuneSpec, facts: Facts, best: str, collator: str, rows: str = "train") -> Part:
    """``best`` names the measure that chooses the checkpoint; ``collator`` and ``rows`` are expressions."""
    given = {
        **arguments(spec, facts),
        "per_device_train_batch_size": "BATCH_SIZE",
        **({"activation_checkpointing": "True"} if spec.gradient_checkpointing else {}),
        **checkpointing(spec, "activation_checkpointing_kwargs"),
        "remove_unused_columns": "False",
        "metric_for_best_model": literal(f"eval_{best}"),
        "greater_is_better": "True",
    }
    made = {"model": "model", "args": "args", "train_dataset": rows, "data_collator": collator}
    mean = "trainer.model_accepts_loss_kwargs = False  # the loss of a batch is a mean already\n"
    made["eval_dataset"] = "validation"
    code = f"args = {called('TrainingArguments', given)}\ntrainer = {called('Tuner', made)}\n{mean}" + going(
        spec
    )
    return part(code, "transformers:TrainingArguments" + patient(spec))


def arguments(spec: TuneSpec, facts: Facts) -> dict[str, str]:
    """What every trainer is told, as expressions."""
    known = spec.max_steps or facts.steps
    points = str(max(1, known // _LOGGED_POINTS)) if known else f"max(1, steps // {_LOGGED_POINTS})"
    return {
        "output_dir": "options.out",
        "max_steps": "steps",
        "gradient_accumulation_steps": "PASSES",
        "learning_rate": repr(spec.learning_rate),
        "lr_scheduler_type": literal(_SCHEDULES[spec.schedule]),
        "warmup_steps": f"round({spec.warmup_ratio!r} * steps)",
        "weight_decay": repr(spec.weight_decay),
        "max_grad_norm": repr(spec.max_grad_norm),
        "seed": "SEED",
        "eval_strategy": '"steps"',
        "eval_steps": str(spec.eval_every),
        "eval_on_start": "True",
        "save_steps": str(spec.eval_every),
        "save_total_limit": "2",
        "load_best_model_at_end": "True",
        "logging_steps": points,
        "logging_first_step": "True",
        "report_to": '"none"',
    }


def _rest(spec: TuneSpec, facts: Facts) -> str:
    return _TELL + members(spec, facts)


def members(spec: TuneSpec, facts: Facts) -> str:
    """The trainer's methods that only some runs need: another precision, another optimiser."""
    precision = precision_of(spec, facts)
    enabled = ", enabled=BF16" if precision == "auto" else ""
    autocast = "" if precision == "fp32" else _AUTOCAST.format(enabled=enabled)
    return autocast + (_CREATE_MUON if getattr(spec, "optimizer", "adamw") == "muon" else "")


def checkpointing(spec: TuneSpec, name: str) -> dict[str, str]:
    return {name: '{"use_reentrant": False}'} if spec.gradient_checkpointing else {}


def _default(checkpointing: bool) -> str:
    return "" if checkpointing else "  # TRL's default is True"


def _fp32(spec: TuneSpec, facts: Facts) -> bool:
    return precision_of(spec, facts) == "fp32"


def going(spec: TuneSpec) -> str:
    return _GO.format(callback=_PATIENT.format(patience=spec.patience) if spec.patience else "")


def patient(spec: TuneSpec) -> str:
    return ", transformers:EarlyStoppingCallback" if spec.patience else ""
