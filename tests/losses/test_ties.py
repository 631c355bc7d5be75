import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses._ties import breslow_terms, efron_terms

COUNT = np.array([2, 0, 1, 3])
WEIGHT = np.array([3.0, 0.0, 0.5, 6.0])


def test_breslow_has_a_term_for_every_instant_with_an_event():
    terms = breslow_terms(COUNT, WEIGHT)
    assert_array_equal(terms.group, [0, 2, 3])
    assert_array_equal(terms.fraction, 0.0)
    assert_array_equal(terms.weight, [3.0, 0.5, 6.0])
    assert_array_equal(terms.start, [0, 1, 1, 2, 3])


def test_efron_has_a_term_for_every_event():
    terms = efron_terms(COUNT, WEIGHT)
    assert_array_equal(terms.group, [0, 0, 2, 3, 3, 3])
    assert_allclose(terms.fraction, [0, 1 / 2, 0, 0, 1 / 3, 2 / 3])
    assert_allclose(terms.weight, [1.5, 1.5, 0.5, 2.0, 2.0, 2.0])
    assert_array_equal(terms.start, [0, 2, 2, 3, 6])


def test_sum_to_group_adds_up_the_weights_of_each_instant():
    for make in (breslow_terms, efron_terms):
        terms = make(COUNT, WEIGHT)
        assert_allclose(terms.sum_to_group @ terms.weight, WEIGHT)


def test_no_instants_have_no_terms():
    for make in (breslow_terms, efron_terms):
        terms = make(np.zeros(0, dtype=int), np.zeros(0))
        assert len(terms.group) == 0
        assert_array_equal(terms.start, [0])
