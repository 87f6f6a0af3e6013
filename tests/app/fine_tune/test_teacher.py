"""A teacher on the form: with one the run is a distillation, on a new student or one that is there."""

from types import SimpleNamespace

import pytest

from app.fine_tune import form
from app.fine_tune.teacher_part import NEW
from app.job_panel.access import reached
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.fields import knobs
from pipelines.training.checks.requests import Checked
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.specs import SftSpec
from tests.support.tiny_models import build, tokenizer

HOUSE = "house/story-base"


def test_a_teacher_makes_it_a_distillation_and_none_a_tuning(tab, given):
    spec = tab.form.spec(given(teacher=HOUSE, base="", method="full"))
    assert isinstance(spec, DistillSpec) and spec.is_new and form.kind_of(spec) == "distill"
    assert isinstance(tab.form.spec(given()), SftSpec) and form.kind_of(tab.form.spec(given())) == "sft"
    assert not isinstance(tab.form.spec(given(task="classify", teacher=HOUSE)), SftSpec)
    assert set(knobs(DistillSpec)) <= set(tab.form.fields)


def test_choosing_one_offers_a_new_student_with_what_fits_it(tab, given, asked_by):
    turned = tab.study.taught(given(teacher=HOUSE), asked_by())
    fields, teacher = tab.form.fields, tab.teacher
    base = turned[tab.base]
    assert base["value"] == "" and tuple(base["choices"][0]) == NEW, "nobody learns of oneself"
    assert turned[fields["method"]]["value"] == "full"
    assert [name for _, name in turned[fields["method"]]["choices"]] == ["full", "lora"]
    assert turned[fields["learning_rate"]] == form.NEW_RATE
    assert turned[teacher.taught].visible and turned[teacher.sizes].visible
    back = tab.study.taught(given(teacher="", base="", method="full"), asked_by())
    assert back[tab.base]["value"] == HOUSE and not back[teacher.taught].visible
    assert len(back[fields["method"]]["choices"]) > 2


def test_its_fields_are_seen_where_there_is_something_to_teach(tab):
    seen = tab.teacher.shown
    assert not seen("classify", HOUSE, "")[tab.teacher.column].visible
    assert seen("instruct", "", HOUSE)[tab.teacher.column].visible
    assert not seen("continue", HOUSE, "run/aaaaaaaaaaaa")[tab.teacher.sizes].visible


def test_what_it_takes_counts_the_teacher(tab, given, asked_by):
    told = tab._told(given(teacher=HOUSE, base="", method="full"), asked_by())
    assert told[tab.error] == "" and "(100 %)" in told[tab.estimate]
    assert "teacher 42.0 MB" in told[tab.estimate] or "teacher 42 MB" in told[tab.estimate]
    wrong = tab._told(given(teacher=HOUSE, base="", method="full", num_heads=5), asked_by())
    assert "hidden_size accepts a multiple of num_heads" in wrong[tab.error]


def test_its_rows_are_checked_with_the_student_s_tokens_and_it_starts(tab, given, services, asked_by):
    asked = []

    def stream(request):
        asked.append(request)
        yield Checked("prompt-completion", 7, 1, (), ())

    services.tokenizers = SimpleNamespace(stream=stream)
    *_, last = tab._start(given(teacher=HOUSE, base="", method="full"), asked_by())
    assert "teacher" not in asked[0].spec and asked[0].spec["base"] == HOUSE
    job = services.jobs.get(last[tab.panel.job_id])
    assert job.kind == "distill" and job.spec["teacher"] == HOUSE and job.spec["base"] == ""


def test_a_teacher_of_someone_else_or_another_kind_or_vocabulary_is_refused(services, asked_by, tmp_path):
    common = {"teacher": HOUSE, "dataset": "sample:story-prompts"}
    with pytest.raises(NotFoundError, match="run/aaaaaaaaaaaa"):
        reached(services, DistillSpec(**common | {"teacher": "run/aaaaaaaaaaaa"}), asked_by("eve"))
    folder = tmp_path / "other"
    build("gpt2").save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    with pytest.raises(SpecError, match=r"teacher accepts a model with the vocabulary of the student path:"):
        reached(services, DistillSpec(**common, base=f"path:{folder}", max_length=64), asked_by())
    build("bert").save_pretrained(folder)
    with pytest.raises(SpecError, match="goes on with a text"):
        reached(services, DistillSpec(**common | {"teacher": f"path:{folder}"}), asked_by())


def test_a_link_brings_it_back(tab, asked_by):
    query = {"tab": "fine-tune", "teacher": HOUSE, "base": "", "method": "full", "alpha": "0.9"}
    request = asked_by()
    request.query_params = query
    linked = tab._linked(request)
    assert linked[tab.teacher.teacher] == HOUSE and linked[tab.form.fields["alpha"]] == 0.9
    assert linked[tab.teacher.taught].visible and linked[tab.teacher.sizes].visible
    assert linked[tab.base]["label"] == "Student" and linked[tab.base]["value"] == ""
    assert linked[tab.form.fields["method"]]["value"] == "full"
