"""What is said beside the map of a collection. Pure HTML; no text of visitors is in it."""

import numpy as np

from pipelines.rag.answers import Mapped

HINT = '<p class="gw-muted">The map is drawn when you ask for it; t-SNE takes some seconds.</p>'
_TSNE = "The question stands at the mean of the ten passages nearest to it, weighted by how near they are."
_PCA = "The question is projected as the passages are: what is far in many dimensions may lie near in two."


def note_html(found: Mapped) -> str:
    """How much of the collection is drawn, and where the question stands."""
    count = len(found.ids)
    many = f"{count:,} passage{'s' * (count != 1)}"
    part = f"{count:,} of {found.total:,} passages, drawn at random" if count < found.total else many
    where = "" if not len(found.query) else _TSNE if np.isnan(found.explained) else _PCA
    return f'<p class="gw-muted">{part}. {where}</p>'
