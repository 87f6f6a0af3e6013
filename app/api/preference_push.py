"""The named endpoint ``/preferences_push``. Its docstring is the API's documentation."""

import gradio as gr

from app import hub_fields
from app.errors import shown
from app.preferences.pushing import pushed_round
from app.services import Services
from pipelines.preferences.publishing import Published


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def preferences_push(
        request: gr.Request,
        round: str,
        repo: str,
        token: str,
        format: str = "trl",
        licence: str = "cc-by-4.0",
        whole: bool = True,
        private: bool = True,
        existing: bool = False,
    ) -> dict[str, str]:
        """Push one of your rounds to a data set of the Hugging Face Hub: a file of rows, and a card. On a
        Space this is for its owner.

        Parameters:
            round: its id.
            repo: owner/name of the data set.
            token: an access token of the Hub that may write; it is used for this alone and kept nowhere.
            format: "trl", "trl_conversational", "kto", "sharegpt", "hh" or "argilla".
            licence: of the data set, as the Hub calls it: "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0",
                "cc0-1.0", "odc-by", "apache-2.0", "mit" or "other".
            whole: true for a column "glassworks" with all votes, models and settings, from which an import
                restores the round; in it people have numbers in the place of their ids.
            private: whether a new data set is private.
            existing: true to add a commit to a data set that is there; else it must be new.
        Returns:
            {"url": the data set's address}.
        """
        visitor, how = services.identity.visitor(request), Published(format, licence, whole)
        asked = hub_fields.asked_of(repo, token, private, existing, "dataset")
        address = ""
        for address in pushed_round(services, visitor, round, how, asked):  # noqa: B007 - the last one
            pass
        return {"url": address}

    gr.api(shown(preferences_push), api_name="preferences_push", concurrency_id="push", concurrency_limit=2)
