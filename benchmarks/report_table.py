"""Tables as plain text and as reStructuredText, and the machine they are from."""

import os
import platform
import textwrap
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import scipy
import sklearn
from threadpoolctl import threadpool_info

import sklinfluence


class Table(NamedTuple):
    """Cells under a title, and what to know when reading them."""

    title: str
    header: list
    rows: list
    note: str = ""

    def text(self):
        """Return columns of plain text, the first to the left and others to the right.

        Lines of the header that are separated by a newline are stacked.
        """
        names = [str(name).split("\n") for name in self.header]
        depth = max(map(len, names))
        stacked = [[""] * (depth - len(name)) + name for name in names]
        lines = [list(line) for line in zip(*stacked, strict=True)]
        lines += [[str(cell) for cell in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        body = "\n".join(_line(line, widths) for line in lines)
        note = textwrap.fill(self.note, 88)
        return f"{self.title}\n{body}\n{note}".rstrip() + "\n"

    def rst(self):
        """Return a list-table with its note below."""
        lines = [f".. list-table:: {self.title}", "   :header-rows: 1", ""]
        for row in [[str(n).replace("\n", " ") for n in self.header], *self.rows]:
            cells = [f"- {cell}".rstrip() for cell in row]
            lines += ["   * " + cells[0], *("     " + cell for cell in cells[1:])]
        return "\n".join([*lines, "", textwrap.fill(self.note, 88), ""])


def _line(cells, widths):
    """Align the cells of one line."""
    first, *others = zip(cells, widths, strict=True)
    aligned = [first[0].ljust(first[1]), *(cell.rjust(w) for cell, w in others)]
    return "  ".join(aligned).rstrip()


def write_rst(path, command, tables, quick):
    """Write the tables to a file that a page of the guide includes."""
    parts = [f".. Written by ``{command}``; do not edit.\n"]
    if quick:
        parts.append(
            ".. warning::\n\n   These are figures of ``--quick``: small samples of the "
            "data, to try the command.\n   They are no results, and do not compare "
            "with the paper.\n"
        )
    parts += [table.rst() for table in tables]
    parts.append(textwrap.fill(f"``{command}``: {machine()}.", 88) + "\n")
    with open(path, "w") as file:
        file.write("\n".join(parts))


def machine():
    """Describe the processor, the memory, the software and the date in one sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory; Python "
        f"{platform.python_version()}, numpy {np.__version__}, scipy "
        f"{scipy.__version__}, scikit-learn {sklearn.__version__}, {_blas()}, "
        f"sklinfluence {sklinfluence.__version__}; {datetime.now(UTC):%Y-%m-%d}"
    )


def _processor():
    """Return the model of the processor, where the system tells it."""
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.split(":", 1)[1] for line in file if "model name" in line]
    except OSError:
        names = []
    return names[0].strip() if names else platform.machine()


def _blas():
    """Return the linear algebra that numpy and scipy call, with its threads."""
    found = {
        f"{library['internal_api']} {library['version']} "
        f"({library['num_threads']} threads)"
        for library in threadpool_info()
        if library["user_api"] == "blas"
    }
    return ", ".join(sorted(found)) or "unknown BLAS"


def duration(seconds):
    """Write a time with two or three digits and a unit."""
    if isinstance(seconds, str):
        return seconds
    if seconds < 1:
        return f"{1e3 * seconds:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 600 else f"{seconds / 60:.0f} min"


def ratio(slow, fast):
    """Write how many times slower, where both are known."""
    if isinstance(slow, str) or isinstance(fast, str):
        return ""
    times = slow / fast
    return f"{times:.0f} x" if times >= 10 else f"{times:.2g} x"
