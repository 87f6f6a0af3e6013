"""PCA against a full decomposition, t-SNE on clusters that nobody could miss, a question among points."""

import numpy as np

from pipelines.rag.retrieval.projection import NEAREST, among, principal_plane, tsne


def test_the_plane_is_that_of_the_covariance():
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((40, 6)) * np.array([5, 3, 1, 1, 0.5, 0.1])
    plane = principal_plane(vectors)
    spread, axes = np.linalg.eigh(np.cov(vectors.T))
    assert np.isclose(plane.explained, spread[-2:].sum() / spread.sum())
    assert np.allclose(np.abs(plane.axes @ axes[:, [-1, -2]]), np.eye(2), atol=1e-9)
    assert np.allclose(plane.project(vectors).mean(0), 0, atol=1e-9)


def test_a_question_is_projected_as_the_chunks_are():
    vectors = np.random.default_rng(1).standard_normal((12, 5))
    plane = principal_plane(vectors)
    assert np.allclose(plane.project(vectors[3][None])[0], plane.project(vectors)[3])


def test_few_vectors_have_a_place_too():
    for count in (1, 2, 3):
        vectors = np.eye(4)[:count]
        plane = principal_plane(vectors)
        assert plane.project(vectors).shape == (count, 2) and np.isfinite(plane.project(vectors)).all()
        assert 0 <= plane.explained <= 1 + 1e-9
        assert tsne(vectors).shape == (count, 2)


def test_tsne_keeps_clusters_apart_and_says_the_same_twice():
    rng = np.random.default_rng(2)
    centres = np.eye(8)[:3]
    vectors = np.repeat(centres, 15, axis=0) + 0.02 * rng.standard_normal((45, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    points = tsne(vectors)
    groups = points.reshape(3, 15, 2)
    inside = max(np.linalg.norm(group - group.mean(0), axis=1).max() for group in groups)
    middles = groups.mean(1)
    apart = min(np.linalg.norm(middles[a] - middles[b]) for a in range(3) for b in range(a))
    assert apart > inside and np.array_equal(points, tsne(vectors))


def test_a_question_stands_among_its_nearest():
    vectors = np.vstack([np.tile([1.0, 0.0], (NEAREST, 1)), np.tile([0.0, 1.0], (5, 1))])
    points = np.vstack([np.full((NEAREST, 2), 7.0), np.zeros((5, 2))])
    assert np.allclose(among(np.array([1.0, 0.0]), vectors, points), [7, 7])


def test_a_question_among_few_points_stands_between_them():
    place = among(
        np.array([1.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.0, 0.0], [4.0, 4.0]])
    )
    assert np.isfinite(place).all() and (place < 2).all(), "nearer to the one that is alike"
