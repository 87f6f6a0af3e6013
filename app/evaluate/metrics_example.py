"""Two small systems that put sentences into English, for the first look at the metrics."""

REFERENCES = """\
The cat sat on the mat. ||| There was a cat on the mat.
She bought three red apples at the market.
It began to rain, so we went home early.
The old bridge was built by the villagers.
Nobody knew why the lights had gone out.
The children hid behind the garden wall.
He promised to write a letter every week. ||| He promised that he would write each week.
The boat drifted slowly towards the shore."""

FIRST = """\
The cat sits on a mat.
She has bought three red apples on the market.
It started raining, so we went home soon.
The old bridge built the villagers.
No one knew why the light went out.
The kids were hiding behind the wall of the garden.
He promised writing letters all weeks.
Slowly drifted the boat towards the shore."""

SECOND = """\
The cat sat on a mat.
She bought three red apples at the market.
It began to rain and we went home early.
The old bridge was built by villagers.
Nobody knew why the lights had failed.
The children hid behind a garden wall.
He promised to write a letter each week.
The ship moved gently in the direction of land."""
