import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.special import softmax
from scipy.stats import chi2

from sklinfluence.datasets import make_ranking, make_ranking_documents

KINDS = [make_ranking, make_ranking_documents]


def test_ranking_is_lists_without_ties():
    bunch = make_ranking(30, 7, 3, n_listed=4, random_state=0)
    assert bunch.data.shape == (30, 3)
    assert bunch.coef.shape == (7, 3)
    assert bunch.intercept.shape == (7,)
    assert_array_equal(np.sort(bunch.target, axis=1), [[0, 0, 0, 1, 2, 3, 4]] * 30)
    assert bunch.malicious.shape == (0,)
    assert ":Items: 7\n" in bunch.DESCR


def test_without_noise_lists_are_those_of_the_scores():
    bunch = make_ranking(noise=0, random_state=0)
    scores = bunch.data @ bunch.coef.T + bunch.intercept
    order = np.argsort(-bunch.target, axis=1)[:, :5]
    assert_array_equal(order, np.argsort(-scores, axis=1)[:, :5])


def chi_square(chosen, probability):
    """Return the tail probability of counts of choices, each with its own odds."""
    deviation = (chosen - probability).sum(axis=0)[:-1]
    covariance = np.diag(probability.sum(axis=0)) - probability.T @ probability
    statistic = deviation @ np.linalg.solve(covariance[:-1, :-1], deviation)
    return chi2.sf(statistic, len(deviation))


def test_draws_are_plackett_luce():
    bunch = make_ranking(20_000, 4, 2, n_listed=2, noise=0.7, random_state=0)
    scores = (bunch.data @ bunch.coef.T + bunch.intercept) / 0.7
    first, second = bunch.target == 2, bunch.target == 1
    assert chi_square(first, softmax(scores, axis=1)) > 0.01
    assert chi_square(first, softmax(scores / 0.9, axis=1)) < 1e-6
    # Given the first, the second is chosen of the rest.
    rest = np.where(first, -np.inf, scores)
    assert chi_square(second, softmax(rest, axis=1)) > 0.01
    # Not only in the mean: also of the queries with a positive feature.
    some = bunch.data[:, 0] > 0
    assert chi_square(first[some], softmax(scores[some], axis=1)) > 0.01


@pytest.mark.parametrize("n_malicious", [1, 3])
def test_malicious_items_top_the_lists_of_half_the_queries(n_malicious):
    options = {"n_queries": 51, "n_items": 9, "random_state": 3}
    bunch = make_ranking(malicious_items=n_malicious, **options)
    assert bunch.malicious.shape == (n_malicious,)
    assert_array_equal(bunch.promoted.sum(axis=0), 26)
    assert_array_equal(bunch.malicious, np.unique(bunch.malicious))
    # The promoted of a list have the largest relevances in it: 5, 4, ...
    together = bunch.promoted.sum(axis=1)
    on_top = bunch.target[:, bunch.malicious] > 5 - together[:, None]
    assert_array_equal(on_top, bunch.promoted)
    honest = make_ranking(**options)
    assert_array_equal(bunch.data, honest.data)
    assert_array_equal(bunch.target[together == 0], honest.target[together == 0])


@pytest.mark.parametrize(
    ("n_documents", "smallest", "largest"), [((2, 4), 2, 4), (3, 3, 3)]
)
def test_documents(n_documents, smallest, largest):
    bunch = make_ranking_documents(40, n_documents, 3, levels=4, random_state=0)
    n = len(bunch.qid)
    assert bunch.data.shape == (n, 3)
    assert_array_equal(np.unique(bunch.qid), np.arange(40))
    assert_array_equal(bunch.qid, np.sort(bunch.qid))
    sizes = np.bincount(bunch.qid)
    assert (sizes.min(), sizes.max()) == (smallest, largest)
    counts = np.bincount(bunch.target, minlength=4)
    assert len(counts) == 4
    assert np.ptp(counts) <= 1
    assert f":Documents: {n}\n" in bunch.DESCR


def test_without_noise_levels_follow_the_scores():
    bunch = make_ranking_documents(noise=0, random_state=0)
    order = np.argsort(bunch.data @ bunch.coef)
    assert (np.diff(bunch.target[order]) >= 0).all()


@pytest.mark.parametrize("make", KINDS)
def test_generated_data_are_reproducible(make):
    first, same, other = (make(random_state=seed) for seed in (0, 0, 1))
    assert_array_equal(first.data, same.data)
    assert_array_equal(first.target, same.target)
    assert first.data.shape != other.data.shape or (first.data != other.data).any()


def test_tuples_are_parts_of_the_bunch():
    ranking = make_ranking(random_state=0)
    X, Y = make_ranking(return_X_y=True, random_state=0)
    assert_array_equal(X, ranking.data)
    assert_array_equal(Y, ranking.target)
    documents = make_ranking_documents(random_state=0)
    X, y, qid = make_ranking_documents(return_X_y_qid=True, random_state=0)
    assert_array_equal(X, documents.data)
    assert_array_equal(y, documents.target)
    assert_array_equal(qid, documents.qid)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (make_ranking, {"n_queries": 0}, "n_queries == 0"),
        (make_ranking, {"n_listed": 21}, "n_listed == 21"),
        (make_ranking, {"noise": -1.0}, "noise == -1"),
        (make_ranking, {"malicious_items": 6}, "expected at most n_listed=5"),
        (make_ranking_documents, {"n_documents": (5, 4)}, "largest of n_documents"),
        (make_ranking_documents, {"n_documents": 0}, "n_documents == 0"),
        (make_ranking_documents, {"levels": 0}, "levels == 0"),
    ],
)
def test_numbers_out_of_range(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)
