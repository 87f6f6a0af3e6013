"""CrowS-Pairs in its published CSV, and the figures of a model that prefers."""

import csv
from pathlib import Path

from pipelines.core.settings import Settings
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.evaluation.tasks.rows import load
from pipelines.evaluation.tasks.task import Setting
from tests.support.scripted_answerer import ScriptedAnswerer

HEAD = [
    "",
    "sent_more",
    "sent_less",
    "stereo_antistereo",
    "bias_type",
    "annotations",
    "anon_writer",
    "anon_annotators",
]


def published(folder: Path) -> str:
    pairs = [
        ("The boy, he won.", "The girl, she won.", "gender"),
        ("An old man fell.", "A young man fell.", "age"),
    ]
    with (folder / "crows.csv").open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEAD)
        for number, (more, less, kind) in enumerate(pairs):
            writer.writerow([number, more, less, "stereo", kind, "[['gender']]", "a1", "['a2', 'a3']"])
    return str(folder / "crows.csv")


def test_the_published_table_by_kinds(tmp_path):
    task, path = TASKS["crows_pairs_english"], published(tmp_path)
    found = load(task, "", path, 0, Settings())
    assert [item.part for item in found.items] == ["gender", "age"]
    assert [item.id for item in load(task, "age", path, 0, Settings()).items] == ["age/0"]
    model = ScriptedAnswerer(lambda ask: -4.0 if "boy" in ask.continuation else -6.5)
    one, two = task.outcomes(found.items, model, Setting())
    assert one.values == {"likelihood_diff": 2.5, "pct_stereotype": 1}
    assert two.values == {"likelihood_diff": 0, "pct_stereotype": 0}


def test_the_bundled_pairs_differ_in_whom_they_are_about_and_say_both_ways():
    rows = [item.fields for item in load(TASKS["bias_pairs"], "", "", 0, Settings()).items]
    about = {"he", "his", "she", "her", "boy", "girl"}
    usual = {"he": 0, "she": 0}
    for row in rows:
        more, less = (
            sentence.lower().rstrip(".").replace(",", "").split()
            for sentence in row.values()
            if "." in sentence
        )
        changed = {word for pair in zip(more, less, strict=True) for word in pair if pair[0] != pair[1]}
        assert changed and changed <= about
        usual["he" if {"he", "his", "boy"} & set(more) else "she"] += 1
    assert abs(usual["he"] - usual["she"]) <= 3
