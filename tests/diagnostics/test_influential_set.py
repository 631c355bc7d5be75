"""The most influential set against exhaustive removal, by clone and refit."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution._greedy import GreedyRemoval
from sklinfluence.datasets import load_rossi
from sklinfluence.diagnostics import most_influential_set
from sklinfluence.utils import survival_target

N = 14
SEEDS = range(8)
DIRECTIONS = (("up", 1), ("down", -1))


def small(kind, seed):
    """A model and a few rows: ties, both classes more than once."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 2))
    if kind == "cox":
        time = np.ceil(4 * rng.exponential(size=N) * np.exp(-0.5 * X[:, 0]))
        model = CoxRegressor(alpha=0.1, ties=["breslow", "efron"][seed % 2])
        return model, X, survival_target(rng.random(N) < 0.8, time)
    score = X[:, 0] + 1.5 * rng.normal(size=N)
    if kind == "ridge":
        return Ridge(), X, score
    model = LogisticRegression(C=3.0, tol=1e-10, solver="newton-cholesky")
    return model, X, (score > np.median(score)).astype(int)


def refitted(model, X, y, removed):
    kept = np.setdiff1d(np.arange(len(X)), removed)
    X = X.iloc[kept] if isinstance(X, pd.DataFrame) else X[kept]
    return clone(model).fit(X, y[kept])


def first_coefficient(model, *_):
    return np.ravel(model.coef_)[:1]


def survival(model, X, _):
    return model.predict_survival_function(X, times=[2.0])[:, 0]


def probability(model, X, _):
    return model.predict_proba(X)[:, 1]


def prediction(model, X, _):
    return model.predict(X)


@pytest.fixture(scope="module")
def rossi():
    X, y = load_rossi(return_X_y=True)
    X.index = [f"p{i}" for i in range(len(X))]
    return X, y


@pytest.fixture(scope="module")
def explainer(rossi):
    return InfluenceExplainer(CoxRegressor()).fit(*rossi)


@pytest.mark.parametrize("kind", ["cox", "logistic", "ridge"])
def test_sets_against_all_subsets(kind):
    shares = {1: [], 2: [], 3: []}
    for seed in SEEDS:
        model, X, y = small(kind, seed)
        explainer = InfluenceExplainer(model).fit(X, y)
        before = first_coefficient(explainer.estimator_)[0]
        for size in shares if seed < 4 else (1, 2):
            changes = {
                removed: first_coefficient(refitted(model, X, y, removed))[0] - before
                for removed in combinations(range(N), size)
            }
            for direction, sign in DIRECTIONS:
                found = most_influential_set(
                    explainer, "x0", size=size, direction=direction
                )
                change = changes[tuple(sorted(found.indices))]
                assert found.refitted - found.before == pytest.approx(change, rel=1e-6)
                best = max(sign * c for c in changes.values())
                shares[size].append(sign * change / best)
    shares = {size: np.array(share) for size, share in shares.items()}
    assert max(share.max() for share in shares.values()) < 1 + 1e-6
    assert (shares[1] > 1 - 1e-6).all()
    # Two objects that hide one another escape a greedy search.
    for size in (2, 3):
        assert np.mean(shares[size] > 1 - 1e-6) >= 0.75
        assert np.mean(shares[size] > 0.9) >= 0.8


@pytest.mark.parametrize(
    ("kind", "target", "function"),
    [
        ("cox", "x0", first_coefficient),
        ("logistic", "x0", first_coefficient),
        ("ridge", "x0", first_coefficient),
        ("ridge", "score", prediction),
        ("cox", survival, survival),
        ("logistic", probability, probability),
    ],
)
def test_each_object_is_the_best_one_on_what_is_left(kind, target, function):
    """The first three objects against a greedy search that retrains."""
    shares = []
    for seed in SEEDS:
        model, X, y = small(kind, seed)
        new = X[:1] + 0.3
        explainer = InfluenceExplainer(model).fit(X, y)
        for direction, sign in DIRECTIONS:
            found = most_influential_set(
                explainer, target, new, size=3, direction=direction
            )
            for k in range(len(found.indices)):
                gone = found.indices[:k].tolist()
                values = {
                    i: sign * function(refitted(model, X, y, [*gone, i]), new, None)[0]
                    for i in set(range(N)) - set(gone)
                }
                start = sign * found.path["estimated"][k]
                chosen = values[found.indices[k]] - start
                shares.append(chosen / (max(values.values()) - start))
    assert np.mean(np.array(shares) > 1 - 1e-6) > 0.9
    assert min(shares) > 0.5


