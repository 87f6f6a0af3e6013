"""What is pressed inside a component of HTML, told to the server as its ``select`` event."""


def pick_js(*names: str) -> str:
    """The script of a ``gr.HTML``: a button with one of these data attributes sends all that it has."""
    wanted = ", ".join(f"button[data-{name}]" for name in names)
    return f"""element.addEventListener("click", (event) => {{
  const button = event.target.closest("{wanted}");
  if (button && !button.disabled) trigger("select", {{ ...button.dataset }});
}});"""
