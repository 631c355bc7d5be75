"""Detection of wrong labels and of wrong event times, by influence and by loss.

    SKLINFLUENCE_DATA=... OMP_NUM_THREADS=1 python benchmarks/mislabelled.py

Breast cancer with a tenth of its labels flipped, for three penalties; SUPPORT and
METABRIC with one in twenty event times wrong: drawn uniformly over the follow-up, or
with the decimal point a digit off to either side. Average precision, mean and standard
deviation over draws, beside that of chance.
"""

import argparse

import numpy as np
from scipy.special import xlogy
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.datasets import fetch_metabric, fetch_support
from sklinfluence.diagnostics import likelihood_displacement
from sklinfluence.metrics import chance_average_precision, detection_average_precision


def main():
    """Print a table for every data set and kind of error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=10)
    n_draws = parser.parse_args().draws
    for C in (1.0, 0.1, 0.01):
        draws = [flipped_labels(C, seed) for seed in range(n_draws)]
        report(f"breast cancer, 10 % of labels flipped, C = {C:g}", draws)
    for name, fetch in (("SUPPORT", fetch_support), ("METABRIC", fetch_metabric)):
        X, y = fetch(return_X_y=True)
        for error, change in (("uniform", uniform), ("off tenfold", off_tenfold)):
            draws = [wrong_times(X, y, change, seed) for seed in range(n_draws)]
            report(f"{name}, 5 % of event times {error}", draws)


def flipped_labels(C, seed):
    """Return which labels are flipped, and rankings of the rows."""
    X, y = load_breast_cancer(return_X_y=True)
    X, rng = scale(X), np.random.default_rng(seed)
    is_wrong = np.zeros(len(y), dtype=bool)
    is_wrong[rng.permutation(len(y))[: len(y) // 10]] = True
    y = np.where(is_wrong, 1 - y, y)
    model = LogisticRegression(C=C, tol=1e-10, max_iter=2000)
    rankings = {}
    for method in ("vif", "newton"):
        explainer = InfluenceExplainer(model, method, target="loss").fit(X, y)
        rankings[f"self-influence, {method}"] = explainer.self_influence()
    rankings["likelihood displacement"] = likelihood_displacement(explainer)
    rankings["training loss"] = training_loss(explainer, X, y)
    return is_wrong, rankings


def wrong_times(X, y, change, seed):
    """Return which event times are wrong, and rankings of the rows."""
    y, rng = y.copy(), np.random.default_rng(seed)
    events = rng.permutation(np.flatnonzero(y["event"]))
    is_wrong = np.zeros(len(y), dtype=bool)
    is_wrong[events[: len(events) // 20]] = True
    y["time"][is_wrong] = change(y["time"], is_wrong, rng)
    explainer = InfluenceExplainer(CoxRegressor(ties="efron"), target="loss").fit(X, y)
    rankings = {
        "self-influence, vif": explainer.self_influence(),
        "likelihood displacement": likelihood_displacement(explainer),
        "training loss": training_loss(explainer, X, y),
        "squared deviance residual": deviance(explainer.estimator_, X, y),
    }
    # Those without an event are not inspected: their times are right.
    return is_wrong[events], {name: all_[events] for name, all_ in rankings.items()}


def uniform(times, some, rng):
    """Draw times over the follow-up."""
    return rng.uniform(times.min(), times.max(), some.sum())


def off_tenfold(times, some, rng):
    """Move the decimal point to either side."""
    return times[some] * rng.choice([0.1, 10.0], some.sum())


def training_loss(explainer, X, y):
    """Return the loss of every training row."""
    return explainer.target_.at(X, y).evaluate(explainer.estimator_)


def deviance(model, X, y):
    """Return squared deviance residuals."""
    hazard = model.baseline_.cumulative_at(y["time"], np.zeros(1, dtype=int))[0]
    expected = hazard * np.exp(model.predict(X))
    return 2 * (expected - y["event"] - xlogy(y["event"], expected))


def report(title, draws):
    """Print the average precision of each ranking."""
    is_wrong = draws[0][0]
    chance = chance_average_precision(len(is_wrong), int(is_wrong.sum()))
    print(f"{title}: {is_wrong.sum()} of {len(is_wrong)} rows wrong")
    for name in draws[0][1]:
        found = [detection_average_precision(w, ranked[name]) for w, ranked in draws]
        print(f"  {name:26} {np.mean(found):6.3f} ± {np.std(found):.3f}")
    print(f"  {'chance':26} {chance:6.3f}", flush=True)


if __name__ == "__main__":
    main()
