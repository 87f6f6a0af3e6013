"""Of the script: how long it learns, and from which rows at which step."""

from pipelines.training.tuning.script.facts import Part, part
from pipelines.training.tuning.specs import TuneSpec

_SETTINGS = """\
SEED = {seed}
BATCH_SIZE = {batch_size}  # rows a forward pass
PASSES = {passes}  # forward passes an optimiser step
MAX_LENGTH = {max_length}  # tokens; what is longer is cut
"""
_BATCHES = '''\
def batches(lengths, steps):
    """The rows of every forward pass of the run, by number. They are shuffled anew for each time through;
    stretches of 32 batches are sorted by length, so that little is padded, and shuffled batch by batch."""
    wanted = steps * PASSES * BATCH_SIZE
    drawn = np.random.default_rng(SEED)
    rounds = -(-wanted // len(lengths))
    shuffled = np.concatenate([drawn.permutation(len(lengths)) for _ in range(rounds)])[:wanted]
    found = []
    for first in range(0, wanted, 32 * BATCH_SIZE):
        stretch = shuffled[first : first + 32 * BATCH_SIZE]
        alike = stretch[np.argsort(lengths[stretch], kind="stable")].reshape(-1, BATCH_SIZE)
        found += alike[drawn.permutation(len(alike))].tolist()
    return found
'''
_PLAN = """\
lengths = np.array([len(row["input_ids"]) for row in train])
steps = {steps}
order = batches(lengths, steps)
tokens = sum(int(lengths[rows].sum()) for rows in order)
print(f"{{len(train):,}} rows, {{len(validation):,}} held out, {{steps:,}} steps, {{tokens:,}} tokens")
"""
_CHECK = """\
if tokens != {tokens:_}:
    print("The run read {tokens:,} tokens in its steps: are rows, base and libraries the same?")
"""


def settings(spec: TuneSpec) -> Part:
    made = _SETTINGS.format(
        seed=spec.seed,
        batch_size=spec.batch_size,
        passes=spec.gradient_accumulation_steps,
        max_length=spec.max_length,
    )
    return part(made)


def batches() -> Part:
    return part(_BATCHES, "numpy as np")


def plan(spec: TuneSpec, tokens: int) -> Part:
    """``tokens`` are those that the run has read, 0 where that is not known."""
    if spec.max_steps:
        steps, imports = str(spec.max_steps), ""
    else:
        steps = (
            f"max(1, math.ceil({spec.num_epochs!r} * len(train) / (BATCH_SIZE * PASSES)))  # {_epochs(spec)}"
        )
        imports = "math"
    return part(_PLAN.format(steps=steps) + (_CHECK.format(tokens=tokens) if tokens else ""), imports)


def _epochs(spec: TuneSpec) -> str:
    return f"{spec.num_epochs:g} epoch{'' if spec.num_epochs == 1 else 's'}"