def test_a_set_is_verified_and_labelled(rossi, explainer):
    X, y = rossi
    found = most_influential_set(explainer, "fin")
    model = refitted(CoxRegressor(), X, y, found.indices)
    assert found.before == explainer.estimator_.coef_[0] < 0 < found.refitted
    assert found.reached
    assert found.refitted == pytest.approx(model.coef_[0], rel=1e-6)
    assert_allclose(found.model.coef_, model.coef_, rtol=1e-6)
    assert found.estimated == pytest.approx(found.refitted, rel=1e-6)
    assert found.path["estimated"].iloc[-1] == found.estimated
    assert found.path["estimated"].iloc[0] == found.before
    assert (np.diff(found.path["size"]) > 0).all()
    assert found.path["size"].iloc[-1] == found.size == len(set(found.indices))
    assert_array_equal(found.names, X.index[found.indices])
    # The smallest prefix: with its last object, the sign is what it was.
    assert refitted(CoxRegressor(), X, y, found.indices[:-1]).coef_[0] < 0


def test_a_prediction_crosses_a_threshold(rossi, explainer):
    X, y = rossi
    for threshold in (0.6, 1.3):
        found = most_influential_set(
            explainer, "relative_risk", X[:1], threshold=threshold
        )
        model = refitted(CoxRegressor(), X, y, found.indices)
        # Relative to all the rows, also those that are gone.
        value = np.exp(model.predict(X[:1])[0] - model.predict(X).mean())
        assert found.refitted == pytest.approx(value, rel=1e-6)
        assert (found.before < threshold) == (value > threshold)
        model = refitted(CoxRegressor(), X, y, found.indices[:-1])
        value = np.exp(model.predict(X[:1])[0] - model.predict(X).mean())
        assert (found.before < threshold) == (value < threshold)


@pytest.mark.parametrize("change", [0.1, -0.1])
def test_a_change_up_and_down(rossi, explainer, change):
    X, y = rossi
    found = most_influential_set(explainer, "age", change=change)
    moved = [
        (refitted(CoxRegressor(), X, y, gone).coef_[1] - found.before) / change
        for gone in (found.indices[:-1], found.indices)
    ]
    assert moved[0] < 1 <= moved[1]
    assert found.reached


def test_a_loss_and_the_target_of_the_explainer(rossi):
    X, y = rossi
    explainer = InfluenceExplainer(CoxRegressor(), target="loss").fit(X, y)
    event = int(np.flatnonzero(y["event"])[0])
    row = slice(event, event + 1)
    found = most_influential_set(explainer, X=X[row], y=y[row], change=0.2)
    other = most_influential_set(explainer, "loss", X[row], y[row], change=0.2)
    assert_array_equal(found.indices, other.indices)
    loss = explainer.target_.at(X[row], y[row])
    values = [
        loss.evaluate(refitted(CoxRegressor(), X, y, gone))[0] - found.before
        for gone in (found.indices[:-1], found.indices)
    ]
    assert values[0] < 0.2 <= values[1]


def test_multinomial_scores_of_a_class():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(tol=1e-8, max_iter=10000)
    explainer = InfluenceExplainer(model, target="score").fit(X, y)
    found = most_influential_set(explainer, X=X[100:101], y=[2], size=3)
    changes = [found.refitted - found.before]
    values = refitted(model, X, y, found.indices).decision_function(X[100:101])[0]
    assert found.refitted == pytest.approx(values[2], rel=1e-6)
    rng = np.random.default_rng(0)
    for _ in range(30):
        gone = rng.choice(150, size=3, replace=False)
        model_without = refitted(model, X, y, gone)
        score = model_without.decision_function(X[100:101])[0, 2]
        changes.append(score - found.before)
    assert np.argmax(np.abs(changes)) == 0


def test_large_sets_remove_several_objects_at_once():
    X, y = load_diabetes(return_X_y=True)
    explainer = InfluenceExplainer(LinearRegression()).fit(X, y)
    found = most_influential_set(explainer, "x2")  # the body-mass index
    steps = np.diff(found.path["size"])
    assert found.reached
    assert found.size > 50
    assert steps.max() > 1
    assert (steps <= np.maximum(0.05 * found.path["size"][:-1], 1)).all()
    assert steps[-1] == 1
    values = [
        refitted(LinearRegression(), X, y, found.indices[:k]).coef_[2]
        for k in (found.size - 1, found.size)
    ]
    assert np.sign(values[0]) == np.sign(found.before) != np.sign(values[1])
    assert found.refitted == pytest.approx(values[1], rel=1e-6)


