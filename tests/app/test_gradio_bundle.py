"""What our script takes hold of is in the Gradio that is pinned."""

from pathlib import Path

import gradio

from app.gradio_bundle import app_tree
from app.launch import options
from pipelines.core.settings import Settings

ASSETS = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


def test_the_tree_is_found_with_the_methods_that_are_mended():
    text = (ASSETS / app_tree()).read_text("utf-8")
    assert all(f"{method}(" in text for method in ("update_state", "reload", "rerender"))


def test_the_page_asks_for_it_by_the_name_it_has_there():
    """Two addresses would be two modules, and the one that is mended not the one in use."""
    blocks = next(ASSETS.glob("Blocks-*.js")).read_text("utf-8")
    assert f'from"./{app_tree()}"' in blocks


def test_the_head_names_it(home):
    assert f'<meta name="gw-app-tree" content="{app_tree()}">' in options(Settings(home=home))["head"]
