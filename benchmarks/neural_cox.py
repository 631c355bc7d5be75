"""Influence on neural Cox models of up to 82,000 parameters (METABRIC, appendix C).

    OMP_NUM_THREADS=1 python benchmarks/neural_cox.py

Networks 9-h-h-1 of tanh units, ridge penalty of 0.01 a training object, trained by
L-BFGS to a minimum; every one of 1218 training on 381 test subjects, target relative
risk. The damped Gauss–Newton matrix is solved in the space of the scores, and by
conjugate gradients on the same operator for ten test subjects, to 1e-11. The paper's
times are of its own machine and networks, and stand beside for the order of magnitude.
"""

import resource
import time
import warnings

import numpy as np
from paper_setting import load
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import LeaveOneOut, VersatileInfluence
from sklinfluence.objectives import make_objective
from sklinfluence.solvers import (
    ConjugateGradientSolver,
    LissaSolver,
    NystroemSolver,
)

WIDTHS = {3: 5.68, 96: 27.7, 196: 113.0, 280: 171.0}  # the paper's seconds by CG
PENALTY = 0.01 * 1218


def main():
    """Print times and residuals, then accuracy where exact removal is known."""
    split = load("METABRIC")
    linear(split)
    for width, paper in WIDTHS.items():
        large(split, width, paper)
    early_stopped(split)
    for width in (3, 8):
        for seed in range(3):
            small(split, width, seed)


def network(width, **settings):
    """Return the network of two hidden layers."""
    defaults = {"alpha": PENALTY, "activation": "tanh", "random_state": 0}
    return CoxRegressor(hidden_layer_sizes=(width, width), **(defaults | settings))


def influence(model, split, X_test, **settings):
    """Return the influence, the method, and seconds with all preparation."""
    method = VersatileInfluence(**settings)
    start = time.perf_counter()
    explainer = InfluenceExplainer(FrozenEstimator(model), method, "relative_risk")
    explainer.fit(split.X_train, split.y_train)
    found = explainer.influence(X_test)
    return found, explainer.method_, time.perf_counter() - start


def linear(split):
    """Compare three solvers with retraining, on a linear model."""
    model = CoxRegressor().fit(split.X_train, split.y_train)
    X_test, objects = split.X_test, np.arange(0, 1218, 6)
    truth = retrained(CoxRegressor(), split, objects)
    print("linear model, Pearson against retraining, per test subject: mean, least")
    for solver in ("explicit", "cg", LissaSolver(random_state=0)):
        found, method, _ = influence(model, split, X_test, solver=solver)
        mean, least = pearson(found[:, objects], truth)
        print(f"  {type(method.solver_).__name__:25} {mean:.5f} {least:.5f}")


def retrained(model, split, objects):
    """Return the influence of some subjects by training anew without each."""
    explainer = InfluenceExplainer(model, LeaveOneOut(), "relative_risk")
    explainer.fit(split.X_train, split.y_train)
    return explainer.influence(split.X_test, groups=[[i] for i in objects])


def large(split, width, paper):
    """Time the dual solve and conjugate gradients on one network."""
    start = time.perf_counter()
    model = network(width).fit(split.X_train, split.y_train)
    theta = make_objective(model, split.X_train, split.y_train).theta
    print(
        f"\n9-{width}-{width}-1, {len(theta)} parameters: trained in "
        f"{time.perf_counter() - start:.1f} s, {model.n_iter_} iterations, "
        f"max|gradient| {model.max_gradient_:.1e}"
    )
    gauss_newton(model, split)
    full_hessian(model, split, paper)
    if len(theta) > 20_000:
        try:
            influence(model, split, split.X_test[:1], solver="explicit")
        except MemoryError as error:
            print(f"  explicit: {error}")


