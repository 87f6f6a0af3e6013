"""The page's frame: header, tab groups, footer, and the endpoints of the API. What a tab does is its own."""

from typing import Any

import gradio as gr

from app.api import attention as attention_api
from app.api import check_dataset as check_dataset_api
from app.api import compare, generation, jobs, rag_ask, rag_documents, rag_evaluate, rag_search
from app.api import compare_methods as compare_methods_api
from app.api import corpus as corpus_api
from app.api import decoding as decoding_api
from app.api import estimate_tuning as estimate_tuning_api
from app.api import evaluate as evaluate_api
from app.api import export_script as export_script_api
from app.api import fill_mask as fill_mask_api
from app.api import metric as metric_api
from app.api import predict as predict_api
from app.api import preference_files as preference_files_api
from app.api import preference_push as preference_push_api
from app.api import preferences as preferences_api
from app.api import prompt_lab as prompt_lab_api
from app.api import tokenize as tokenize_api
from app.api import train_tokenizer as train_tokenizer_api
from app.api import your_data as your_data_api
from app.heard_events import hear_every_one
from app.links import linked_tab
from app.opening import when_linked, wire_opening
from app.quiet_events import keep_to_themselves
from app.services import Services
from app.sign_in import login_buttons, owners_note
from app.tabs import (
    attention,
    corpus,
    decoding,
    evaluate,
    fill_mask,
    fine_tune,
    jobs_models,
    preferences,
    pretrain,
    prompt_lab,
    rag,
    start,
    tokenizer,
)
from app.your_data import part as your_data_part
from pipelines.core.settings import REPOSITORY

# (group, id, title, module): a group's name stands above its first tab.
TABS: tuple[tuple[str, str, str, Any], ...] = (
    ("start", "start", "Start", start),
    ("explore", "decoding", "Decoding", decoding),
    ("explore", "tokenizer", "Tokenizer", tokenizer),
    ("explore", "attention", "Attention", attention),
    ("explore", "fill-mask", "Fill-mask", fill_mask),
    ("explore", "prompt-lab", "Prompt lab", prompt_lab),
    ("explore", "rag", "RAG chat", rag),
    ("build", "pretrain", "Pretrain", pretrain),
    ("build", "fine-tune", "Fine-tune", fine_tune),
    ("build", "preferences", "Preferences", preferences),
    ("build", "evaluate", "Evaluate", evaluate),
    ("build", "corpus", "Corpus", corpus),
    ("house", "jobs", "Jobs & models", jobs_models),
)
_LOGO = REPOSITORY / "assets" / "img" / "logo.svg"
_HOUR = 3600

_HEADER = """
<header class="gw-header">
  <a class="gw-brand" href="./" aria-label="Glassworks, start page">{logo}<span>Glassworks</span></a>
  <span class="gw-tagline">A workshop for language models</span>
  <span class="gw-who" data-who></span>
  <button type="button" class="gw-your-open" data-your-data>Your data</button>
  <button type="button" class="gw-theme" data-theme-toggle aria-label="Switch between light and dark">
    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true"><circle cx="10" cy="10" r="7"
      fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M10 3a7 7 0 0 1 0 14z"
      fill="currentColor"/></svg>
  </button>
</header>
"""
_FOOTER = """
<footer class="gw-footer"><span>Everything runs on this machine.</span>
<span>Safetensors only, no remote code.</span><a href="./?view=api">API</a></footer>
"""


def build(services: Services) -> gr.Blocks:
    """The whole page. Must not import torch: a test watches."""
    unseen = login_buttons(services.settings)
    with gr.Blocks(
        title="Glassworks", fill_width=True, analytics_enabled=False, delete_cache=(_HOUR, 24 * _HOUR)
    ) as page:
        generation.build(services)  # before the tabs, whose handlers would take the endpoints' names
        decoding_api.build(services)
        fill_mask_api.build(services)
        predict_api.build(services)
        prompt_lab_api.build(services)
        for module in (rag_documents, rag_search, rag_ask, rag_evaluate):
            module.build(services)
        evaluate_api.build(services)
        metric_api.build(services)
        preferences_api.build(services)
        preference_files_api.build(services)
        preference_push_api.build(services)
        attention_api.build(services)
        tokenize_api.build(services)
        train_tokenizer_api.build(services)
        check_dataset_api.build(services)
        estimate_tuning_api.build(services)
        export_script_api.build(services)
        jobs.build(services)
        corpus_api.build(services)
        compare.build(services)
        compare_methods_api.build(services)
        your_data_api.build(services)
        gr.HTML(_HEADER.format(logo=_LOGO.read_text(encoding="utf-8")), elem_classes="gw-header-box")
        with gr.Tabs(elem_id="gw-tabs") as tabs:
            for _, name, title, module in TABS:
                with gr.Tab(title, id=name, elem_id=f"tab-{name}"):
                    owners_note(services.settings, name)
                    module.build(services)
        gr.HTML(_FOOTER, elem_classes="gw-footer-box")
        for button in unseen:
            button.render()
        your_data_part.build(services)
        when_linked(_open_linked, tabs)
        wire_opening(page)
        keep_to_themselves(page)
        hear_every_one(page)
    return page


def _open_linked(request: gr.Request) -> Any:
    asked = linked_tab(request, tuple(name for _, name, _, _ in TABS))
    return gr.Tabs(selected=asked) if asked else gr.skip()
