"""Vectors in two dimensions: exactly along the two directions in which they differ most (PCA), or so that
what is near stays near (t-SNE). NumPy; t-SNE by scikit-learn. Pure."""

from dataclasses import dataclass

import numpy as np

NEAREST = 10  # points that place a question among those of t-SNE
_PERPLEXITY = 30.0  # as in van der Maaten and Hinton (2008): 5 to 50 differ little
_SEED = 0


@dataclass(frozen=True)
class Plane:
    """The plane that PCA has found: ``mean`` is ``[d]``, ``axes`` is ``[2, d]`` of unit length; ``explained``
    is the share of the variance that lies in it."""

    mean: np.ndarray
    axes: np.ndarray
    explained: float

    def project(self, vectors: np.ndarray) -> np.ndarray:
        """``[n, d]`` → ``[n, 2]``; exact for vectors that were not there when the plane was found."""
        return (vectors - self.mean) @ self.axes.T


def principal_plane(vectors: np.ndarray) -> Plane:
    """``vectors`` ``[n, d]``. By the singular values of what remains without the mean; the largest entry of
    each axis is positive, so that the picture is the same each time. An axis that the vectors do not have
    (fewer than three of them, say) is zero.

    >>> plane = principal_plane(np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 1.0]]))
    >>> round(plane.explained, 6)
    1.0
    """
    vectors = np.asarray(vectors, np.float64)
    mean = vectors.mean(0)
    _, spread, rows = np.linalg.svd(vectors - mean, full_matrices=False)
    axes = np.zeros((2, vectors.shape[1]))
    axes[: min(2, len(rows))] = rows[:2]
    largest = np.abs(axes).argmax(1)[:, None]
    axes *= np.where(np.take_along_axis(axes, largest, 1) < 0, -1.0, 1.0)
    variance = spread**2
    total = float(variance.sum())
    return Plane(mean, axes, float(variance[:2].sum()) / total if total > 0 else 1.0)


def tsne(vectors: np.ndarray) -> np.ndarray:
    """``[n, d]`` → ``[n, 2]`` by scikit-learn's t-SNE, begun from PCA; the same each time. Seconds of work
    for 2,000 points. Fewer than four points are laid out by PCA: t-SNE has nothing to weigh."""
    if len(vectors) < 4:
        return principal_plane(vectors).project(vectors)
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3)
    model = TSNE(2, perplexity=perplexity, init="pca", random_state=_SEED, metric="cosine", n_jobs=1)
    return model.fit_transform(np.asarray(vectors, np.float32)).astype(np.float64)


def among(vector: np.ndarray, vectors: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where a vector would stand among points that no formula has placed: the mean of those of its nearest
    vectors, each weighted by its cosine above that of the first one left out. ``[d]``, ``[n, d]``, ``[n, 2]``
    → ``[2]``."""
    cosines = vectors @ vector
    order = np.argsort(-cosines, kind="stable")[: NEAREST + 1]
    near = order[:NEAREST]
    base = cosines[order[-1]] if len(order) > NEAREST else cosines[near].min() - 1e-6
    weights = np.maximum(cosines[near] - base, 0)
    weights = weights if weights.sum() > 0 else np.ones(len(near))
    return (weights[:, None] * points[near]).sum(0) / weights.sum()
