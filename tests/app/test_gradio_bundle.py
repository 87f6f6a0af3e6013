"""What our script takes hold of is in the Gradio that is pinned."""

from pathlib import Path

import gradio
from gradio.routes import templates

from app.gradio_bundle import app_tree, mend_page

METHODS = (
    "update_state", "reload", "rerender", "register_component", "unregister_component", "find_attached_events"
)  # fmt: skip
ASSETS = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


def test_the_tree_is_found_with_the_methods_that_are_mended():
    text = (ASSETS / app_tree()).read_text("utf-8")
    assert all(f"{method}(" in text for method in METHODS)


def test_the_page_asks_for_it_by_the_name_it_has_there():
    """Two addresses would be two modules, and the one that is mended not the one in use."""
    blocks = next(ASSETS.glob("Blocks-*.js")).read_text("utf-8")
    assert f'from"./{app_tree()}"' in blocks


def test_what_sends_events_calls_the_tree_as_a_method_and_knows_its_handlers():
    """It is met by that call (``waiting.js``)."""
    blocks = next(ASSETS.glob("Blocks-*.js")).read_text("utf-8")
    names = ("this.update_state_cb(", "async dispatch(", "dependencies_by_event", "dependencies_by_fn")
    assert all(name in blocks for name in (*names, "trigger_modes", "update_state.bind("))


def test_our_script_stands_before_gradios_in_the_page_and_there_alone(monkeypatch):
    monkeypatch.setattr(templates.env, "loader", templates.env.loader)
    for _ in range(2):
        mend_page()
    page = templates.env.loader.get_source(templates.env, "frontend/index.html")[0]
    assert page.count(mark := f'<script data-app-tree="{app_tree()}">') == 1
    assert 0 < page.index(mark) < page.index('<script type="module"')
    assert mark not in templates.env.loader.get_source(templates.env, "frontend/share.html")[0]
    rendered = templates.env.get_template("frontend/index.html").render(config={}, gradio_api_info={})
    assert "AppTree.prototype" in rendered and "{% raw %}" not in rendered
