"""Of the script: the optimiser and its schedule."""

from pipelines.training.specs import PretrainSpec

_ADAMW = """\
matrices = [p for p in model.parameters() if p.ndim >= 2]
vectors = [p for p in model.parameters() if p.ndim < 2]
groups = [{{"params": matrices, "weight_decay": {decay}}}, {{"params": vectors, "weight_decay": 0.0}}]
optimizers = [torch.optim.AdamW(groups, lr={rate}, betas=(0.9, {beta2}))]
"""
_MUON = """\
tables = {{id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}}
tables.add(id(model.get_output_embeddings().weight))
matrices = [p for p in model.parameters() if p.ndim == 2 and id(p) not in tables]
rest = [p for p in model.parameters() if p.ndim != 2 or id(p) in tables]
optimizers = [
    torch.optim.Muon(
        matrices, lr={rate}, weight_decay={decay}, momentum=0.95, adjust_lr_fn="match_rms_adamw"
    ),
    torch.optim.AdamW(rest, lr={rate}, betas=(0.9, {beta2}), weight_decay=0.0),
]
"""
_RATE = '''\

def rate(step):
    """The learning rate as a share of its peak: {name}."""
    if step < {warmup}:
        return (step + 1) / {warmup}
{fall}

schedules = [torch.optim.lr_scheduler.LambdaLR(optimizer, rate) for optimizer in optimizers]
'''
_LEFT = "    left = min(1.0, max(0.0, ({steps} - step) / {length}))\n"
_FLOOR = "    return {floor} + (1 - {floor}) * left\n"


def optimizer_code(spec: PretrainSpec) -> str:
    form = _MUON if spec.optimizer == "muon" else _ADAMW
    return form.format(rate=spec.learning_rate, decay=spec.weight_decay, beta2=spec.adam_beta2)


def schedule_code(spec: PretrainSpec) -> str:
    """The formula of :class:`~pipelines.training.schedules.Schedule`, for the one that was chosen."""
    return _RATE.format(name=spec.schedule, warmup=spec.warmup_steps, fall=_fall(spec))


def _fall(spec: PretrainSpec) -> str:
    if spec.schedule == "constant":
        return "    return 1.0\n"
    begin = spec.warmup_steps
    if spec.schedule == "wsd":
        begin = max(begin, spec.max_steps - max(1, round(spec.max_steps * spec.decay_share)))
    left = _LEFT.format(steps=spec.max_steps, length=max(1, spec.max_steps - begin))
    bent = "    left = 0.5 * (1 - math.cos(math.pi * left))\n" if spec.schedule == "cosine" else ""
    return left + bent + _FLOOR.format(floor=spec.min_lr_ratio)
