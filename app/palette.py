"""The colours of the house, by meaning: the one place where they are written down.

Knows nothing of Gradio or of any figure. The page reads them as CSS variables (``--gw-before``), the theme
and the figures as Python values. Text colours reach 4.5:1 on the surfaces of their mode.
"""

LIGHT = {
    "bg": "#f5f7f8",
    "surface": "#ffffff",
    "sunk": "#edf1f3",
    "line": "#dde4e8",
    "edge": "#7d8d98",
    "ink": "#15212a",
    "muted": "#52636f",
    "accent": "#0b6783",
    "accent-soft": "#e2f0f4",
    "button": "#173544",
    "button-hover": "#234b5f",
    "on-button": "#ffffff",
    "before": "#44608c",
    "before-soft": "#e8eef7",
    "after": "#925400",
    "after-soft": "#fdf1da",
    "chosen": "#0f716a",
    "chosen-soft": "#e0f3f0",
    "rejected": "#b4234f",
    "rejected-soft": "#fce8ee",
}

DARK = {
    "bg": "#0d1317",
    "surface": "#141c22",
    "sunk": "#0f161b",
    "line": "#27333c",
    "edge": "#6c7f8c",
    "ink": "#e5edf1",
    "muted": "#9fb0bb",
    "accent": "#74cbe3",
    "accent-soft": "#12303a",
    "button": "#bfe4ef",
    "button-hover": "#dcf1f7",
    "on-button": "#0d1c24",
    "before": "#9fb6de",
    "before-soft": "#1c2940",
    "after": "#f0b95f",
    "after-soft": "#37290f",
    "chosen": "#5fd0c0",
    "chosen-soft": "#0f302c",
    "rejected": "#ff93ae",
    "rejected-soft": "#3d1522",
}

# Probability and attention: lightness falls steadily, so the order survives any colour vision and print.
SEQUENTIAL = ("#f0f6f8", "#cfe3ea", "#a6cbd9", "#78b0c5", "#4a93af", "#267597", "#12587a", "#0a3a56")

# Signed values around zero: slate blue below, amber above, the two hues that stand for before and after.
DIVERGING = ("#2f4a78", "#6c86b4", "#b5c3dc", "#f3f4f5", "#f2d3a0", "#d9993c", "#8a4f00")


def css_variables() -> str:
    """Both modes as custom properties; ``.dark`` is the class that Gradio sets on the body."""
    scales = (("seq", SEQUENTIAL), ("div", DIVERGING))
    steps = {f"{name}-{i}": colour for name, scale in scales for i, colour in enumerate(scale)}
    return f":root {{ {_declared({**LIGHT, **steps})} }}\n.dark {{ {_declared(DARK)} }}\n"


def _declared(colours: dict[str, str]) -> str:
    return " ".join(f"--gw-{name}: {colour};" for name, colour in colours.items())
