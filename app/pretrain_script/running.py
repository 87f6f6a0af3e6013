"""Of the script: validation, the loop over stages and steps, and what is written at the end."""

from pipelines.training.specs import PretrainSpec

_EVALUATE = '''\

@torch.no_grad()
def evaluate(context):
    """Mean held-out loss of each text, over at most about 32,768 tokens."""
    model.eval()
{keep}    found = {{}}
    for name, row in held_rows.items():
        context = min(context, len(row) - 1)
        starts = range(0, len(row) - context, context)
        starts = starts[:: max(1, len(starts) * context // 32_768)]
{seeded}        losses = [loss_of(row[None, at : at + context + 1].to(device)).item() for at in starts]
        found[name] = sum(losses) / len(losses)
{restore}    model.train()
    return found

'''
_KEEP = "    kept = random.getstate(), torch.get_rng_state()\n"
_SEEDED = "        random.seed(0), torch.manual_seed(0)  # hide the same tokens at each validation\n"
_RESTORE = "    random.setstate(kept[0]), torch.set_rng_state(kept[1])\n"
_STAGES = """\
max_steps = {steps}
stages = [  # first step, the one after the last, context, sequences a pass, share of the second text
{stages}
]
"""
_LOOP = """\
{average}model.train()
print(0, evaluate(stages[0][2]))
for first, end, context, size, share in stages:
    source = batches(context, size, share)
    for step in range(first, end):
        for _ in range({passes}):
            with torch.autocast(device, torch.bfloat16, enabled={autocast}):
                loss = loss_of(next(source).to(device)) / {passes}
            loss.backward()
{clip}        for optimizer, schedule in zip(optimizers, schedules):
            optimizer.step()
            optimizer.zero_grad()
            schedule.step()
{averaging}        if (step + 1) % {eval_every} == 0 and step + 1 < max_steps:
            print(step + 1, evaluate(context))
"""
_CLIP = "        torch.nn.utils.clip_grad_norm_(model.parameters(), {norm})\n"
_AVERAGE = (
    "average = [p.detach().clone() for p in model.parameters()]  # the app validates it on the way too\n"
)
_AVERAGING = """\
        decay = min({decay}, (step + 1) / (step + 11))
        for mean, weight in zip(average, model.parameters()):
            mean.lerp_(weight.detach(), 1 - decay)
"""
_AVERAGED = """\
with torch.no_grad():
    for mean, weight in zip(average, model.parameters()):
        weight.copy_(mean)
"""
_END = """\
print(max_steps, evaluate(context), f"{model.num_parameters():,} parameters")
model.save_pretrained("model")
tokenizer.save_pretrained("model")
"""
_AUTOCAST = {"bf16": "True", "fp32": "False", "auto": 'device == "cuda"'}


def loop_code(spec: PretrainSpec) -> str:
    hides = spec.architecture in ("bert", "t5")
    stages = "\n".join(
        f"    ({s.first}, {s.end}, {s.context}, {s.batch_size}, {s.second_share})," for s in spec.plan.stages
    )
    loop = _LOOP.format(
        average=_AVERAGE if spec.average_decay else "",
        passes=spec.gradient_accumulation_steps,
        autocast=_AUTOCAST[spec.precision],
        clip=_CLIP.format(norm=spec.max_grad_norm) if spec.max_grad_norm else "",
        averaging=_AVERAGING.format(decay=spec.average_decay) if spec.average_decay else "",
        eval_every=spec.eval_every,
    )
    same = (_KEEP, _SEEDED, _RESTORE) if hides else ("", "", "")
    evaluate = _EVALUATE.format(**dict(zip(("keep", "seeded", "restore"), same, strict=True)))
    return evaluate + _STAGES.format(steps=spec.max_steps, stages=stages) + loop


def ending_code(spec: PretrainSpec) -> str:
    return (_AVERAGED if spec.average_decay else "") + _END
