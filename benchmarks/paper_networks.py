"""The paper's Tables 5 and 6: solvers on linear and neural Cox models of METABRIC.

Every solver has the Hessian of the objective itself, at a minimum that training
reached. "dual" is another matrix, the damped Gauss–Newton, solved in the space of the
scores: it is what the package offers for large networks and stands beside. Times are
from the fitted model to the influence of all training on all test subjects. A solver
that takes longer than the cap at one size is stopped, and not tried at a larger one.
"""

import multiprocessing
import time
import warnings

import neural_cox
import numpy as np
import paper_setting
from sklearn.exceptions import ConvergenceWarning

from sklinfluence import CoxRegressor
from sklinfluence.objectives import make_objective
from sklinfluence.solvers import (
    ConjugateGradientSolver,
    LissaSolver,
    NystroemSolver,
)

WIDTHS = {3: "0.04K", 96: "10.3K", 196: "41.0K", 280: "81.9K"}
QUICK_WIDTHS = {3: "0.04K", 16: "0.4K"}
SOLVERS = ("explicit", "cg", "lissa", "dual")
# The series is timed on a few test subjects, each of which it solves by itself.
N_LISSA = 3
LISSA_DEPTH = 300


def solver_of(name):
    """Return the solver of a name, and further settings of the method."""
    if name == "dual":
        damped = {"curvature": "gauss_newton", "damping": neural_cox.PENALTY}
        return {"solver": "dual", "linearize": True, **damped}
    solver = {
        "explicit": "explicit",
        "cg": ConjugateGradientSolver(
            tol=1e-4, preconditioner=NystroemSolver(rank=50, random_state=0)
        ),
        "lissa": LissaSolver(depth=LISSA_DEPTH, tol=1e-4, random_state=0),
    }[name]
    return {"solver": solver, "linearize": True}


def data(quick):
    """Return METABRIC, or with few test subjects."""
    split = paper_setting.load("METABRIC")
    return split._replace(X_test=split.X_test[:20]) if quick else split


def n_removed(quick):
    """Return of how many subjects exact removal is worked out."""
    return 8 if quick else 60


def correlations(quick):
    """Return {solver: (linear, network)}, mean Pearson against exact removal."""
    split = data(quick)
    rng, n = np.random.default_rng(0), len(split.X_train)
    objects = rng.choice(n, n_removed(quick), replace=False)
    linear = CoxRegressor().fit(split.X_train, split.y_train)
    network = neural_cox.network(3).fit(split.X_train, split.y_train)
    fitted = make_objective(network, split.X_train, split.y_train)
    removed = [neural_cox.removed(fitted, i, split.X_test) for i in objects]
    pairs = [
        (linear, neural_cox.retrained(CoxRegressor(), split, objects)),
        (network, np.stack(removed, axis=1)),
    ]
    found = {
        name: [
            neural_cox.pearson(solved(model, split, name)[:, objects], truth)[0]
            for model, truth in pairs
        ]
        for name in SOLVERS[:3]
    }
    # Training of the linear model is not random: it agrees with itself.
    other = neural_cox.retrained(
        neural_cox.network(3, random_state=1), split, objects[:20]
    )
    truth = pairs[1][1][:, : len(other[0])]
    return found | {"retraining": [1.0, neural_cox.pearson(other, truth)[0]]}


def solved(model, split, name):
    """Return the influence by a solver, whether or not it says that it converged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found, _, _ = neural_cox.influence(
            model, split, split.X_test, **solver_of(name)
        )
    return found


def run_times(quick, cap):
    """Yield (label, parameters, max|gradient|, cells) for networks of growing width."""
    split, too_slow = data(quick), set()
    for width, label in (QUICK_WIDTHS if quick else WIDTHS).items():
        start = time.perf_counter()
        model = neural_cox.network(width).fit(split.X_train, split.y_train)
        trained = time.perf_counter() - start
        n_params = len(make_objective(model, split.X_train, split.y_train).theta)
        cells = {}
        for name in SOLVERS:
            if name in too_slow:
                cells[name] = "not run"
                continue
            cells[name] = capped(clocked, cap, model, split, name)
            if isinstance(cells[name], str):
                too_slow.add(name)
        cells["retraining"] = trained * len(split.X_train)
        yield label, n_params, model.max_gradient_, cells


def clocked(model, split, name):
    """Return the seconds of a solver, and its largest relative residual."""
    X_test = split.X_test[:N_LISSA] if name == "lissa" else split.X_test
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        _, method, seconds = neural_cox.influence(
            model, split, X_test, **solver_of(name)
        )
    return seconds * len(split.X_test) / len(X_test), np.max(method.residual_norm_)


def capped(job, seconds, *arguments):
    """Return what a job returns in a process of its own, or why it returns nothing."""
    context = multiprocessing.get_context("fork")  # the model need not be sent
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, job, arguments))
    process.start()
    try:
        return receiver.recv() if receiver.poll(seconds) else f"> {seconds:.0f} s"
    finally:
        process.terminate()
        process.join()


def _send(sender, job, arguments):
    """Send the result of a job, or "memory" where it does not fit."""
    try:
        sender.send(job(*arguments))
    except MemoryError:
        sender.send("memory")
