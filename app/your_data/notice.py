"""What is stored, where, who sees it, and how long: in the words that a visitor reads before the first vote
and in *Your data*. Each sentence follows from the settings; all of it is plain text.
"""

from pipelines.core.settings import Settings

_VOTE = (
    "Kept with your vote: the prompt, both answers, your choice, what you add to it (reasons, a note, a "
    "better text), how long it took, the name you give here and a number that stands for you. The owner of "
    "this round sees them, may train models on them and may publish them."
)
_VOTE_ENDS = (
    "They are kept until you or the owner of this round delete them. A prompt that you type stays with the "
    "round, without your name."
)
_FINAL = "What was published or trained before cannot be taken back."
_PUBLISHED = "What was published or trained before, and earlier versions on the Hub, cannot be taken back."
_READ = "Nobody else sees your documents, chats, texts, trees and jobs"
_SEEN = (
    "Votes are seen by the owner of their round, with the name you gave there; a model that you train here "
    "can be asked by everyone."
)
_PASSING = (
    "What you ask in the other tabs is answered and not kept. Files on their way in or out are cleared "
    "within a day. This browser remembers some of what you typed."
)


def before_the_first_vote(settings: Settings) -> tuple[str, ...]:
    """Paragraphs for whoever is asked to vote, and for clients that join by the API."""
    return _VOTE, f"{_place(settings)} {_copies(settings)}".strip(), f"{_VOTE_ENDS} {_taken_back(settings)}"


def of_all(settings: Settings) -> tuple[str, ...]:
    """Paragraphs for *Your data*."""
    reader = "the owner of this Space" if settings.on_space else "whoever runs this server"
    private = f"{_READ}, but for {reader} and those to whom you give a link or an id."
    ends = f"All of it is kept until you delete it. {_taken_back(settings)}"
    return f"{_place(settings)} {_copies(settings)}".strip(), f"{private} {_SEEN}", ends, _PASSING


def who(visitor: str) -> str:
    """How this visitor is known, and what that means for what is kept."""
    if visitor == "owner":
        return "You are the owner of this workshop. Listed is what is yours, not what visitors have."
    if visitor.startswith("hub-"):
        return "You are signed in with Hugging Face: what is yours is yours on every machine."
    return (
        "You are a guest, known by a random key in this browser. If its cookies are cleared, nobody can tell "
        "any more what was yours: take it along, or delete it, before."
    )


def _place(settings: Settings) -> str:
    rows = "the database and " if settings.database_url else ""
    if not settings.on_space:
        here = "" if rows else ", on the machine where it runs"
        return f"What is kept lies in {rows}the data folder of this workshop{here}."
    rows = "in the database of this workshop, and its files " if rows else ""
    kept = rows or settings.keep or settings.preferences_repo or settings.models_repo
    lost = "what is not kept elsewhere" if kept else "all of it"
    return f"What is kept lies {rows}on the disk of this Space; when it restarts, {lost} is lost."


def _copies(settings: Settings) -> str:
    """Where copies go, and who sees those."""
    told = []
    if settings.preferences_repo:
        told.append(
            f"Votes, with the names and numbers of voters, are copied to {settings.preferences_repo}, a data "
            "set of the Hugging Face Hub: whoever may read that sees them."
        )
    if settings.models_repo:
        told.append(f"Finished jobs with their models are copied to {settings.models_repo} on the Hub.")
    if settings.keep:
        told.append("Votes and finished jobs are copied to the storage that is mounted here.")
    return " ".join(told)


def _taken_back(settings: Settings) -> str:
    if settings.preferences_repo or settings.models_repo or settings.keep:
        return f"What is deleted here leaves those copies, too, with their next change. {_PUBLISHED}"
    return _FINAL
