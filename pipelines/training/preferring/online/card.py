"""What the card of a model trained on rewards says beside what any tuned model's does."""

from pipelines.training.preferring.online.rewards import REWARDS
from pipelines.training.preferring.online.specs import GrpoSpec, OnlineSpec
from pipelines.training.tuning.card import Columns, Outcome


def columns_of(spec: OnlineSpec) -> Columns:
    parts = ((f"reward_{name}", REWARDS[name].label.lower()) for name in spec.weights if name != "correct")
    return (
        ("right", "right answers"),
        ("reward", "reward"),
        *parts,
        ("kl", "KL to the reference"),
        ("answer_tokens", "tokens an answer"),
        ("cut_off", "cut off"),
    )


def origin(spec: OnlineSpec, outcome: Outcome) -> str:
    named = "group relative policy optimisation" if isinstance(spec, GrpoSpec) else "REINFORCE leave-one-out"
    return (
        f"`{spec.base}`, trained with Glassworks on rewards by\n{named} ({spec.num_generations} answers a "
        f"prompt, temperature {spec.temperature:g}, β {spec.beta:g}), with the method `{spec.method}`:"
    )


def figures(spec: OnlineSpec, outcome: Outcome) -> str:
    """What it was rewarded for, and what came of it on fresh problems."""
    rewards = "\n".join(
        f"- {weight:g} × {REWARDS[n].label.lower()}. {REWARDS[n].help}" for n, weight in spec.weights.items()
    )
    return f"""
## Rewards

{rewards}

{_rise(outcome)}The answers that are measured are drawn at the temperature of the training, one a problem,
always from the same seed. The checkpoint kept is the best of those measured on the same problems, so its
figure is a little too good. The KL is a token's mean in nats, over the answers that the model itself wrote.
"""


def _rise(outcome: Outcome) -> str:
    before, after = outcome.curve.get(0, {}), outcome.curve.get(outcome.metrics["best_step"], {})
    if "right" not in before or "right" not in after:
        return ""
    said = (
        f"{one['right']:.1%} ({one['right_low']:.1%} to {one['right_high']:.1%})" for one in (before, after)
    )
    return (
        "Right answers to fresh problems, before and after, with 95 % intervals (Wilson): {}, {}.\n".format(
            *said
        )
    )
