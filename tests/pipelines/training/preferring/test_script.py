"""The script of a run on preferences or rewards: Python in every combination, and a process that cannot see
the repository learns by it; of DPO the same losses as the job."""

import ast
import json
from pathlib import Path

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.jobs.kinds import kind_named
from pipelines.training.preferring.online import rewards
from pipelines.training.preferring.script.borrowed import borrowed
from pipelines.training.preferring.script.rows import lines
from pipelines.training.preferring.script.whole import script_of
from pipelines.training.preferring.specs import DPO_LOSSES
from pipelines.training.rows.examples import Asked, Message, Pair, Rated
from pipelines.training.tuning.chat_template import HOUSE
from pipelines.training.tuning.script.facts import Facts, Source
from pipelines.training.tuning.tasks import PREFERENCES
from tests.support import repeated

FACTS = Facts(Source("assets/models/story-base", "the house model"), {"trl": "1.2.3"}, template=HOUSE)
NASTY = 'a"b\'c\\ \n""" + __import__("os").abort() #\'\'\'{0}%s'
VARIED = {
    "dpo": ({"sft_weight": 0.5}, {"reference_free": True}, {"precision": "fp32", "max_steps": 7}),
    "kto": ({"loss_type": "apo_zero_unpaired"}, {"desirable_weight": 2.0, "optimizer": "muon"}),
    "orpo": ({"gradient_checkpointing": True}, {"patience": 3}),
    "reward": ({"center_rewards": 0.01, "use_margins": True}, {"method": "bitfit"}),
    "grpo": (
        {"rewards": ["format=1", "length=2"], "needs": NASTY, "target_length": 9},
        {"epsilon_high": 0.3},
    ),
    "rloo": ({"rewards": ["working=1"]}, {"normalize_advantages": True, "method": "full"}),
}
MESSAGES = (Message("user", "Hi"), Message("assistant", "Ho"), Message("user", "Who?"))


def spec_of(kind, **fields):
    source = {"problems": "sums"} if PREFERENCES[kind].asks else {"dataset": "sample:x"}
    return kind_named(kind).parse({"base": "house/story-base", "name": NASTY, **source, **fields})


