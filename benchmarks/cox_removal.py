"""Newton removal, certificates, groups and exact removal for Cox regression.

    OMP_NUM_THREADS=1 python benchmarks/cox_removal.py

Linear Cox model, no penalty, standardised columns. The truth is exact removal of every
object, certified to 1e-12 of its effect or to rounding errors. Tightness is the
certified distance over the true one, in the norm of the curvature without the object;
it means something where the error is well above rounding errors, so the objects whose
error is below 1e-11 standard errors are left out of it (their share is printed).
"""

import time

import numpy as np
from paper_setting import DATASETS, load

from sklinfluence import CoxRegressor, InfluenceExplainer
from sklinfluence.attribution import NewtonInfluence, VersatileInfluence
from sklinfluence.attribution._certificate import Certifier, certified_at
from sklinfluence.attribution._coordinates import NaturalCoordinates
from sklinfluence.attribution._reduced import ReducedProblems
from sklinfluence.objectives import minimize_newton

METHODS = {
    "VIF": VersatileInfluence(),
    "Newton-1": NewtonInfluence(),
    "Newton-2": NewtonInfluence(n_steps=2),
}
WELL_ABOVE_ROUND_OFF = 1e-11


def main():
    """Print accuracy, certificates, groups and times for each data set."""
    for name in DATASETS:
        for ties in ("breslow", "efron"):
            split = load(name)
            explainer = InfluenceExplainer(CoxRegressor(ties=ties))
            explainer.fit(split.X_train, split.y_train)
            n, p = split.X_train.shape
            print(f"\n{name}, {ties}, n = {n}, p = {p}")
            truth = times(explainer)
            objects(explainer, truth)
            if ties == "breslow":
                groups(explainer, split)


def times(explainer):
    """Time exact removal of all objects, and warm-started refits; return the truth."""
    exact, seconds = timed(lambda: of(explainer, NewtonInfluence("converged")))
    problem, fitted = explainer.problem_, explainer.problem_.objective
    vif = VersatileInfluence().prepare(problem, explainer.target_)
    start = vif.parameter_influence()
    refits, warm = timed(lambda: warm_refits(fitted, start))
    error = relative(exact, refits)
    print(f"  exact removal, tol 1e-8  {seconds:7.2f} s")
    print(f"  warm-started refits      {warm:7.2f} s   {warm / seconds:.1f} x")
    print(f"  exact removal against refits: relative L2 {error:.1e}")
    return of(explainer, NewtonInfluence("converged", tol=1e-12))


def warm_refits(fitted, start):
    """Minimise L(θ, 1₋ᵢ) for each object by Newton's method, from VIF's estimate."""
    objective, theta = fitted.objective, fitted.theta
    steps = [
        minimize_newton(objective, theta + step, objective.presence_without([i])).theta
        for i, step in enumerate(start)
    ]
    return np.array(steps) - theta


def objects(explainer, truth):
    """Print accuracy and certificates of the methods for single objects."""
    print("  method    rel. L2    seconds  with bounds  certified  violated  ", end="")
    print("tightness median  99 %     max  left out")
    fitted = explainer.problem_.objective
    coordinates = NaturalCoordinates(fitted.objective, fitted.theta)
    reduced = ReducedProblems(fitted, coordinates)
    exact = coordinates.of_steps(truth)
    for name, method in METHODS.items():
        steps, seconds = timed(lambda m=method: of(explainer, m))
        _, bounded = timed(lambda m=method: of(explainer, m, return_bound=True))
        if name == "VIF":
            certified = certified_at(reduced, coordinates.of_steps(steps), verbose=0)
        else:
            certified = method._pieces(reduced, {}, certify=True)
        held, ratio, violated = tightness(reduced, certified, exact)
        print(
            f"  {name:9} {relative(steps, truth):8.2e} {seconds:8.2f} {bounded:10.2f}"
            f" {held:11.2%} {violated:8d} {np.median(ratio):16.4f}"
            f" {np.quantile(ratio, 0.99):8.4f} {ratio.max():8.3f}"
            f" {1 - len(ratio) / len(exact):8.1%}"
        )


