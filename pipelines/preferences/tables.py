"""The tables of the topic, as the code sees them; :mod:`pipelines.core.migrations` made them."""

from sqlalchemy import BigInteger, Column, Double, Integer, MetaData, String, Table, Text

_METADATA = MetaData()


def _table(name: str, keys: str, texts: str = "", whole: str = "", moments: str = "") -> Table:
    return Table(
        name,
        _METADATA,
        *(Column(one, String, primary_key=True) for one in keys.split()),
        *(Column(one, Text) for one in texts.split()),
        *(Column(one, BigInteger if one == "seed" else Integer) for one in whole.split()),
        *(Column(one, Double) for one in moments.split()),
    )


ROUNDS = _table("pref_rounds", "id", texts="owner code spec", whole="open version sent", moments="created")
PAIRS = _table(
    "pref_pairs",
    "id",
    texts="round prompt text_a text_b model_a model_b settings_a settings_b repeats origin family extra",
    whole="seed number",
    moments="created",
)
SERVES = _table("pref_serves", "pair annotator", texts="round", whole="flipped", moments="created")
VOTES = _table(
    "pref_votes",
    "id",
    texts="pair round annotator choice kind name tags note edited",
    whole="strength flipped served",
    moments="seconds created",
)
ANNOTATORS = _table("pref_annotators", "round visitor", texts="name", whole="consented", moments="created")
OF_A_ROUND = (VOTES, SERVES, ANNOTATORS, PAIRS)  # that have a column ``round``