def arguments_of(text):
    """The keyword arguments of each call by the name of what is called, as values where they are ones."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {
        node.func.id: {k.arg: k.value.value for k in node.keywords if isinstance(k.value, ast.Constant)}
        for node in calls
        if isinstance(node.func, ast.Name)
    }


@pytest.mark.parametrize("kind", PREFERENCES)
def test_each_kind_is_python_of_plain_trl(kind):
    for number, fields in enumerate(({}, *VARIED[kind])):
        facts = (
            FACTS
            if number % 2
            else Facts(Source("x", "a model"), FACTS.versions, adapters=(Source("run-a", "run/a"),))
        )
        text = script_of(spec_of(kind, **fields), facts)
        names = {
            alias.name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        names |= {node.module for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)}
        assert not {name for name in names if name.split(".")[0] in ("pipelines", "app")}
        assert any(name.startswith("trl") for name in names) and '"trl==1.2.3"' in text
        assert max(len(line) for line in text.splitlines() if "{%" not in line) <= 120  # of no template


@pytest.mark.parametrize("loss", [one for one in DPO_LOSSES if one not in ("sft", "exo_pair")])
def test_the_losses_of_dpo_and_their_weights_are_the_jobs(loss):
    text = script_of(spec_of("dpo", loss_type=loss, sft_weight=0.25, beta=0.3), FACTS)
    told = arguments_of(text)["DPOConfig"]
    assert told["beta"] == 0.3 and f'loss_type=["{loss}", "sft"],' in text
    assert "loss_weights=[1.0, 0.25]," in text and "loss_weights" not in script_of(spec_of("dpo"), FACTS)


def test_settings_of_rewards_are_the_jobs():
    told = arguments_of(script_of(spec_of("grpo", num_generations=4, temperature=0.7), FACTS))["GRPOConfig"]
    assert (told["num_generations"], told["temperature"], told["steps_per_generation"]) == (4, 0.7, 1)
    assert told["loss_type"] == "dapo" and told["max_completion_length"] == 64
    text = script_of(spec_of("rloo", rewards=["correct=1", "working=0.5"]), FACTS)
    assert "reward_funcs=[correct_of, working_of]" in text and "reward_weights=[1.0, 0.5]" in text
    with pytest.raises(GlassworksError, match="no script of its own yet"):
        script_of(spec_of("grpo", rewards=["model=1"], reward_model="run/0123456789ab"), FACTS)


@pytest.mark.parametrize(
    "text", ["First 7 + 5 = 12. The answer is 12.", "6 x 7 = 41", "", "#### 1,200", "a b c"]
)
def test_borrowed_rewards_give_what_the_jobs_do(text):
    found = borrowed(rewards, ["correct", "working", "length", "formatted", "form_of"])
    modules = (one.partition(":") for one in found.imports)
    head = "".join(f"from {m} import {n}\n" if n else f"import {m}\n" for m, _, n in modules)
    space = {}
    exec(compile(head + found.code, "borrowed", "exec"), space)
    assert "REWARDS" not in space and "RewardName" not in space
    assert space["correct"](text, "12") == rewards.correct(text, "12")
    assert space["working"](text) == rewards.working(text)
    assert space["length"](text, 3, 2) == rewards.length(text, 3, 2)
    form = "answer is {number}"
    assert space["formatted"](text, space["form_of"](form)) == rewards.formatted(text, rewards.form_of(form))


def test_rows_are_as_trl_reads_them():
    pair = Pair(1, "Why?", "So.", "No.", 2.0)
    read = [json.loads(line) for line in lines([pair, Pair(2, MESSAGES, "I.", "You.")], "dpo", chat=True)]
    user, said = {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}
    assert read[0]["prompt"] == [user] and read[0]["chosen"] == [said] and "margin" not in read[0]
    assert [m["role"] for m in read[1]["prompt"]] == ["user", "assistant", "user"]
    (plain,) = map(json.loads, lines([pair], "reward", chat=False, margins=True))
    assert plain == {"prompt": "Why?", "chosen": "So.", "rejected": "No.", "margin": 2.0}
    good, bad = map(json.loads, lines([pair], "kto", chat=False))
    assert (good["completion"], good["label"], bad["label"]) == ("So.", True, False)
    (rated,) = map(json.loads, lines([Rated(1, "Why?", "So.", True)], "kto", chat=False))
    assert rated == good
    (asked,) = map(json.loads, lines([Asked(1, "7 + 5", "12")], "grpo", chat=False))
    assert asked == {"prompt": "7 + 5", "answer": "12"}
    with pytest.raises(GlassworksError, match="chat_template"):
        list(lines([Pair(2, MESSAGES, "I.", "You.")], "dpo", chat=False))


_FIELDS = {
    "max_steps": 2, "batch_size": 4, "learning_rate": 0.01, "eval_every": 2, "validation_share": 0.2,
    "lora_r": 4, "precision": "fp32", "check_forgetting": False, "sample_tokens": 1, "max_length": 64,
    "chat_template": "house",
}  # fmt: skip
_OF = {
    "dpo": {"sft_weight": 0.5},
    "free": {"reference_free": True, "gradient_accumulation_steps": 2},
    "kto": {},
    "orpo": {},
    "reward": {},
    "grpo": {"rewards": ["correct=1", "length=0.5"], "target_length": 3, "eval_prompts": 4},
    "rloo": {"problems": "sums", "num_problems": 16, "eval_prompts": 2, "rewards": ["working=1"]},
}
_ANSWERING = {"num_generations": 2, "max_new_tokens": 8, "batch_size": 2, "max_length": 128}


def _rows(file: Path) -> str:
    kinds = [
        {
            "prompt": f"what has tom ? {n}",
            "chosen": f"a ball {'good ' * (n % 5)}.",
            "rejected": f"the day {n} .",
        }
        for n in range(20)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in kinds))
    return f"path:{file}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Name → (the job, where its script has run)."""
    folder, found = tmp_path_factory.mktemp("runs"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSWORKS_HOME", str(folder / "home"))
        patch.setenv("GLASSWORKS_DEVICE", "cpu")
        base, rows = repeated.causal_base(folder / "base", "llama"), _rows(folder / "rows.jsonl")
        asked = folder / "asked.jsonl"
        asked.write_text(
            "".join(json.dumps({"prompt": f"tom has {n} .", "answer": str(n)}) + "\n" for n in range(12))
        )
        for name, own in _OF.items():
            kind = "dpo" if name == "free" else name
            online = PREFERENCES[kind].asks
            told = {**_FIELDS, **(_ANSWERING if online else {}), "base": base, **own}
            known = kind_named(kind).spec_class().__dataclass_fields__
            told = {field: value for field, value in told.items() if field in known}
            told |= {} if "problems" in own else {"dataset": f"path:{asked}" if online else rows}
            job = repeated.carried_out(kind, told, folder / name / "job")
            repeated.taken_away(job, kind, told, folder / name / "taken")
            found[name] = job, folder / name / "taken"
        repeated.run_scripts(*(taken for _, taken in found.values()))
    return found


@pytest.mark.slow
@pytest.mark.timeout(600)  # the first carries out the runs of all
@pytest.mark.process
@pytest.mark.parametrize("name", _OF)
def test_the_script_learns_by_itself(runs, name):
    job, folder = runs[name]
    assert (folder / "left.txt").read_text() == "0", (folder / "complained.txt").read_text()
    log = json.loads((folder / "tuned" / "trainer_state.json").read_text())["log_history"]
    losses = {entry["step"]: entry["loss"] for entry in log if "loss" in entry}
    wanted, _ = repeated.of_job(job)
    assert list(losses) == list(wanted) == [1, 2]
    assert (folder / "tuned" / "adapter_model.safetensors").is_file()
    if name in ("dpo", "free"):
        assert losses == pytest.approx(wanted, abs=1e-4)
    if PREFERENCES.get(name) and PREFERENCES[name].asks:
        assert any("eval_reward" in entry for entry in log)
