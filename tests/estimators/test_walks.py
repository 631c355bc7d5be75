"""Counts of pairs on random walks, against all walks and against simulated ones."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.sparse import coo_matrix, csr_array, issparse

from sklinfluence.estimators import expected_counts, sampled_counts
from sklinfluence.estimators._walks import fill_of_powers, pairs_of_walk

GRAPHS = ["isolated node", "weighted with a loop", "directed", "disconnected"]
SETTINGS = [(4, 2), (3, 1), (3, 5), (1, 1), (5, 3)]


def all_walks(A, walk_length, window):
    """Return expected counts by going through every walk there is."""
    n = len(A)
    degree = A.sum(axis=1)
    chance = np.eye(n)
    chance[degree > 0] = A[degree > 0] / degree[degree > 0, None]
    counts = np.zeros((n, n))
    for walk in itertools.product(range(n), repeat=walk_length):
        probability = np.prod([chance[a, b] for a, b in itertools.pairwise(walk)])
        for j in range(walk_length):
            for k in range(max(0, j - window), min(j + window, walk_length)):
                counts[walk[j], walk[k]] += probability
    return counts


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize(("walk_length", "window"), SETTINGS)
def test_expected_counts_are_those_of_all_walks(graphs, name, walk_length, window):
    A = graphs[name]
    truth = 7 * all_walks(A, walk_length, window)
    counts = expected_counts(A, walk_length, window, 7)
    assert_allclose(counts, truth, rtol=1e-12, atol=1e-14)
    for form in (csr_array, coo_matrix):
        sparse = expected_counts(form(A), walk_length, window, 7)
        assert issparse(sparse)
        assert_allclose(sparse.toarray(), truth, rtol=1e-12, atol=1e-14)
    pairs = pairs_of_walk(walk_length, window)
    assert_allclose(counts.sum(), 7 * len(A) * pairs, rtol=1e-12)


def test_the_setting_of_the_paper(karate):
    counts = expected_counts(karate, 6, 3, 1000)
    assert pairs_of_walk(6, 3) == 27
    assert_allclose(counts.sum(), 918_000, rtol=1e-12)


@pytest.mark.parametrize("name", [*GRAPHS, "karate"])
def test_simulated_walks_have_the_expected_counts(graphs, karate, name):
    A = karate if name == "karate" else graphs[name]
    repeats, n_walks = 60, 100
    drawn = np.array(
        [sampled_counts(A, 5, 2, n_walks, random_state=r) for r in range(repeats)]
    )
    expected = expected_counts(A, 5, 2, n_walks)
    assert_allclose(drawn.sum(axis=(1, 2)), expected.sum(), rtol=1e-12)
    error = drawn.std(axis=0, ddof=1) / np.sqrt(repeats)
    certain = error == 0
    assert_allclose(drawn.mean(axis=0)[certain], expected[certain], rtol=1e-12)
    z = ((drawn.mean(axis=0) - expected)[~certain]) / error[~certain]
    # Student's t with 59 degrees of freedom; of karate there are 1156 entries, while
    # those of a small graph mostly say the same.
    assert np.abs(z).max() < 5.0
    if name == "karate":
        assert 0.85 < np.sqrt(np.mean(z**2)) < 1.15


def test_simulation_follows_its_seed_and_its_form(graphs):
    A = graphs["directed"]
    first = sampled_counts(A, 6, 3, 10, random_state=3)
    assert (sampled_counts(A, 6, 3, 10, random_state=3) == first).all()
    assert (sampled_counts(A, 6, 3, 10, random_state=4) != first).any()
    sparse = sampled_counts(csr_array(A), 6, 3, 10, random_state=3)
    assert issparse(sparse)
    assert (sparse.toarray() == first).all()


def test_a_graph_without_edges():
    counts = 2 * pairs_of_walk(3, 2) * np.eye(3)
    assert_allclose(expected_counts(np.zeros((3, 3)), 3, 2, 2), counts)
    sampled = sampled_counts(np.zeros((3, 3)), 3, 2, 2, random_state=0)
    assert_allclose(sampled, counts)


def test_pairs_within_some_steps(karate):
    A = csr_array(karate)
    exact = np.linalg.matrix_power(karate + np.eye(34), 2) != 0
    assert fill_of_powers(A, 2) == exact.sum()
    assert fill_of_powers(A, 2, sample=20) == pytest.approx(exact.sum(), rel=0.3)


@pytest.mark.parametrize(
    ("A", "message"),
    [
        (np.ones((2, 3)), "square"),
        (np.array([[0.0, -1.0], [-1.0, 0.0]]), "Negative values"),
        (np.array([[0.0, np.nan], [1.0, 0.0]]), "NaN"),
    ],
    ids=["not square", "negative", "nan"],
)
def test_bad_graphs(A, message):
    for counts in (expected_counts, sampled_counts):
        with pytest.raises(ValueError, match=message):
            counts(A, 3, 2)
