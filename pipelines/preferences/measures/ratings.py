"""How strong models are, from votes between them: Bradley–Terry and Elo, with 95 % intervals. NumPy only.

A vote is a game. A tie, and both bad, are half a win for each (as in Chatbot Arena): a model has one number,
and a difference of 400 points still says that it takes ten times as many points as the other. Skips and pairs
of one model with itself are no games. Of very many models the 32 with most games are rated.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.preferences.measures.majority import originals
from pipelines.preferences.records import Choice, Pair, Vote

MEAN, SCALE = 1000.0, 400 / np.log(10)
_POINTS = {Choice.A: 1.0, Choice.B: 0.0, Choice.TIE: 0.5, Choice.BOTH_BAD: 0.5}  # for model a
_ROUNDS, _STEP, _CLOSE = 100, 1.0, 1e-10
_AT_ONCE = 4_000_000  # numbers drawn together
_MODELS, _ELO_GAMES = 32, 20_000


@dataclass(frozen=True)
class Rating:
    """``score`` has mean 1000 over the models; the ends are None where there is one prompt, or no model to
    compare with. ``games`` are votes."""

    model: str
    score: float
    low: float | None
    high: float | None
    games: int


@dataclass(frozen=True)
class _Games:
    """``first[game]`` and ``second[game]`` are places in ``models``, ``points[game]`` the first's, and
    ``prompt[game]`` numbers the prompts."""

    models: tuple[str, ...]
    first: np.ndarray
    second: np.ndarray
    points: np.ndarray
    prompt: np.ndarray

    def played(self) -> np.ndarray:
        return np.bincount(np.concatenate([self.first, self.second]), minlength=len(self.models))


def bradley_terry(
    pairs: Sequence[Pair], votes: Sequence[Vote], samples: int = 1_000, seed: int = 0
) -> tuple[Rating, ...]:
    """The best first. Bradley and Terry (1952) by penalised maximum likelihood: each model also has half a
    win and half a loss, spread evenly over the others, so that one that never lost stays finite. Of two
    models the difference is log((wins + ½) / (losses + ½)), the log-odds in Haldane's and Anscombe's way.

    The interval is a Bayesian bootstrap (Rubin, 1981) over prompts: all votes on a prompt share a weight,
    drawn from Exp(1), the halves' from Gamma. Of two models with a vote a prompt it is Jeffreys' interval.
    """
    games = _games(pairs, votes)
    size = len(games.models)
    if size < 2:
        return ()
    cells = games.first * size + games.second, games.second * size + games.first
    wins = np.bincount(np.concatenate(cells), np.concatenate([games.points, 1 - games.points]), size**2)
    prior = np.where(np.eye(size), 0.0, 0.5 / (size - 1))
    scores = _scaled(strengths(wins.reshape(1, size, size) + prior))[0]
    if not samples or not games.prompt.max():
        return _ratings(games, scores, None)
    return _ratings(games, scores, np.concatenate(list(_drawn(games, prior, samples, seed))))


def strengths(wins: np.ndarray) -> np.ndarray:
    """θ[sample, model] with mean 0 that maximise the likelihood of wins[sample, winner, loser], by Newton's
    method with bounded steps. Every model must be joined to every other by wins both ways.

    >>> np.round(strengths(np.array([[[0.0, 30.0], [10.0, 0.0]]])), 3)  # log(3) apart
    array([[ 0.549, -0.549]])
    """
    games = wins + wins.transpose(0, 2, 1)
    theta, size = np.zeros(wins.shape[:2]), wins.shape[1]
    for _ in range(_ROUNDS):
        share = 1 / (1 + np.exp(theta[:, None, :] - theta[:, :, None]))
        slope = (wins - games * share).sum(2)
        bend = -games * share * (1 - share)
        bend += np.eye(size) * (1e-12 - bend.sum(2)[:, :, None])
        level = np.trace(bend, axis1=1, axis2=2)[:, None, None] / size**2  # the mean of θ is free: it stays 0
        step = np.linalg.solve(bend + level, slope[..., None])[..., 0]
        far = np.abs(step).max(1, keepdims=True)
        theta += step * np.minimum(1.0, _STEP / np.maximum(far, 1e-300))
        if far.max() < _CLOSE:
            break
    return theta - theta.mean(1, keepdims=True)


def elo(
    pairs: Sequence[Pair], votes: Sequence[Vote], samples: int = 1_000, seed: int = 0, k: float = 16.0
) -> tuple[Rating, ...]:
    """The best first. Elo's ratings depend on the order of the games: here each sample draws the games anew
    (with replacement) and plays them in the order drawn; the score is the median, the interval holds the
    middle 95 %. ``k`` is the most that one game can move a rating. A sample ends after 20,000 games: Elo has
    long forgotten earlier ones."""
    games = _games(pairs, votes)
    if len(games.models) < 2:
        return ()
    rng, count = np.random.default_rng(seed), len(games.points)
    ratings, rows = np.full((samples, len(games.models)), MEAN), np.arange(samples)
    for _ in range(min(count, _ELO_GAMES)):
        game = rng.integers(0, count, samples)
        first, second = games.first[game], games.second[game]
        ahead = ratings[rows, first] - ratings[rows, second]
        gain = k * (games.points[game] - 1 / (1 + np.exp(-ahead / SCALE)))
        ratings[rows, first] += gain
        ratings[rows, second] -= gain
    return _ratings(games, np.median(ratings, 0), ratings)


def _games(pairs: Sequence[Pair], votes: Sequence[Vote]) -> _Games:
    known = {p.id: p for p in originals(pairs) if p.model_a and p.model_b and p.model_a != p.model_b}
    told = [(known[v.pair], _POINTS[v.choice]) for v in votes if v.pair in known and v.choice in _POINTS]
    often = Counter(model for pair, _ in told for model in (pair.model_a, pair.model_b))
    kept = {model for model, _ in often.most_common(_MODELS)}
    told = [(pair, points) for pair, points in told if pair.model_a in kept and pair.model_b in kept]
    models = tuple(sorted({model for pair, _ in told for model in (pair.model_a, pair.model_b)}))
    place = {model: i for i, model in enumerate(models)}
    prompts: dict = {}
    return _Games(
        models,
        np.array([place[pair.model_a] for pair, _ in told], int),
        np.array([place[pair.model_b] for pair, _ in told], int),
        np.array([points for _, points in told], float),
        np.array([prompts.setdefault(pair.prompt, len(prompts)) for pair, _ in told], int),
    )


def _drawn(games: _Games, prior: np.ndarray, samples: int, seed: int) -> Iterator[np.ndarray]:
    """Scores[sample, model], some samples at a time."""
    size, prompts = len(games.models), int(games.prompt.max()) + 1
    ordered = np.concatenate([games.first * size + games.second, games.second * size + games.first])
    cells, column = np.unique(ordered, return_inverse=True)
    wins = np.zeros((prompts, len(cells)))
    points = np.concatenate([games.points, 1 - games.points])
    np.add.at(wins, (np.tile(games.prompt, 2), column), points)
    rng, step = np.random.default_rng(seed), max(1, _AT_ONCE // max(prompts, size**2))
    for start in range(0, samples, step):
        count = min(step, samples - start)
        table = rng.standard_gamma(np.broadcast_to(prior.ravel(), (count, size**2)))
        table[:, cells] += rng.standard_exponential((count, prompts)) @ wins
        yield _scaled(strengths(table.reshape(count, size, size)))


def _scaled(theta: np.ndarray) -> np.ndarray:
    return MEAN + SCALE * theta


def _ratings(games: _Games, scores: np.ndarray, drawn: np.ndarray | None) -> tuple[Rating, ...]:
    played = games.played()
    ends = [(None, None)] * len(scores) if drawn is None else np.percentile(drawn, [2.5, 97.5], axis=0).T
    told = [
        Rating(model, float(score), *(None if end is None else float(end) for end in pair), int(count))
        for model, score, pair, count in zip(games.models, scores, ends, played, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: -one.score))
