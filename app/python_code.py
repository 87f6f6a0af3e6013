"""Code that a visitor can take away, as it is shown on the page. No Gradio."""

from html import escape


def code_html(code: str) -> str:
    """The code with its copy button; a hint while there is none."""
    if not code:
        return (
            '<p class="gw-hint">Generate once: the same settings then stand here in plain transformers.</p>'
        )
    return (
        '<div class="gw-code"><button type="button" class="gw-copy" data-copy="code">Copy</button>'
        f'<pre tabindex="0"><code>{escape(code)}</code></pre></div>'
    )
