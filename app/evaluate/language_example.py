"""The text that stands in the form at first: what follows is easy to guess here and hard to guess there."""

EXAMPLE = """\
Once upon a time, there was a little girl named Lily. She had a red ball. One day, Lily and her dog went to \
the park to play with the red ball. The dog ran after the ball, and Lily laughed. "Good dog!" she said.

Then a big wind came and blew the ball into the pond. Lily was sad. But a friendly duck pushed the ball back \
to the grass with its beak. Lily said, "Thank you, duck!" and they all became friends.

Meanwhile the committee postponed its decision about zoning until October, citing 1,482 letters of objection.
"""
