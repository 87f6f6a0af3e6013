"""The main job on the real page: train a small model, see its curve move, close the page, come back."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.page import Workshop
from tests.support.small_run import tiny, write_corpus

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def small(corpus: str, **changed) -> dict:
    """The dial at 1 gives the rest; these fields stand open in the form."""
    return {"size": 1, "corpus": corpus, "max_steps": 60, "checkpoint_every": 20, "batch_size": 4, **changed}


def test_train_watch_and_generate(workshop, corpus):
    workshop.tab("Pretrain").fill(**small(corpus, name="first"))
    job_id = workshop.start_training()
    workshop.wait_for_curve(1)
    workshop.expect_state("succeeded")
    expect(workshop.page.locator(".gw-samples blockquote").first).to_contain_text("Once upon a time")
    events = workshop.download("Download the data")
    told = [e for e in map(json.loads, events.splitlines()) if e["type"] == "train"]
    assert told[-1]["step"] == 60
    curve = workshop.wait_for_curve(len(told))  # a quick run may be over before the page has asked once
    assert curve[-1] < curve[0], "the loss did not fall"
    expect(workshop.script()).to_contain_text("max_steps = 60")
    workshop.tab("Decoding").generate(f"run/{job_id}", "Anna found", max_new_tokens=30).expect_writing("done")
    assert workshop.written()
    assert workshop.errors == [] and workshop.foreign == []


def test_a_model_is_trained_on_with_its_old_text_beside_the_new(workshop, api, corpus, tmp_path):
    model = api.train(tiny(corpus))
    new = write_corpus(tmp_path / "letters.jsonl", documents=300, seed=7)
    page = workshop.tab("Pretrain").page
    expect(page.locator(".gw-plot-plan .legendtext").first).to_be_visible()  # the form's choices are there
    workshop.fill(corpus=new, start_from=model)
    expect(page.locator(".gw-start")).to_contain_text("its shape and its tokenizer")
    expect(workshop.field("num_layers")).to_be_disabled()
    expect(workshop.field("context_length")).to_have_value("32")
    page.get_by_role("button", name="Mix in a second text").click()
    workshop.fill(second_corpus=corpus, second_share=0.25, max_steps=60, checkpoint_every=30, batch_size=4)
    workshop.start_training()
    workshop.expect_state("succeeded")
    expect(page.locator(".gw-second")).to_contain_text("Old text (second corpus)")
    expect(page.locator(".gw-second")).to_contain_text("before")
    for plot in ("loss", "bits", "perplexity"):
        names = page.locator(f".gw-plot-{plot} .legendtext")
        expect(names.filter(has_text="old text (second corpus)")).to_be_visible()
    expect(workshop.script()).to_contain_text("AutoModelForCausalLM.from_pretrained('data/runs/")
    assert workshop.errors == [] and workshop.foreign == []


def test_the_plan_follows_the_form(workshop):
    page = workshop.tab("Pretrain").page
    plan = page.locator(".gw-plot-plan")
    expect(plan.locator(".legendtext").first).to_contain_text("cosine (chosen)")
    page.locator("#knob-schedule input").click()
    page.get_by_role("option", name="WSD").click()
    expect(plan.locator(".legendtext").first).to_contain_text("WSD (chosen)")
    page.get_by_role("button", name="Advanced").click()
    stages = page.locator("#knob-stages textarea")
    stages.fill("0.5 context=64\n0.5 batch_size=8")
    expect(page.locator(".gw-stages tbody tr")).to_have_count(2)
    stages.fill("half of it")
    expect(page.locator(".gw-error").locator("visible=true").first).to_contain_text("stages accepts lines")
    expect(page.locator(".gw-stages tbody tr")).to_have_count(2)


def test_refresh_and_reopening_show_the_job_again(context, running_app, workshop, corpus):
    workshop.tab("Pretrain").fill(**small(corpus, max_steps=1500, checkpoint_every=300))  # stopped below
    job_id = workshop.start_training()
    workshop.wait_for_curve(2)

    workshop.page.reload()
    workshop.tab("Pretrain").expect_state("running")
    assert workshop.job_id() == job_id
    seen = workshop.wait_for_curve(2)
    assert len(workshop.wait_for_curve(len(seen) + 1)) > len(seen), "the curve stands still"

    workshop.page.close()
    again = Workshop(context.new_page(), running_app.url).open().tab("Pretrain")
    again.expect_state("running")
    assert again.job_id() == job_id
    again.page.get_by_role("button", name="Stop and keep the model").locator("visible=true").click()
    again.expect_state("succeeded")


def test_refused_value_is_named_and_what_was_typed_stays(workshop, corpus):
    workshop.tab("Pretrain").fill(**small(corpus, name="my careful run", batch_size=4, max_steps=0))
    workshop.page.locator("#pretrain-start").click()
    message = workshop.page.locator(".gw-error").locator("visible=true").first
    expect(message).to_contain_text("max_steps accepts a whole number from 1 to 1,000,000")
    kept = {name: workshop.field(name).input_value() for name in ("name", "batch_size", "max_steps")}
    assert kept == {"name": "my careful run", "batch_size": "4", "max_steps": "0"}
    assert workshop.job_id() == "", "a refused run was started"


def test_bad_text_is_refused_and_stays_in_its_box(workshop):
    page = workshop.tab("Pretrain").page
    page.get_by_role("button", name="Bring a text of your own").click()
    page.get_by_label("Title", exact=True).fill("Mine")
    page.get_by_label("Paste text", exact=True).fill("   ")
    page.get_by_role("button", name="Use this text").click()
    expect(page.locator(".gw-error").locator("visible=true").first).to_contain_text("text")
    assert page.get_by_label("Title", exact=True).input_value() == "Mine"


@pytest.mark.parametrize(
    ("name", "content"), [("empty.txt", b""), ("binary.txt", bytes(range(256)) * 20)], ids=["empty", "binary"]
)
def test_bad_file_is_refused_with_a_message(workshop, name, content):
    page = workshop.tab("Pretrain").page
    page.get_by_role("button", name="Bring a text of your own").click()
    workshop.bring_file(name, content)
    page.get_by_role("button", name="Use this text").click()
    expect(page.locator(".gw-error").locator("visible=true").first).to_contain_text("text")


def test_a_link_fills_the_form(visitor):
    """The fields of the address arrive, and those of an address that does not fit are left alone."""
    visitor.open("?tab=pretrain&max_steps=77&hidden_size=128&num_heads=4&num_kv_heads=2&name=shared")
    expect(visitor.field("max_steps")).to_have_value("77")
    expect(visitor.field("hidden_size")).to_have_value("128")
    expect(visitor.field("name")).to_have_value("shared")
    visitor.open("?tab=pretrain&max_steps=77&num_heads=7")
    expect(visitor.field("num_heads")).to_have_value("3")
    expect(visitor.field("max_steps")).to_have_value("600")
