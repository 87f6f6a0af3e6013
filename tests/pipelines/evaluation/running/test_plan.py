"""What a run will ask: models with their checkpoints, tasks that are judged, all before one is loaded."""

from collections import Counter

import pytest

from pipelines.core.errors import SpecError
from pipelines.evaluation.running.plan import Given, models_of, pairs_of
from pipelines.evaluation.specs import EvalSpec
from pipelines.models.catalogue import Catalogue
from tests.support.evaluation_runs import Uploads, opening, stories, write_rows

RUN = "run/0123456789ab"


def test_checkpoints_stand_before_what_became_of_them(settings, add_run):
    job = add_run("0123456789ab")
    for step in (200, 30):
        job.snapshot(step).mkdir(parents=True)
    catalogue = Catalogue(settings)
    spec = EvalSpec(models=("house/a", RUN, f"{RUN}@30"), checkpoints=True)
    assert list(models_of(spec, catalogue)) == ["house/a", f"{RUN}@30", f"{RUN}@200", RUN]
    assert list(models_of(EvalSpec(models=(RUN,)), catalogue)) == [RUN]


def test_every_task_is_put_to_every_model_in_the_same_way(settings, tmp_path):
    given = Given(opening(Counter()), stories, Uploads)
    spec = EvalSpec(models=("house/a", "house/b"), tasks=("story_cloze", "text:sample"), limit=3)
    pairs = pairs_of(spec, settings, Catalogue(settings), given)
    assert [(one.number, one.model) for one in pairs] == [(n, f"house/{'aabb'[n]}") for n in range(4)]
    setups = [one.put.result(one.model).setup for one in pairs]
    assert setups[:2] == setups[2:] and len(set(setups)) == 2
    keys = {one.put.result(one.model, f"digest of {one.model}").key for one in pairs}
    assert len(keys) == 4


def test_an_upload_is_found_by_its_name(settings):
    write_rows(settings.uploads / "0123", 4)
    given = Given(opening(Counter()), stories, Uploads)
    spec = EvalSpec(file="upload:0123", num_fewshot=2)
    (pair,) = pairs_of(spec, settings, Catalogue(settings), given)
    assert len(pair.put.items) == 4 and {len(item.shots) for item in pair.put.items} == {2}
    assert pair.put.settings["num_fewshot"] == 2


def test_judged_tasks_want_a_judge(settings, tmp_path):
    rows = tmp_path / "mt.jsonl"
    rows.write_text('{"question_id": 1, "category": "writing", "turns": ["Say a.", "Say b."]}\n')
    given = Given(opening(Counter()), stories, Uploads)
    spec = {"tasks": ("mt_bench",), "file": str(rows)}
    with pytest.raises(SpecError, match="judge"):
        pairs_of(EvalSpec(**spec), settings, Catalogue(settings), given)
    (pair,) = pairs_of(EvalSpec(**spec, judge="house/story-base"), settings, Catalogue(settings), given)
    assert pair.put.judged and pair.put.way.judge and pair.put.settings["judge"] == "house/story-base"
