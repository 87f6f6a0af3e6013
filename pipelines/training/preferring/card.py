"""What the card of a model trained on preferences says beside what any tuned model's does."""

from pipelines.training.preferring.specs import DpoSpec, KtoSpec, OrpoSpec, PreferSpec
from pipelines.training.tuning.card import Columns, Outcome

COLUMNS: Columns = (
    ("loss", "loss"),
    ("reward_margin", "reward margin"),
    ("reward_accuracy", "reward accuracy"),
    ("chosen_log_prob", "log-probability, preferred"),
    ("rejected_log_prob", "the others"),
    ("kl", "KL to the reference"),
)


def origin(spec: PreferSpec, outcome: Outcome) -> str:
    return (
        f"`{spec.base}`, trained with Glassworks on preferences by\n{_named(spec)},\nβ {spec.beta:g}, "
        f"with the method `{spec.method}`:"
    )


def figures(spec: PreferSpec, outcome: Outcome) -> str:
    """How the figures of the validation are meant."""
    reward = "β times the mean log-probability a token" if isinstance(spec, OrpoSpec) else _against(spec)
    return f"""
The reward of an answer is {reward}.
Log-probabilities are in nats, {_of(spec)}. The KL is that of the model from `{spec.base}`,
a token's mean in nats: exact over the vocabulary at each token of the held-out answers, which are the rows'
own, so that it estimates that of the model's own answers.
"""


def _named(spec: PreferSpec) -> str:
    match spec:
        case DpoSpec():
            free = ", without a reference" if spec.reference_free else ""
            return f"direct preference optimisation (loss `{spec.loss_type}`{free})"
        case KtoSpec():
            weights = f"{spec.desirable_weight:g} and {spec.undesirable_weight:g}"
            return f"Kahneman-Tversky optimisation (loss `{spec.loss_type}`, weights {weights})"
    return "odds-ratio preference optimisation"


def _against(spec: PreferSpec) -> str:
    if getattr(spec, "reference_free", False):
        return "β times its log-probability"
    return "β times how much likelier the model finds it than the reference does"


def _of(spec: PreferSpec) -> str:
    return "a token's mean" if isinstance(spec, OrpoSpec) else "of whole answers"