def tightness(reduced, certified, exact):
    """Return coverage, tightness, and the number of violations of certificates."""
    held, violated, ratios = 0, 0, []
    slack = Certifier(reduced).round_off
    for estimates, radius in certified:
        finite = np.isfinite(radius)
        held += finite.sum()
        error = exact[estimates.rows] - estimates.xi
        size = np.sqrt(np.einsum("mi,mi->m", error, curved(reduced, estimates, error)))
        violated += int((size > radius + slack)[finite].sum())
        above = finite & (size > WELL_ABOVE_ROUND_OFF)
        ratios.append(radius[above] / size[above])
    return held / len(exact), np.concatenate(ratios), violated


def curved(reduced, estimates, error):
    """Return K d of each error d, for the curvature in whose norm the bound holds."""
    objective, coordinates = reduced.objective, reduced.coordinates
    if estimates.base.any():
        thetas = coordinates.thetas(estimates.base)
        hessians = objective.hessians(thetas, reduced.presences(estimates.rows))
    else:
        hessians = objective.removal_hessians(reduced.theta)(estimates.rows)
    return np.einsum("mij,mj->mi", coordinates.hessians(hessians), error)


def groups(explainer, split):
    """Print accuracy and certificates for random and for coherent groups."""
    print("  groups          VIF at once  Newton-1  Newton-2   certified  violated")
    for kind, make in {"random": random_groups, "coherent": coherent_groups}.items():
        for share in (0.02, 0.1, 0.2):
            sets = make(explainer, split, share)
            truth = of(explainer, NewtonInfluence("converged", tol=1e-12), sets)
            errors, held, violated = [], [], 0
            for method in METHODS.values():
                steps, bounds = of(explainer, method, sets, return_bound=True)
                errors.append(relative(steps, truth))
                certified = np.isfinite(bounds).all(axis=1)
                held.append(certified.mean())
                error = np.abs(steps - truth)[certified]
                violated += int((error > bounds[certified] + 1e-12).any(axis=1).sum())
            coverage = "/".join(f"{h:.0%}" for h in held)
            print(
                f"  {kind:8} {share:4.0%}  {errors[0]:11.3f} {errors[1]:9.4f}"
                f" {errors[2]:9.1e}   {coverage} {violated:5d}"
            )


def random_groups(explainer, split, share):
    """Return 60 random groups."""
    rng, n = np.random.default_rng(0), explainer.n_objects_
    return [rng.choice(n, int(share * n), replace=False) for _ in range(60)]


def coherent_groups(explainer, split, share):
    """Return both tails of covariates, of the risk and of the time."""
    risk = explainer.predict(split.X_train)
    columns = [*split.X_train.T, risk, split.y_train["time"]]
    # Tails of binary columns are whole levels, or parts of them in the order of rows.
    columns = [c for c in columns if len(np.unique(c)) > 10]
    size = int(share * explainer.n_objects_)
    orders = [np.argsort(c, kind="stable") for c in columns]
    return [tail for o in orders for tail in (o[:size], o[-size:])]


def of(explainer, method, groups=None, return_bound=False):
    """Return the parameter influence of a method on the fitted model."""
    prepared = method.prepare(explainer.problem_, explainer.target_)
    removals = None if groups is None else [np.asarray(g) for g in groups]
    if return_bound:
        return prepared.parameter_influence(removals, return_bound=True)
    return prepared.parameter_influence(removals)


def relative(estimate, truth):
    """Return the relative L2 error."""
    return np.linalg.norm(estimate - truth) / np.linalg.norm(truth)


def timed(job):
    """Return the result of a job, and its wall time in seconds."""
    start = time.perf_counter()
    result = job()
    return result, time.perf_counter() - start


if __name__ == "__main__":
    main()
