"""Attribution methods, one idea a file."""

from sklinfluence.attribution._base import Attributor
from sklinfluence.attribution._leave_one_out import LeaveOneOut
from sklinfluence.attribution._newton import NewtonInfluence
from sklinfluence.attribution._versatile import VersatileInfluence

#: Methods by name.
METHODS = {"loo": LeaveOneOut, "newton": NewtonInfluence, "vif": VersatileInfluence}

__all__ = [
    "METHODS",
    "Attributor",
    "LeaveOneOut",
    "NewtonInfluence",
    "VersatileInfluence",
]
