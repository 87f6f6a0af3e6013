"""What a distilled model's card says beside what any tuned model's does: of whom it learnt, and how near it
came."""

from pipelines.training.tuning.card import Outcome
from pipelines.training.tuning.distillation.specs import DistillSpec


def origin(spec: DistillSpec, sizes: tuple[int, int], outcome: Outcome) -> str:
    """``sizes`` are the parameters of teacher and student."""
    teacher, student = sizes
    shape = f"{spec.num_layers} layers, width {spec.hidden_size}, {spec.num_heads} heads"
    who = f"A new {spec.architecture} model ({shape})" if spec.is_new else f"`{spec.base}`"
    return (
        f"{who} with {student:,} parameters, distilled with Glassworks from its teacher\n`{spec.teacher}` "
        f"({teacher:,} parameters, {teacher / max(1, student):.2g} times as many; "
        f"{spec.what.title.lower()}).\n{spec.alpha:.0%} of the loss is the {_named(spec)} between the two "
        f"models' next-token probabilities at temperature {spec.temperature:g},\n"
        "the rest the cross-entropy of the rows' own tokens:"
    )


def figures(spec: DistillSpec, outcome: Outcome) -> str:
    """Student and teacher on the held-out rows, at the step that is kept."""
    told = outcome.metrics
    return f"""
## Beside its teacher, on the held-out rows

| | student | teacher |
|---|---|---|
| loss (nats a learnt token) | {told["loss"]:.4f} | {told["teacher_loss"]:.4f} |
| perplexity | {told["perplexity"]:,.4g} | {told["teacher_perplexity"]:,.4g} |

The mean KL of the student from the teacher is {told["kl"]:.4f} nats a token; for {told["agreement"]:.1%} of
the tokens both find the same one the likeliest.
"""


def _named(spec: DistillSpec) -> str:
    if spec.divergence == "jensen-shannon":
        return f"Jensen-Shannon divergence (mixture {spec.mixture:g})"
    return f"{spec.divergence} KL divergence"
