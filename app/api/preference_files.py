"""Named endpoints for what a round holds: export, import, report. Their docstrings are the API's
documentation.

All of it is for the round's owner: the service asks.
"""

from dataclasses import asdict
from typing import Any

import gradio as gr

from app.api.uploaded import uploaded
from app.errors import shown
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.preferences.formats import read, write

_MAX_BYTES = 100_000_000


def build(services: Services) -> None:
    """Add the endpoints to the page that is being built."""
    preferences, visitor_of = services.preferences, services.identity.visitor

    def preferences_export(
        request: gr.Request, round: str, format: str = "trl", ties: bool = False, whole: bool = True
    ) -> str:
        """What one of your rounds holds, as JSON lines.

        Parameters:
            round: its id.
            format: "trl", "trl_conversational", "kto", "sharegpt", "hh" or "argilla".
            ties: true for a row of every tie too.
            whole: true for a column "glassworks" with all that is known, from which an import restores the
                round; false for the plain rows alone, to train on.
        Returns:
            The text of the file.
        """
        owner = visitor_of(request).id
        pairs, votes = preferences.pairs(round, owner), preferences.votes(round, owner)
        return "".join(write(format, pairs, votes, ties=ties is True, whole=whole is True))

    def preferences_import(
        request: gr.Request, round: str, file: dict | None = None, text: str = "", format: str = ""
    ) -> dict[str, int]:
        """Add the pairs and votes of a file to one of your rounds: all of them, or none where a line does not
        fit.

        Parameters:
            round: its id.
            file: an uploaded file, handle_file(path) in Python: JSON lines, or a JSON list.
            text: the lines themselves, in the file's place.
            format: as of /preferences_export; empty to find it out.
        Returns:
            pairs and votes, how many were added.
        """
        owner = visitor_of(request).id
        preferences.pairs(round, owner)
        pairs, votes = read(_text(file, text), format)
        preferences.add_pairs(round, owner, pairs, votes)
        return {"pairs": len(pairs), "votes": len(votes)}

    def preferences_report(request: gr.Request, round: str) -> dict[str, Any]:
        """How good the votes of one of your rounds are.

        Parameters:
            round: its id.
        Returns:
            progress; quality (findings on length, sides, repetitions, ties, duplicates, contradictions, and
            each annotator's pace); agreement (Cohen's and Fleiss' kappa, Krippendorff's alpha, null where
            they cannot be told); ratings of the models, by Bradley and Terry and by Elo, with intervals;
            win_rates: of each model against the others, ties as half, with its interval and with the
            lengths of its texts beside theirs (none where a model was paired with itself alone).
        """
        from pipelines.preferences.measures.agreement import agreement
        from pipelines.preferences.measures.quality import quality
        from pipelines.preferences.measures.ratings import bradley_terry, elo
        from pipelines.preferences.measures.winning import win_rate

        owner = visitor_of(request).id
        pairs, votes = preferences.pairs(round, owner), preferences.votes(round, owner)
        models = sorted({name for one in pairs for name in (one.model_a, one.model_b)})
        won = [win_rate(pairs, votes, model) for model in models]
        return {
            "progress": asdict(preferences.progress(round, owner)),
            "quality": asdict(quality(pairs, votes)),
            "agreement": asdict(agreement(pairs, votes)),
            "ratings": [asdict(one) for one in bradley_terry(pairs, votes)],
            "elo": [asdict(one) for one in elo(pairs, votes)],
            "win_rates": [asdict(one) for one in won if one.count],
        }

    for function in (preferences_export, preferences_import, preferences_report):
        gr.api(shown(function), api_name=function.__name__)


def _text(file: dict | None, text: str) -> str:
    if not file:
        return text
    path = uploaded(file)
    if path.stat().st_size > _MAX_BYTES:
        raise SpecError("file", f"{path.stat().st_size:,} bytes", f"at most {_MAX_BYTES:,} bytes")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SpecError("file", path.name, "UTF-8 text") from None
