"""A link to a measurement: models, text, context and stride in the page's address. No Gradio."""

from collections.abc import Mapping

from app.evaluate.language_asking import MOST_MODELS, Asked
from pipelines.core.errors import GlassworksError
from pipelines.evaluation.language.requests import LanguageRequest

TAB, VIEW = "evaluate", "language"
LINK_JS = f"""(models, text, context, stride) => glassworks.copyLink('{TAB}',
    ['view', 'models', 'text', 'context', 'stride'], ['{VIEW}', models.join("\\n"), text, context, stride])"""
_LONGEST = 20_000  # characters


def linked(query: Mapping[str, str]) -> Asked | None:
    """What a link asks for; None for one to something else, and for one that does not fit: a link is what
    anyone may have written."""
    if query.get("tab") != TAB or query.get("view") != VIEW or "text" not in query:
        return None
    if sum(map(len, query.values())) > _LONGEST:
        return None
    models = tuple(filter(None, query.get("models", "").split("\n")))
    try:
        context, stride = int(query.get("context", 0)), int(query.get("stride", 0))
        for model in models:
            LanguageRequest(model, query["text"], context, stride)
    except (GlassworksError, ValueError):
        return None
    fits = 0 < len(models) <= MOST_MODELS and len(set(models)) == len(models)
    return Asked(models, query["text"], context, stride) if fits else None
