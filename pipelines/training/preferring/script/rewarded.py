"""Of the script for rewards: the rewards as functions, TRL's trainer of the kind, and what it is told."""

from pipelines.core.errors import GlassworksError
from pipelines.training.preferring.online import rewards
from pipelines.training.preferring.online.specs import GrpoSpec, OnlineSpec
from pipelines.training.preferring.script.borrowed import borrowed
from pipelines.training.preferring.script.compared import class_of, common, made
from pipelines.training.tuning.script import training
from pipelines.training.tuning.script.facts import Facts, Part, part
from pipelines.training.tuning.script.words import called, literal

_USED = {"correct": "correct", "working": "working", "length": "length", "format": "formatted, form_of"}
_CALLS = {
    "correct": "correct(text, right)",
    "working": "working(text)",
    "length": "length(text, {target_length}, {length_band}, {at_most})",
    "format": "formatted(text, FORM)",
}
_FUNCTION = """\
def {name}_of(completions, answer, **_):
    return [{call} for text, right in zip(map(said, completions), answer, strict=True)]
"""
_SAID = '''\
def said(completion):
    """The text of an answer: TRL gives messages where the prompts are messages."""
    return completion if isinstance(completion, str) else completion[-1]["content"]
'''
_ENDS = """\
# What ends an answer: the end of text, and what the template writes last in a reply.
special = {*tokenizer.all_special_ids, *(i for i, t in tokenizer.added_tokens_decoder.items() if t.special)}
talk = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello"}]
reply = tokenizer(tokenizer.apply_chat_template(talk, tokenize=False), add_special_tokens=False).input_ids
last = next(id_ for id_ in reversed(reply) if id_ in special or tokenizer.decode([id_]).strip())
model.generation_config.eos_token_id = sorted({tokenizer.eos_token_id, *({last} & special)})
"""


def functions(spec: OnlineSpec) -> Part:
    """Of each reward that has a weight. Raises :class:`GlassworksError` for a reward model."""
    names = list(spec.weights)
    if "model" in names:
        raise GlassworksError(
            "A run that a reward model judges has no script of its own yet; those with the rewards "
            f"{', '.join(_USED)} have one."
        )
    found = borrowed(rewards, [one for name in names for one in _USED[name].split(", ")])
    form = f"FORM = form_of({literal(spec.needs)})\n\n\n" if "format" in names else ""
    told = {name: repr(getattr(spec, name)) for name in ("target_length", "length_band", "at_most")}
    each = "\n\n".join(_FUNCTION.format(name=name, call=_CALLS[name].format(**told)) for name in names)
    code = f"{found.code}\n\n\n{form}{_SAID}\n\n{each}"
    return Part(code.strip("\n"), found.imports, found.packages)


def ends(facts: Facts) -> Part:
    return part(
        _ENDS if facts.template else "model.generation_config.eos_token_id = tokenizer.eos_token_id\n"
    )


def trainer(spec: OnlineSpec, facts: Facts) -> Part:
    name = f"{spec.task.upper()}Trainer"
    return part(class_of(name, training.members(spec, facts)), f"torch, trl:{name}", "trl")


def going(spec: OnlineSpec, facts: Facts) -> Part:
    config = f"{spec.task.upper()}Config"
    group = str(spec.num_generations)
    given = {
        **common(spec, facts),
        "per_device_train_batch_size": f"BATCH_SIZE * {group}  # answers",
        "per_device_eval_batch_size": group,
        "num_generations": group,
        "steps_per_generation": "1",
        "num_iterations": str(spec.num_iterations),
        "max_completion_length": str(spec.max_new_tokens),
        "temperature": repr(spec.temperature),
        "top_k": "0",
        "beta": repr(spec.beta),
        "epsilon": repr(spec.epsilon),
        "reward_weights": repr(list(spec.weights.values())),
        **_told(spec),
        "metric_for_best_model": '"eval_reward"',
        "greater_is_better": "True",
    }
    asked = made(reward_funcs=f"[{', '.join(f'{name}_of' for name in spec.weights)}]")
    code = f"args = {called(config, given)}\n{asked}" + training.going(spec)
    return part(code, f"datasets:Dataset, trl:{config}" + training.patient(spec), "trl, datasets")


def _told(spec: OnlineSpec) -> dict[str, str]:
    if isinstance(spec, GrpoSpec):
        high = {"epsilon_high": repr(spec.epsilon_high)} if spec.epsilon_high else {}
        return {"loss_type": literal(spec.loss_type), "scale_rewards": literal(spec.scale_rewards), **high}
    return {"normalize_advantages": repr(spec.normalize_advantages)}
