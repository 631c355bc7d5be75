"""Influence functions of the libraries that are made for torch, in our scale.

Ours is H⁻¹ with the Hessian of the summed loss, penalty included, and positive where a
training row helps a test row; results have shape (n_test, n_train). Each peer is given
the loss of the rows and the penalty as its regularisation, all rows in one batch, which
is fastest for all of them here and the only size for which dattri is exact.
"""

import warnings
from contextlib import redirect_stderr
from functools import wraps
from importlib import import_module
from io import StringIO


def load_peers():
    """Return those that are installed, and say which are not.

    Returns
    -------
    dict of str to callable
        Each takes coefficients, penalty, training and test rows, and returns a function
        without arguments, which prepares and computes all anew.
    """
    peers = {}
    for module, found in PEERS.items():
        try:
            _quiet(import_module)(module)
        except ImportError as error:
            print(f"{module} left out ({error}): pip install sklinfluence[peers]")
        else:
            peers |= {name: _quiet_peer(peer) for name, peer in found.items()}
    if peers:
        import_module("torch").set_num_threads(1)
    return peers


def _quiet_peer(peer):
    return lambda *problem: _quiet(peer(*problem))


def _quiet(call):
    """Return the call without its progress bars and its warnings."""

    @wraps(call)
    def quiet(*arguments):
        with warnings.catch_warnings(), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            return call(*arguments)

    return quiet


def pydvl_direct(theta, penalty, train, test):
    """Return the explicit inverse of pyDVL."""
    from pydvl.influence.torch import DirectInfluence

    return _pydvl(DirectInfluence, theta, penalty, train, test)


def pydvl_cg(theta, penalty, train, test):
    """Return conjugate gradients of pyDVL on all test rows at once."""
    from pydvl.influence.torch import CgInfluence

    # One at a time, the default, leaves rows beyond the number of parameters zero.
    return _pydvl(
        CgInfluence, theta, penalty, train, test, solve_simultaneously=True, rtol=1e-9
    )


def _pydvl(method, theta, penalty, train, test, **options):
    from torch.nn.functional import binary_cross_entropy_with_logits

    n, (train, test) = len(train[1]), map(_tensors, (train, test))
    module, loader = _module(theta), _loader(train)

    def influence():
        fitted = method(
            module,
            binary_cross_entropy_with_logits,
            regularization=penalty / n,
            **options,
        ).fit(loader)
        # The Hessian is that of the mean loss.
        return fitted.influences(*test, *train).detach().numpy() / n

    return influence


def captum_naive(theta, penalty, train, test):
    """Return the explicit Hessian of captum, decomposed, with all eigenvalues kept."""
    from captum.influence import NaiveInfluenceFunction
    from torch.nn import BCEWithLogitsLoss

    train, test = map(_tensors, (train, test))
    module, loader = _module(theta), _loader(train)

    def influence():
        fitted = NaiveInfluenceFunction(
            module,
            loader,
            checkpoint=None,
            checkpoints_load_func=lambda module, checkpoint: 1.0,
            loss_fn=BCEWithLogitsLoss(reduction="sum"),
            sample_wise_grads_per_batch=True,
            projection_dim=len(theta),
            hessian_reg=penalty,
            hessian_inverse_tol=0.0,
        )
        # The Hessian is that of the summed loss, as ours.
        return fitted.influence(test).detach().numpy()

    return influence


def dattri_explicit(theta, penalty, train, test):
    """Return the explicit inverse of dattri."""
    import torch
    from dattri.algorithm.influence_function import IFAttributorExplicit
    from dattri.task import AttributionTask
    from torch.nn.functional import binary_cross_entropy_with_logits

    n, (train, test) = len(train[1]), map(_tensors, (train, test))
    module, loader, test_loader = _module(theta), _loader(train), _loader(test)

    def loss(params, data):
        scores = torch.func.functional_call(module, params, data[0])
        return binary_cross_entropy_with_logits(scores, data[1])

    def influence():
        task = AttributionTask(loss, module, module.state_dict())
        attributor = IFAttributorExplicit(task, regularization=penalty / n)
        attributor.cache(loader)
        with torch.no_grad():
            scores = attributor.attribute(loader, test_loader)
        # The Hessian is that of the mean loss.
        return scores.numpy().T / n

    return influence


def _module(theta):
    import torch

    module = torch.nn.Linear(len(theta), 1, bias=False).double()
    module.weight.data = torch.as_tensor(theta[None])
    return module


def _tensors(rows):
    import torch

    X, y = rows
    return torch.as_tensor(X), torch.as_tensor(y[:, None].astype(float))


def _loader(tensors):
    from torch.utils.data import DataLoader, TensorDataset

    return DataLoader(TensorDataset(*tensors), batch_size=len(tensors[0]))


PEERS = {
    "pydvl.influence.torch": {
        "pyDVL DirectInfluence": pydvl_direct,
        "pyDVL CgInfluence (simultaneous)": pydvl_cg,
    },
    "captum.influence": {"captum NaiveInfluenceFunction": captum_naive},
    "dattri.algorithm": {"dattri IFAttributorExplicit": dattri_explicit},
}