def gauss_newton(model, split):
    """Solve in the space of scores, and check it by conjugate gradients."""
    settings = {"curvature": "gauss_newton", "damping": PENALTY, "linearize": True}
    dual, method, seconds = influence(
        model, split, split.X_test, solver="dual", **settings
    )
    precise = ConjugateGradientSolver(tol=1e-11)
    some, _, slow = influence(
        model, split, split.X_test[:10], solver=precise, **settings
    )
    error = np.linalg.norm(dual[:10] - some) / np.linalg.norm(some)
    print(
        f"  damped Gauss-Newton, dual: {seconds:.2f} s, all pairs; residual "
        f"{method.residual_norm_.max():.1e}; CG (10 test subjects, {slow:.1f} s) "
        f"differs by {error:.1e}"
    )


def full_hessian(model, split, paper):
    """Solve with the Hessian itself, by preconditioned conjugate gradients."""
    solver = ConjugateGradientSolver(
        tol=1e-4, preconditioner=NystroemSolver(rank=50, random_state=0)
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ConvergenceWarning)
        _, method, seconds = influence(
            model, split, split.X_test, solver=solver, linearize=True
        )
    residual = method.residual_norm_
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"  full Hessian, CG: {seconds:.1f} s, all pairs (paper {paper} s); "
        f"{len(residual)} residuals, at most {residual.max():.1e}; peak {peak:.2f} GB"
    )
    for warning in told:
        print(f"    {warning.message}")


def early_stopped(split):
    """Say what is reported where training stopped long before a minimum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = network(96, alpha=0.0, max_iter=30).fit(split.X_train, split.y_train)
    print("\n9-96-96-1 without penalty, 30 iterations of L-BFGS")
    full_hessian(model, split, WIDTHS[96])
    gauss_newton(model, split)


def small(split, width, seed):
    """Compare the Hessian and Gauss–Newton with exact removal of 60 subjects.

    Some minima end when a certain subject is removed: then the next one is far away,
    and no method that looks around the fit can know it.
    """
    model = network(width, random_state=seed).fit(split.X_train, split.y_train)
    fitted = make_objective(model, split.X_train, split.y_train)
    objects = np.random.default_rng(0).choice(1218, 60, replace=False)
    truth = np.stack([removed(fitted, i, split.X_test) for i in objects], axis=1)
    print(f"\n9-{width}-{width}-1, seed {seed}, against exact removal of 60 subjects")
    for name, settings in {
        "full Hessian, evaluated": {"linearize": False},
        "full Hessian, chain rule": {"linearize": True},
        "Gauss-Newton, damping 1e-6": {
            "curvature": "gauss_newton",
            "damping": 1e-6,
            "linearize": True,
        },
    }.items():
        found, _, _ = influence(model, split, split.X_test, **settings)
        errors = np.linalg.norm(found[:, objects] - truth, axis=0)
        others = np.argsort(errors)[:-1]
        print(
            f"  {name:28} {compared(found[:, objects], truth)}; without the worst: "
            f"{compared(found[:, objects[others]], truth[:, others])}"
        )


def compared(found, truth):
    """Say how well an estimate agrees with the truth."""
    error = np.linalg.norm(found - truth) / np.linalg.norm(truth)
    mean, least = pearson(found, truth)
    return f"Pearson {mean:.4f} (least {least:.4f}), rel. L2 {error:.3f}"


def removed(fitted, i, X_test):
    """Return the change of the target when subject i is removed and θ re-optimised."""
    objective, presence = fitted.objective, fitted.objective.presence_without([i])
    found = minimize(
        objective.value,
        fitted.theta,
        args=(presence,),
        jac=objective.gradient,
        hess=objective.hessian,
        method="trust-exact",
        # Small steps: the minimum that is reached from here, not one further on.
        options={"gtol": 1e-7, "initial_trust_radius": 0.05, "max_trust_radius": 0.1},
    )
    model = objective.model.at(fitted.features(X_test))

    def target(theta):
        return np.exp(model.scores(theta) - objective.model.scores(theta).mean())

    return target(found.x) - target(fitted.theta)


def pearson(found, truth):
    """Return the mean and the least correlation over test subjects."""
    each = [np.corrcoef(a, b)[0, 1] for a, b in zip(found, truth, strict=True)]
    return np.mean(each), np.min(each)


if __name__ == "__main__":
    main()
