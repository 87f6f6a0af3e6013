"""The palette is readable in both modes, and the theme takes nothing from the network."""

import re

import pytest

from app.palette import DARK, LIGHT, SEQUENTIAL, css_variables
from app.theme import theme

TEXTS = ("ink", "muted", "accent", "before", "after", "chosen", "rejected")
SURFACES = ("bg", "surface", "sunk")


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2, 0 (black) to 1 (white)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
def test_text_reaches_aa_on_every_surface(mode):
    pairs = [(text, surface) for text in TEXTS for surface in SURFACES]
    pairs += [(name, f"{name}-soft") for name in ("accent", "before", "after", "chosen", "rejected")]
    pairs += [("on-button", "button"), ("on-button", "button-hover"), ("ink", "after-soft")]
    assert not [(a, b) for a, b in pairs if contrast(mode[a], mode[b]) < 4.5]


@pytest.mark.parametrize("mode", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_inputs_reach_three_to_one(mode):
    assert all(contrast(mode["edge"], mode[surface]) >= 3 for surface in ("bg", "surface"))


def test_the_sequential_scale_falls_steadily_in_lightness():
    steps = [luminance(colour) for colour in SEQUENTIAL]
    assert steps == sorted(steps, reverse=True) and len(set(steps)) == len(steps)


def test_both_modes_define_the_same_colours():
    assert LIGHT.keys() == DARK.keys()
    assert css_variables().count("--gw-before:") == 2


def test_the_theme_fetches_nothing():
    made = theme()
    assert not made._stylesheets
    css = made._get_theme_css()
    assert re.findall(r"url\((?!.?data:)", css) == [] and "@import" not in css
    assert made.body_text_color == LIGHT["ink"] and made.body_text_color_dark == DARK["ink"]