def test_no_more_objects_than_the_share():
    X, y = load_diabetes(return_X_y=True)
    explainer = InfluenceExplainer(LinearRegression()).fit(X, y)
    found = most_influential_set(explainer, "x2", max_share=0.1)
    assert found.size == 44
    assert not found.reached
    assert np.sign(found.refitted) == np.sign(found.before)
    none = most_influential_set(explainer, "x2", max_share=0.001)
    assert (none.size, none.reached) == (0, False)
    assert none.before == none.estimated == none.refitted
    assert len(none.path) == 1


def test_all_but_one_may_go_and_none_need_help():
    X = np.arange(1.0, 9.0)[:, None]
    explainer = InfluenceExplainer(Ridge(fit_intercept=False)).fit(X, X[:, 0])
    # Every row pulls the slope from zero to one: it falls with each, and never rises.
    down = most_influential_set(explainer, "x0", max_share=1.0)
    assert (down.size, down.reached) == (7, False)
    up = most_influential_set(explainer, "x0", change=0.01)
    assert (up.size, up.reached) == (0, False)


def test_steps_never_lead_back():
    for seed in SEEDS:
        model, X, y = small("cox", seed)
        explainer = InfluenceExplainer(model).fit(X, y)
        for target, sign in (("relative_risk", 1), (survival, 1), (survival, -1)):
            found = most_influential_set(
                explainer,
                target,
                X[:1],
                size=N - 6,
                direction="up" if sign > 0 else "down",
            )
            assert (sign * np.diff(found.path["estimated"]) > 0).all()


def test_units_of_columns_do_not_matter(rossi):
    X, y = rossi
    rescaled = X.assign(age=1e6 * X["age"], prio=1e-6 * X["prio"])
    target = {
        "target": lambda m, X, _: m.predict_survival_function(X, times=[26])[:, 0]
    }
    sets = [
        most_influential_set(
            InfluenceExplainer(CoxRegressor(), **target).fit(data, y),
            X=data[:1],
            change=-0.03,
        )
        for data in (X, rescaled)
    ]
    assert_array_equal(sets[0].indices, sets[1].indices)
    assert sets[0].refitted == pytest.approx(sets[1].refitted, rel=1e-6)


def test_a_whole_level_is_never_removed():
    rng = np.random.default_rng(1)
    level = (np.arange(60) < 4).astype(float)
    X = np.column_stack([level, rng.normal(size=60)])
    y = survival_target(
        rng.random(60) < 0.8, rng.exponential(size=60) * np.exp(-2 * level)
    )
    for model in (CoxRegressor(), LinearRegression()):
        target = y if isinstance(model, CoxRegressor) else level + X[:, 1]
        explainer = InfluenceExplainer(model).fit(X, target)
        for direction in ("up", "down"):
            found = most_influential_set(explainer, "x0", size=50, direction=direction)
            left = np.delete(level, found.indices)
            assert 0 < left.sum() < len(left)
    penalised = InfluenceExplainer(Ridge(alpha=0.1)).fit(X, level + X[:, 1])
    found = most_influential_set(penalised, "x0", size=4, direction="down")
    assert_array_equal(np.sort(found.indices), range(4))
    assert found.refitted == pytest.approx(0.0, abs=1e-9)


def test_a_level_that_is_refused_can_be_the_only_candidate():
    X = np.column_stack([np.arange(12) == 3, np.arange(12.0) ** 2])
    explainer = InfluenceExplainer(LinearRegression()).fit(X, np.arange(12.0))
    fitted = explainer.problem_.objective
    function = explainer.target_.at(X[3:4], np.zeros(1))
    greedy = GreedyRemoval(fitted, function, 1)
    state = greedy.start
    while state is not None:
        assert 3 not in state.objects
        state = greedy(state, 1)


def test_rows_of_weight_zero_are_never_chosen(rossi):
    X, y = rossi
    weight = np.where(np.arange(len(X)) % 3 == 0, 0.0, 1.0 + np.arange(len(X)) % 2)
    explainer = InfluenceExplainer(CoxRegressor()).fit(X, y, sample_weight=weight)
    found = most_influential_set(explainer, "fin")
    assert (weight[found.indices] > 0).all()
    kept = np.delete(np.arange(len(X)), found.indices)
    model = CoxRegressor().fit(X.iloc[kept], y[kept], sample_weight=weight[kept])
    assert found.refitted == pytest.approx(model.coef_[0], rel=1e-6)
    assert found.estimated == pytest.approx(found.refitted, rel=1e-6)
    assert found.reached


