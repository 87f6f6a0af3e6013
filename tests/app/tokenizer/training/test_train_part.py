"""The form's callbacks as the browser would call them, without a browser."""

from html import unescape

import gradio as gr
import pytest

from app.job_panel.panel import View
from app.tokenizer import train_part
from app.tokenizer.train_part import TrainPart, _taken
from app.tokenizer.train_presets import PRESETS, SET
from app.tokenizer.train_view import how_html
from pipelines.core.fields import knobs
from pipelines.jobs.states import JobState
from pipelines.tokenization.specs import TokenizerSpec


@pytest.fixture
def part(services):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Train"):
        made = TrainPart(services)
        made.wire()
    return made


def values(part, **changed) -> dict:
    """What the form's components hold: those of the page as it opens, with changes."""
    return {c: changed.get(name, c.value) for name, c in part.fields.items()}


def preset(label) -> dict:
    chosen = next(p for p in PRESETS if label in p.label)
    return dict(zip(SET, _taken(chosen), strict=True))


def test_the_untouched_form_is_the_default_spec(part):
    assert set(part.fields) == set(knobs(TokenizerSpec))
    assert part._spec(values(part)) == TokenizerSpec()


def test_building_it_gives_the_tab_nothing_to_show(services):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Train"):
        made = train_part.build(services)
    assert not made.outputs and not made.show(None, None)


@pytest.mark.parametrize("label", [p.label for p in PRESETS])
def test_each_preset_trains_a_tokenizer(part, services, upload, do, asked_by, label):
    given = values(part, **preset(label), corpus=upload(), vocab_size=420, name="Mine")
    job_id = part._submit(given, asked_by())[part.panel.job_id]
    do(job_id)
    assert services.jobs.get(job_id).state is JobState.SUCCEEDED, services.jobs.get(job_id).message
    entry = services.models.tokenizer(f"run/{job_id}")
    assert entry.title == "Mine" and entry.vocab_size <= 420
    assert entry.algorithm == part._spec(given).algorithm


def test_presets_set_the_same_fields_and_put_back_what_another_has_set():
    assert all(set(SET) <= set(p.values) for p in PRESETS)
    bert = TokenizerSpec.from_dict({**PRESETS[2].values, "vocab_size": 1000})
    assert bert.filling("cls") == "[CLS]" and bert.around[0] == ["[CLS]", "$A", "[SEP]"]
    own = TokenizerSpec.from_dict({**bert.to_dict(), **{n: PRESETS[0].values[n] for n in SET}})
    assert own == TokenizerSpec(vocab_size=1000)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"vocab_size": 100},
            "vocab_size accepts at least 264 here: 8 special tokens and an alphabet of 256",
        ),
        ({"vocab_size": 500, "algorithm": "wordpiece"}, "at least 520 here"),
        ({"corpus": "nowhere"}, "corpus accepts 'sample'"),
        ({"corpus": "upload:0"}, "no such upload"),
        ({"special_tokens": "a\na"}, "each token once"),
        ({"curve_sizes": "9000"}, "curve_sizes accepts at most 16 whole numbers"),
        ({"template": "cls+sep"}, "no special token is cls or sep"),
    ],
)
def test_a_refusal_stands_beside_the_form(part, services, asked_by, changed, words):
    refused = part._submit(values(part, **changed), asked_by())
    assert words in unescape(refused[part.error]) and part.panel.job_id not in refused
    assert services.jobs.list() == []


def test_an_alphabet_that_does_not_fit_is_said_by_the_job(part, services, upload, do, asked_by):
    given = values(part, corpus=upload(), byte_level=False, vocab_size=40)
    job_id = part._submit(given, asked_by())[part.panel.job_id]
    do(job_id)
    head = part.panel._open(job_id, View(), asked_by())[part.panel.parts.head]
    assert "vocab_size accepts at least" in head and "got 40" in head


def test_what_the_settings_mean_is_said_at_once(part):
    said = part._tell(values(part, vocab_size=1000))
    assert "<b>8</b> special, <b>256</b> for the bytes, <b>736</b> left" in said[part.how]
    assert "each twice" in how_html(TokenizerSpec(algorithm="wordpiece", vocab_size=1000))
    lost = how_html(TokenizerSpec(byte_level=False, special_tokens=("unk=<b>",)))
    assert "lacks become <code>&lt;b&gt;</code>" in lost
    assert "lacks" not in how_html(TokenizerSpec(byte_level=False, byte_fallback=True))
    assert "at least 264" in part._tell(values(part, vocab_size=5))[part.error]


def test_anothers_text_does_not_exist(part, upload, asked_by):
    refused = part._submit(values(part, corpus=upload("eve")), asked_by("mallory"))
    assert "There is no corpus" in refused[part.error]


def test_own_texts_are_taken_or_refused_where_one_looks(part, services, asked_by):
    chooser = part.chooser
    taken = chooser.added("Foxes ran home.", "", None, asked_by("eve"))
    assert (
        taken[chooser.corpus].value == services.corpora.list("eve")[0].id and "Foxes" in taken[chooser.view]
    )
    assert "text" in chooser.added("   ", "", None, asked_by())[chooser.error]
    assert "Bundled sample" in chooser.described("sample", asked_by())
    assert "The job fetches it" in chooser.described("hub:owner/name", asked_by())


def test_a_link_brings_the_form_or_a_job_back(part, asked_by):
    query = {"tab": "tokenizer", "part": "train", "algorithm": "unigram", "vocab_size": "777"}

    def linked(**query):
        return part._linked(asked_by(**query))

    assert linked(**query) == {part.fields["algorithm"]: "unigram", part.fields["vocab_size"]: 777}
    assert linked(**{**query, "vocab_size": "7"}) == {}
    job = linked(tab="tokenizer", part="train", job="0123456789ab")
    assert job == {part.panel.job_id: "0123456789ab"}
    assert linked(tab="tokenizer", algorithm="unigram") == {}
