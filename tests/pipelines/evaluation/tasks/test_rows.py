"""A task's items from local files, from what comes with the app and from a Hub that is a function."""

import json
from pathlib import Path

import pytest

from pipelines.common import hub_rows as hub
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.settings import Settings
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.evaluation.tasks.rows import Loaded, load
from pipelines.evaluation.tasks.shots import NO_SHOTS, Shots
from tests.support.evaluation_rows import file_of

PIQA = [{"goal": f"g{n}", "sol1": "a", "sol2": "b", "label": n % 2} for n in range(6)]


def mmlu(subject: str, number: int, split: str) -> dict:
    return {
        "subject": subject,
        "split": split,
        "question": f"{subject} {number}",
        "choices": list("abcd"),
        "answer": "A",
    }


MMLU = [
    mmlu(subject, number, split)
    for subject in ("anatomy", "virology")
    for split, count in (("dev", 3), ("test", 4))
    for number in range(count)
]


def file(folder: Path, rows: list, name: str = "rows.jsonl") -> str:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / name)


def loaded(
    task: str, file: str = "", part: str = "", limit: int = 0, shots: Shots = NO_SHOTS, **more
) -> Loaded:
    return load(TASKS[task], part, file, limit, more.pop("settings", Settings()), shots=shots, **more)


def test_a_limit_is_each_part_s_and_ids_tell_them_apart(tmp_path):
    found = loaded("mmlu", file(tmp_path, MMLU), limit=3)
    assert [item.part for item in found.items] == ["anatomy"] * 3 + ["virology"] * 3
    assert [item.id for item in found.items[:4]] == ["anatomy/0", "anatomy/1", "anatomy/2", "virology/0"]
    assert len({item.id for item in found.items}) == 6
    assert [item.fields["split"] for item in found.items] == ["test"] * 6
    alone = loaded("mmlu", file(tmp_path, MMLU), "virology")
    assert [item.id for item in alone.items] == [f"virology/{n}" for n in range(4)]


def test_examples_are_of_the_part_and_of_their_split(tmp_path):
    found = loaded("mmlu", file(tmp_path, MMLU), shots=Shots(2))
    assert found.shots == (MMLU[0], MMLU[1]) and found.items[-1].shots == (MMLU[7], MMLU[8])
    with pytest.raises(SpecError, match="num_fewshot accepts at most 3"):
        loaded("mmlu", file(tmp_path, MMLU), shots=Shots(4))


def test_without_a_split_examples_are_the_other_rows(tmp_path):
    found = loaded("piqa", file(tmp_path, PIQA), limit=2, shots=Shots(5))
    for item in found.items:
        assert len(item.shots) == 5 and item.fields not in item.shots, "also those beyond the limit"


def test_the_digest_tells_what_is_asked_and_nothing_else(tmp_path):
    path = file(tmp_path, PIQA)
    told = {
        name: loaded("piqa", path, **put).digest
        for name, put in (
            ("all", {}),
            ("some", {"limit": 3}),
            ("two", {"shots": Shots(2)}),
            ("other two", {"shots": Shots(2, seed=1)}),
        )
    }
    told["changed"] = loaded("piqa", file(tmp_path, [*PIQA[:5], PIQA[5] | {"label": 0}])).digest
    assert len(set(told.values())) == len(told)
    elsewhere = file(tmp_path, [dict(reversed(row.items())) for row in PIQA], "other.jsonl")
    assert loaded("piqa", elsewhere).digest == told["all"] == loaded("piqa", elsewhere, limit=6).digest


def test_a_fault_names_row_and_field_and_only_of_what_is_asked(tmp_path):
    path = file(tmp_path, [*PIQA, {"goal": "g", "sol1": "a", "label": 0}])
    with pytest.raises(SpecError, match="row 7, sol2 accepts a text; got None"):
        loaded("piqa", path)
    assert len(loaded("piqa", path, limit=6).items) == 6
    with pytest.raises(SpecError, match="row 7, sol2"):
        loaded("piqa", path, limit=2, shots=Shots(1))


def test_a_part_that_no_row_has(tmp_path):
    with pytest.raises(SpecError, match="a part that the rows hold: anatomy, virology"):
        loaded("mmlu", file(tmp_path, MMLU), "law")


def test_an_upload_is_found_by_whoever_keeps_it(tmp_path):
    path = Path(file(tmp_path, PIQA))
    assert len(loaded("piqa", "upload:abc", owner_upload={"abc": path}.__getitem__).items) == 6
    with pytest.raises(SpecError, match="file accepts"):
        loaded("piqa", "upload:abc")
    with pytest.raises(NotFoundError):
        loaded("piqa", str(tmp_path / "none.jsonl"))


@pytest.mark.parametrize(
    ("task", "count"),
    [("arc_easy", 2376), ("arc_challenge", 1298), ("piqa", 1838), ("winogrande", 1267), ("mmlu", 14_042),
     ("commonsense_qa", 1221), ("truthfulqa_mc2", 817)],
)  # fmt: skip
def test_whole_published_sets(task, count):
    assert len(loaded(task, file_of(task)).items) == count


def test_the_hub_s_rows_are_fetched_once_each_part_by_its_name(tmp_path, monkeypatch):
    asked = []

    def rows(place: hub.HubRows) -> list:
        asked.append((place.repo, place.config, place.split))
        return [{key: row[key] for key in ("question", "choices", "answer")} for row in MMLU[:3]]

    monkeypatch.setattr(hub, "_loaded", rows)
    settings = Settings(home=tmp_path)
    found = loaded("mmlu", part="virology", limit=2, shots=Shots(1), settings=settings)
    assert asked == [("cais/mmlu", "virology", "test"), ("cais/mmlu", "virology", "dev")]
    assert [(item.id, item.part) for item in found.items] == [
        ("virology/0", "virology"),
        ("virology/1", "virology"),
    ]
    monkeypatch.setattr(hub, "_loaded", lambda _: pytest.fail("fetched twice"))
    assert loaded("mmlu", part="virology", limit=2, shots=Shots(1), settings=settings) == found


def test_without_a_network_it_says_what_else_there_is(tmp_path, monkeypatch):
    def refused(_):
        raise OSError("refused")

    monkeypatch.setattr(hub, "_loaded", refused)
    with pytest.raises(GlassworksError, match="bring the set as a file, or take one that comes with the app"):
        loaded("piqa", settings=Settings(home=tmp_path))
    assert not list(tmp_path.rglob("*.jsonl"))