def test_strata(rossi):
    X, y = rossi
    model = CoxRegressor(strata=["race", "mar"], ties="efron")
    found = most_influential_set(InfluenceExplainer(model).fit(X, y), "fin")
    assert found.reached
    assert found.refitted == pytest.approx(
        refitted(model, X, y, found.indices).coef_[0], rel=1e-6
    )


def test_a_pipeline_is_refitted_whole(rossi):
    X, y = rossi
    pipeline = make_pipeline(StandardScaler(), CoxRegressor(alpha=5.0))
    found = most_influential_set(InfluenceExplainer(pipeline).fit(X, y), "x0")
    truth = refitted(pipeline, X, y, found.indices)[-1].coef_[0]
    assert found.refitted == pytest.approx(truth, rel=1e-6)
    assert found.reached
    # Estimates hold the scale of the columns fixed.
    assert 1e-8 < abs(found.estimated - truth) < 0.02 * abs(found.before)


def test_a_frozen_estimator_is_refitted(rossi):
    X, y = rossi
    frozen = FrozenEstimator(CoxRegressor().fit(X, y))
    found = most_influential_set(InfluenceExplainer(frozen).fit(X, y), "fin", size=5)
    assert found.refitted == pytest.approx(
        refitted(CoxRegressor(), X, y, found.indices).coef_[0], rel=1e-6
    )


def test_the_method_and_its_jobs_do_not_matter(rossi, explainer):
    expected = most_influential_set(explainer, "fin", size=4)
    for options in ({"method": "newton"}, {"method": "loo", "n_jobs": 2}):
        other = InfluenceExplainer(CoxRegressor(), **options).fit(*rossi)
        with parallel_config("threading"):
            found = most_influential_set(other, "fin", size=4)
        assert_array_equal(found.indices, expected.indices)
        assert found.refitted == expected.refitted


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"threshold": 0.0, "size": 2}, "expected one question"),
        ({"change": 1.0, "size": 2}, "expected one question"),
        ({"threshold": 0.0, "change": 2.0}, "expected one question"),
        ({"change": 0}, "change=0; expected a finite number other than zero"),
        ({"change": np.nan}, "change=nan; expected a finite number"),
        ({"threshold": np.nan}, "threshold=nan; expected a finite number"),
        ({"threshold": "0"}, "threshold='0'; expected a finite number"),
        ({"size": 0}, "size=0; expected a number of objects from 1 to 431"),
        ({"size": 432}, "size=432; expected a number of objects from 1 to 431"),
        ({"size": 2.5}, "size=2.5; expected a number of objects"),
        ({"size": 2, "direction": "left"}, "direction='left'; expected one of"),
        ({"change": -1.0, "direction": "up"}, "direction='up' without size"),
        ({"max_share": 0}, "max_share=0; expected a number above 0"),
        ({"max_share": 1.5}, "max_share=1.5; expected a number above 0"),
    ],
)
def test_questions_that_make_no_sense(explainer, arguments, message):
    with pytest.raises(ValueError, match=message):
        most_influential_set(explainer, "fin", **arguments)


def test_targets_that_are_no_single_number(rossi, explainer):
    X, _ = rossi
    for arguments, message in [
        ({}, r"LogRisk needs a test object, got X=None.*'fin'"),
        ({"X": X[:2]}, "Got a target of 2 numbers; expected one"),
        ({"target": "parameter"}, "Got a target of 7 numbers; expected one"),
        ({"target": "loss", "X": X[:1]}, "Loss needs the y of the test object"),
        ({"target": "aid"}, r"Got the parameter 'aid'; expected names among \['fin'"),
    ]:
        with pytest.raises(ValueError, match=message):
            most_influential_set(explainer, **arguments)
    on_it = explainer.estimator_.coef_[0]
    with pytest.raises(ValueError, match="on the threshold"):
        most_influential_set(explainer, "fin", threshold=on_it)


def test_models_without_an_objective_or_a_fit():
    X, y = load_iris(return_X_y=True)
    explainer = InfluenceExplainer(KNeighborsClassifier(), method="loo").fit(X, y)
    with pytest.raises(
        ValueError, match=r"No objective is known for KNeighborsClassifier"
    ):
        most_influential_set(explainer, "score", X[:1])
    with pytest.raises(NotFittedError):
        most_influential_set(InfluenceExplainer(CoxRegressor()), "x0")
