"""Is a derivative right? Finite differences say so, as a library and as `python -m minicnn.gradcheck`.

`check(forward, backward, inputs)` takes a pair of functions, `check_loss(loss, F)` a loss that returns
its value and gradient, `check_layer(layer, x)` a layer with its parameters. Each answers with a Report:
`report.ok`, `print(report)`, `report.raise_if_wrong()`. Nothing here knows any particular operation,
but for `cases.py` and `builders.py`, which list those of this library for the command line and the tests.

    differences.py  a derivative along one direction from values alone, and kinks told from smoothness
    probes.py       the directions that an argument is moved in
    compare.py      backward beside the differences, and the entry to blame
    conduct.py      whether backward changes what is not its own, or answers differently: called twice,
                    called before at other inputs, given views of larger arrays
    house.py        what this library asks of its own operations besides
    subject.py      a pair, a loss and a layer, seen as one thing
"""

from .examine import check, check_layer, check_loss
from .report import Apart, Finding, Report

__all__ = ["Apart", "Finding", "Report", "check", "check_layer", "check_loss"]
