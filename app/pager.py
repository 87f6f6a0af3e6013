"""From one page of a list to the next, the same wherever a list has pages. What it is put into hears the
buttons by their ``data-page``."""


def pager_html(page: int, pages: int, items: str = "items") -> str:
    """``page`` counts from 0; nothing where there is one page only. ``items`` is what they are called."""
    if pages < 2:
        return ""
    first, last = (" disabled" if end else "" for end in (page == 0, page >= pages - 1))
    return (
        f'<nav class="gw-found-pager" aria-label="Pages of {items}">'
        f'<button type="button" data-page="{page - 1}"{first}>← Earlier</button>'
        f"<span>Page {page + 1} of {pages}</span>"
        f'<button type="button" data-page="{page + 1}"{last}>Later →</button></nav>'
    )
