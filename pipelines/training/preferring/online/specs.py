"""What a training on rewards is told: all of a training on preferences, where the prompts come from, how they
are answered, and what an answer is worth. Standard library only."""

from dataclasses import dataclass, fields

from pipelines.core.errors import SpecError
from pipelines.core.fields import knob
from pipelines.training.preferring.online.rewards import REWARDS
from pipelines.training.preferring.specs import PreferSpec
from pipelines.training.tuning.specs import ADAPTERS, SftSpec

# TRL's names. All weigh each token's log-probability by its answer's advantage.
GRPO_LOSSES = ("dapo", "grpo", "bnpo", "dr_grpo")
PROBLEMS = ("rows", "sums", "words")
GENERATED = "generated"  # stands for the data set of problems that are made


@dataclass(frozen=True)
class OnlineSpec(PreferSpec):
    """What both have in common. The model answers each prompt several times, and learns from which of its own
    answers got more reward than the others; nobody shows it a better one."""

    NEEDED = ("base",)

    problems: str = knob(
        "rows",
        label="Prompts",
        choices=PROBLEMS,
        help="rows: those of the data set, with the column answer where answers can be right. sums: "
        "additions and subtractions, made here. words: small word problems, made here.",
    )
    num_problems: int = knob(
        2_000, label="Problems", help="How many are made to learn from.", low=8, high=200_000, step=8
    )
    eval_prompts: int = knob(
        200,
        label="Fresh problems",
        help="How many are measured on, none of which is learnt from; held-out rows at most.",
        low=2,
        high=5_000,
        step=10,
    )
    digits: int = knob(2, label="Digits", help="Of the numbers of a sum.", low=1, high=9, step=1)
    problem_steps: int = knob(
        0,
        label="Steps a problem",
        help="Sums a word problem takes: 2 or 3; 0: either.",
        low=0,
        high=3,
        step=1,
    )
    form: str = knob(
        "{problem}",
        label="Form",
        help="How a problem is asked; {problem} is where it stands.",
        max_chars=500,
        advanced=True,
    )
    batch_size: int = knob(
        8, label="Prompts a pass", help="Each with all its answers.", low=1, high=1024, step=1
    )
    num_generations: int = knob(
        8,
        label="Answers a prompt",
        help="The group whose answers are weighed against each other.",
        low=2,
        high=64,
        step=1,
    )
    max_new_tokens: int = knob(
        64, label="Longest answer", help="Tokens; what is longer is cut off.", low=1, high=2048, step=8
    )
    temperature: float = knob(
        1.0,
        label="Temperature",
        help="Of the answers, in training and in the measures: less, and the answers of a group are too "
        "alike to learn from.",
        low=0.1,
        high=2,
        step=0.1,
    )
    rewards: tuple[str, ...] = knob(
        ("correct=1",),
        label="Rewards",
        help="One a line, as name=weight: " + " ".join(f"{n}: {r.help}" for n, r in REWARDS.items()),
        high=len(REWARDS),
        max_chars=40,
    )
    target_length: int = knob(
        0, label="Wanted length", help="Words (reward length).", low=0, high=2_000, step=5
    )
    length_band: int = knob(
        10,
        label="Length band",
        help="Words beside the wanted length over which the reward falls to 0.",
        low=0,
        high=2_000,
        step=5,
        advanced=True,
    )
    at_most: bool = knob(
        False, label="At most", help="Shorter answers than wanted are as good.", advanced=True
    )
    needs: str = knob(
        "",
        label="Wanted form",
        help="What an answer must contain (reward format): {number} is any number, {text} anything.",
        max_chars=300,
    )
    reward_model: str = knob(
        "", label="Reward model", help="By its name, such as run/… (reward model).", max_chars=300
    )
    beta: float = knob(
        0.02,
        label="β",
        help="Weight of the KL to the reference: more holds the model nearer; 0 lets it go anywhere.",
        low=0,
        high=10,
        step=0.01,
    )
    epsilon: float = knob(
        0.2,
        label="ε",
        help="How far an answer's probability may move before it counts no more; matters with passes.",
        low=0.01,
        high=1,
        step=0.05,
        advanced=True,
    )
    num_iterations: int = knob(
        1, label="Passes", help="Steps on the same answers.", low=1, high=16, step=1, advanced=True
    )
    num_epochs: float = knob(
        1.0,
        label="Epochs",
        help="Passes over the prompts; unless steps are given.",
        low=0.01,
        high=1000,
        step=1,
    )
    eval_every: int = knob(
        25,
        label="Measure every",
        help="Steps between two measurements on the fresh problems, each with a checkpoint.",
        low=1,
        high=100_000,
        step=1,
        advanced=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_source(self)
        _check_rewards(self)
        if self.max_new_tokens >= self.max_length:
            accepted = f"less than max_length ({self.max_length}), which the prompt shares with its answer"
            raise SpecError("max_new_tokens", self.max_new_tokens, accepted)
        if self.num_iterations > 1 and self.gradient_accumulation_steps > 1:
            accepted = "1 with num_iterations above 1: raise batch_size instead"
            raise SpecError("gradient_accumulation_steps", self.gradient_accumulation_steps, accepted)

    @property
    def weights(self) -> dict[str, float]:
        """Of the rewards that count, by name."""
        pairs = (line.partition("=") for line in self.rewards)
        found = {name.strip(): float(weight) for name, _, weight in pairs}
        return {name: weight for name, weight in found.items() if weight}

    @property
    def needs_answers(self) -> bool:
        return "correct" in self.weights

    @property
    def texts_a_row(self) -> int:
        return self.num_generations

    @property
    def forwards(self) -> int:
        """The reference, and what the answers were as they were written."""
        return (self.beta > 0) + (self.num_iterations > 1)

    @property
    def copies_reference(self) -> bool:
        return self.method not in ADAPTERS and self.beta > 0

    @property
    def as_tuning(self) -> SftSpec:
        """As of :class:`PreferSpec`; problems that are made are all learnt from."""
        common = {field.name: getattr(self, field.name) for field in fields(SftSpec)}
        made = {} if self.dataset else {"dataset": GENERATED, "validation": GENERATED}
        most = 1024 - 1024 % max(1, self.processes)
        rows = min(most, self.texts_a_row * self.batch_size)
        return SftSpec(**common | made | {"task": "instruct", "batch_size": rows})


@dataclass(frozen=True)
class GrpoSpec(OnlineSpec):
    """Group relative policy optimisation (Shao et al. 2024): an answer's advantage is its reward less the
    mean of its group, in units of the group's spread."""

    task: str = knob("grpo", label="Task", choices=("grpo",), help="Prompts.", hidden=True)
    loss_type: str = knob(
        "dapo",
        label="Loss",
        choices=GRPO_LOSSES,
        help="What the tokens' losses are divided by. dapo: the tokens of all answers. grpo: each answer's "
        "own, which favours short right and long wrong ones. bnpo: those of a pass. dr_grpo: the longest.",
        advanced=True,
    )
    scale_rewards: str = knob(
        "group",
        label="Scale",
        choices=("group", "batch", "none"),
        help="Divide by the spread of the group, of all groups of the step, or not at all; by the group, "
        "questions that are nearly always or never answered count most.",
        advanced=True,
    )
    epsilon_high: float = knob(
        0.0,
        label="ε upwards",
        help="The same for what becomes likelier; 0: as ε. More lets rare answers rise.",
        low=0,
        high=10,
        step=0.05,
        advanced=True,
    )


@dataclass(frozen=True)
class RlooSpec(OnlineSpec):
    """REINFORCE leave-one-out (Kool et al. 2019, Ahmadian et al. 2024): an answer's advantage is its reward
    less the mean of the others'; the KL is taken off the reward."""

    task: str = knob("rloo", label="Task", choices=("rloo",), help="Prompts.", hidden=True)
    normalize_advantages: bool = knob(
        False, label="Normalise", help="Divide by the spread of all advantages of a pass.", advanced=True
    )

    @property
    def forwards(self) -> int:
        return 1 + (self.beta > 0)


def _check_source(spec: OnlineSpec) -> None:
    if spec.problems == "rows" and not spec.dataset.strip():
        accepted = "upload:<id>, sample:<name>, hub:<owner>/<name> or path:<file> where problems is 'rows'"
        raise SpecError("dataset", spec.dataset, accepted)
    if spec.problems != "rows":
        for name in ("dataset", "validation", "columns"):
            if getattr(spec, name):
                raise SpecError(name, getattr(spec, name), f"nothing: {spec.problems} are made here")
    if spec.problem_steps == 1:
        raise SpecError("problem_steps", 1, "2, 3 or 0 for either")
    if spec.form.count("{problem}") != 1:
        raise SpecError("form", spec.form, "text with {problem} in it, once")


def _check_rewards(spec: OnlineSpec) -> None:
    seen: set[str] = set()
    for line in spec.rewards:
        name, _, weight = (part.strip() for part in line.partition("="))
        if name not in REWARDS or name in seen or not _is_weight(weight):
            accepted = (
                f"lines of the form name=weight, each of {', '.join(REWARDS)} once, weights from 0 to 100"
            )
            raise SpecError("rewards", line, accepted)
        seen.add(name)
    if not spec.weights:
        raise SpecError("rewards", spec.rewards, "a weight above 0 for one of them: else nothing is learnt")
    for name, reward in REWARDS.items():
        if not reward.needs:
            continue
        given = getattr(spec, reward.needs)
        if name in spec.weights and not given:
            raise SpecError(reward.needs, given, f"what the reward {name} is measured by")
        if given and name not in spec.weights:
            raise SpecError(reward.needs, given, f"nothing where rewards has no {name}=weight")


def _is_weight(text: str) -> bool:
    try:
        return 0 <= float(text) <= 100
    except ValueError:
        return False
