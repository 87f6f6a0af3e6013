"""The public sets by name: what each is, where the Hub has it, which shape its rows have. Reads nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.prompting.tasks.kind import Kind
from pipelines.prompting.tasks.public import bbh, shapes


@dataclass(frozen=True)
class HubPlace:
    """A data set of the Hub. ``config`` is empty where there is one only, and where each part is one."""

    repo: str
    config: str = ""
    split: str = "test"


@dataclass(frozen=True)
class PublicSet:
    """``shape`` makes of a row, from a file or the Hub, one with question, answer, choices and rationale;
    ``hub`` is None where no copy in plain data is known there."""

    kind: Kind
    shape: Callable[[Mapping[str, Any]], dict[str, Any]]
    hub: HubPlace | None


def _set(
    name: str,
    title: str,
    about: str,
    count: int,
    licence: str,
    source: str,
    shape: Callable[[Mapping[str, Any]], dict[str, Any]],
    hub: HubPlace | None,
    **more: Any,
) -> PublicSet:
    return PublicSet(Kind(name, title, about, False, count, licence, source, **more), shape, hub)


_UNSTATED = "a research data set; its licence is not stated"
_KOJIMA = "as used by Kojima et al. 2022"
_YES_NO = ("yes", "no")
PUBLIC: dict[str, PublicSet] = {
    one.kind.name: one
    for one in (
        _set(
            "gsm8k",
            "GSM8K",
            "Grade-school word problems of two to eight steps.",
            1319,
            "MIT",
            "Cobbe et al. 2021, test split",
            shapes.plain,
            HubPlace("openai/gsm8k", "main"),
        ),
        _set(
            "svamp",
            "SVAMP",
            "Simple word problems with numbers that do not matter.",
            1000,
            "MIT",
            "Patel et al. 2021",
            shapes.arithmetic,
            HubPlace("ChilleD/SVAMP"),
        ),
        _set(
            "multiarith",
            "MultiArith",
            "Word problems of two sums.",
            600,
            _UNSTATED,
            f"Roy and Roth 2015, {_KOJIMA}",
            shapes.arithmetic,
            HubPlace("ChilleD/MultiArith"),
        ),
        _set(
            "addsub",
            "AddSub",
            "Word problems of addition and subtraction.",
            395,
            _UNSTATED,
            f"Hosseini et al. 2014, {_KOJIMA}",
            shapes.arithmetic,
            None,
        ),
        _set(
            "singleeq",
            "SingleEq",
            "Word problems of one equation.",
            508,
            _UNSTATED,
            f"Koncel-Kedziorski et al. 2015, {_KOJIMA}",
            shapes.arithmetic,
            None,
        ),
        _set(
            "aqua",
            "AQuA",
            "Algebra with five choices and written rationales.",
            254,
            "Apache-2.0",
            "Ling et al. 2017, test split",
            shapes.aqua,
            HubPlace("deepmind/aqua_rat", "raw"),
        ),
        _set(
            "strategyqa",
            "StrategyQA",
            "Yes or no after several facts that the question does not name.",
            2290,
            "Apache-2.0 (BIG-bench), MIT (StrategyQA)",
            "Geva et al. 2021",
            shapes.strategy_qa,
            HubPlace("ChilleD/StrategyQA"),
            labels=_YES_NO,
        ),
        _set(
            "commonsenseqa",
            "CommonsenseQA",
            "Everyday knowledge with five choices.",
            1221,
            "MIT",
            "Talmor et al. 2019, development split",
            shapes.commonsense_qa,
            HubPlace("tau/commonsense_qa", split="validation"),
        ),
        _set(
            "last_letters_kojima",
            "Last letters (Kojima et al.)",
            "Join the last letters of four names; 15 answers take a name of two words for one.",
            500,
            _UNSTATED,
            "Kojima et al. 2022, after Wei et al. 2022",
            shapes.plain,
            HubPlace("ChilleD/LastLetterConcat"),
        ),
        _set(
            "coin_flip_kojima",
            "Coin flip (Kojima et al.)",
            "A coin turned over or not by four people.",
            500,
            _UNSTATED,
            "Kojima et al. 2022, after Wei et al. 2022",
            shapes.coin_flip,
            HubPlace("skrishna/coin_flip"),
            labels=_YES_NO,
        ),
        _set(
            "date_understanding",
            "Date understanding (BIG-bench)",
            "Infer a date from what is told, with choices.",
            369,
            "Apache-2.0",
            f"BIG-bench, Srivastava et al. 2022, {_KOJIMA}",
            shapes.date_understanding,
            HubPlace("tasksource/bigbench", "date_understanding", "validation"),
        ),
        _set(
            "tracking_shuffled_objects",
            "Tracking of shuffled objects (BIG-bench)",
            "Who has what after three swaps, with choices.",
            750,
            "Apache-2.0",
            f"BIG-bench, Srivastava et al. 2022, {_KOJIMA}",
            shapes.big_bench_choices,
            HubPlace("tasksource/bigbench", "tracking_shuffled_objects", "validation"),
        ),
        _set(
            "bbh",
            "BIG-Bench Hard",
            "27 tasks on which earlier models did worse than people.",
            6511,
            "MIT",
            "Suzgun et al. 2022",
            bbh.shape,
            HubPlace("SaylorTwift/bbh"),
            parts=bbh.TASKS,
        ),
    )
}
