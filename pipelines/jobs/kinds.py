"""The kinds of job there are: a name, the spec that describes one, and the function that runs one.

The runner is named by a string so that the page can validate a spec without importing torch.
"""

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.errors import NotFoundError


@dataclass(frozen=True)
class Result:
    """What a kind of job leaves in its ``artifact/``.

    ``name`` is how others name it, with the job's id for ``{}``. ``check`` is ``module:name`` of a function
    that takes the folder and raises GlassworksError unless it is whole; it runs in the page's process, so its
    module is light.
    """

    noun: str
    name: str
    check: str

    def named(self, job_id: str) -> str:
        return self.name.format(job_id)

    def load_check(self) -> Callable[[Path], None]:
        return _named(self.check)


MODEL = Result("model", "run/{}", "pipelines.models.artifacts:check_artifact")
CORPUS = Result("corpus", "run:{}", "pipelines.training.curation.artifact:check_corpus")
RESULTS = Result("set of results", "{}", "pipelines.prompting.lab.records:check_results")
FIGURES = Result("set of figures", "{}", "pipelines.evaluation.results.under_way:check_results")
TOKENIZER = Result("tokenizer", "run/{}", "pipelines.tokenization.artifact:check_tokenizer")


@dataclass(frozen=True)
class JobKind:
    """``spec`` and ``runner`` are ``module:name``; the spec's module imports the standard library only.

    The runner is ``run(spec, context) -> JobState`` with the state in which it left:
    succeeded, paused or cancelled. It raises for a failure. ``given`` are functions of other topics that it
    is handed, as (argument, ``module:name``): topics do not import each other.
    """

    name: str
    title: str
    spec: str
    runner: str
    result: Result = MODEL
    given: tuple[tuple[str, str], ...] = ()

    def spec_class(self) -> type:
        return _named(self.spec)

    def parse(self, values: dict[str, Any]) -> Any:
        """The validated spec; a spec class may complete what is missing in its own ``from_dict``."""
        return self.spec_class().from_dict(values)

    def load_runner(self) -> Callable[..., Any]:
        given = self.load_given()
        return functools.partial(_named(self.runner), **given) if given else _named(self.runner)

    def load_given(self) -> dict[str, Any]:
        """The functions of other topics that the runner is handed, by argument."""
        return {argument: _named(reference) for argument, reference in self.given}


KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        JobKind(
            "pretrain",
            "Pretraining",
            "pipelines.training.specs:PretrainSpec",
            "pipelines.training.pretrain:run",
        ),
        JobKind(
            "encoder",
            "Tuning an encoder",
            "pipelines.training.tuning.specs:EncoderSpec",
            "pipelines.training.tuning.encoder:run",
        ),
        JobKind(
            "curate",
            "Cleaning a corpus",
            "pipelines.training.curation.specs:CurateSpec",
            "pipelines.training.curation.curate:run",
            CORPUS,
        ),
        JobKind(
            "tokenizer",
            "Training a tokenizer",
            "pipelines.tokenization.specs:TokenizerSpec",
            "pipelines.tokenization.job:run",
            TOKENIZER,
            (("documents", "pipelines.training.curation.sources:documents_of"),),
        ),
        JobKind(
            "sft",
            "Fine-tuning",
            "pipelines.training.tuning.specs:SftSpec",
            "pipelines.training.tuning.sft:run",
        ),
        JobKind(
            "distill",
            "Distillation",
            "pipelines.training.tuning.distillation.specs:DistillSpec",
            "pipelines.training.tuning.distillation.run:run",
        ),
        JobKind(
            "dpo",
            "Preferences (DPO)",
            "pipelines.training.preferring.specs:DpoSpec",
            "pipelines.training.preferring.run:run",
        ),
        JobKind(
            "kto",
            "Rated answers (KTO)",
            "pipelines.training.preferring.specs:KtoSpec",
            "pipelines.training.preferring.run:run",
        ),
        JobKind(
            "orpo",
            "Preferences (ORPO)",
            "pipelines.training.preferring.specs:OrpoSpec",
            "pipelines.training.preferring.run:run",
        ),
        JobKind(
            "reward",
            "Reward model",
            "pipelines.training.preferring.specs:RewardSpec",
            "pipelines.training.tuning.encoder:run",
        ),
        *(
            JobKind(
                name,
                f"Rewards ({name.upper()})",
                f"pipelines.training.preferring.online.specs:{name.title()}Spec",
                "pipelines.training.preferring.online.run:run",
                given=(("author", "pipelines.prompting.tasks.problems:Author"),),
            )
            for name in ("grpo", "rloo")
        ),
        JobKind(
            "prompt_lab",
            "Prompt lab",
            "pipelines.prompting.specs:PromptLabSpec",
            "pipelines.prompting.lab.job:run",
            RESULTS,
            (
                ("open", "pipelines.prompting.calling.opened:open_caller"),
                ("searching", "pipelines.rag.lookup:searching"),
            ),
        ),
        JobKind(
            "evaluate",
            "Evaluation",
            "pipelines.evaluation.specs:EvalSpec",
            "pipelines.evaluation.running.job:run",
            FIGURES,
            (
                ("open", "pipelines.evaluation.answering.opened:opened"),
                ("documents", "pipelines.training.curation.sources:documents_of"),
                ("uploads", "pipelines.training.rows.store:RowStore"),
            ),
        ),
    )
}


def kind_named(name: str) -> JobKind:
    try:
        return KINDS[name]
    except (KeyError, TypeError):
        raise NotFoundError(f"There is no job kind {name!r}; the kinds are {', '.join(KINDS)}.") from None


def result_of(kind: object) -> Result:
    """What jobs of this kind make; a model for the row of a kind that is no more."""
    return KINDS[kind].result if kind in KINDS else MODEL


def _named(reference: str) -> Any:
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
