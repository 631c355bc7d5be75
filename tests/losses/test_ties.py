import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sklinfluence.losses._ties import breslow, efron, make_terms

COUNT = np.array([2, 0, 1, 3])
WEIGHT = np.array([3.0, 0.0, 0.5, 6.0])


def test_breslow_has_a_term_for_every_instant_with_an_event():
    terms = make_terms(breslow(COUNT), WEIGHT)
    assert_array_equal(terms.group, [0, 2, 3])
    assert_array_equal(terms.fraction, 0.0)
    assert_array_equal(terms.weight, [3.0, 0.5, 6.0])
    assert_array_equal(terms.start, [0, 1, 1, 2, 3])


def test_efron_has_a_term_for_every_event():
    terms = make_terms(efron(COUNT), WEIGHT)
    assert_array_equal(terms.group, [0, 0, 2, 3, 3, 3])
    assert_allclose(terms.fraction, [0, 1 / 2, 0, 0, 1 / 3, 2 / 3])
    assert_allclose(terms.weight, [1.5, 1.5, 0.5, 2.0, 2.0, 2.0])
    assert_array_equal(terms.start, [0, 2, 2, 3, 6])


def test_sum_to_group_adds_up_the_weights_of_each_instant():
    for terms_of in (breslow, efron):
        terms = make_terms(terms_of(COUNT), WEIGHT)
        assert_allclose(terms.sum_to_group @ terms.weight, WEIGHT)


def test_no_instants_have_no_terms():
    for terms_of in (breslow, efron):
        terms = make_terms(terms_of(np.zeros(0, dtype=int)), np.zeros(0))
        assert len(terms.group) == 0
        assert_array_equal(terms.start, [0])


@pytest.mark.parametrize("terms_of", [breslow, efron])
def test_reduced_terms_are_those_of_fewer_events(terms_of):
    # Three sets of objects: all, one event fewer at instants 0 and 3, none at 2.
    count = np.array([[2, 1, 2], [0, 0, 0], [1, 1, 0], [3, 2, 3]])
    weight = np.array([[3.0, 1.0, 3.0], [0, 0, 0], [0.5, 0.5, 0], [6.0, 5.0, 6.0]])
    reduced = make_terms(terms_of(COUNT), WEIGHT).reduced(terms_of(count), weight)
    for column in range(3):
        alone = make_terms(terms_of(count[:, column]), weight[:, column])
        left = reduced.weight[:, column] > 0
        assert_array_equal(reduced.group[left], alone.group)
        assert_allclose(reduced.weight[left, column], alone.weight)
        assert_allclose(reduced.fraction[left, column], alone.fraction)
