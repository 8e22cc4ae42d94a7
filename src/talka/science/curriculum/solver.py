"""Integer programs, handed to HiGHS (Huangfu & Hall 2018, Mathematical Programming Computation 10, 119–142).

Set for programs of some hundred columns that must be solved to the very end: the searches that HiGHS runs beside branch and bound to
find a better solution sooner (each an integer program of its own), and a large pool of cuts, cost such programs more than half of the
time. Single-threaded, so that the same program gives the same answer on every machine, and two can be solved side by side.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse

from talka.science.estimate import Bools, Floats

# Tuned on programs of 200 topics and 20 outcomes (`bench/science.py`).
OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "mip_rel_gap": 0.0,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_pool_soft_limit": 50,
}


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it. columns: (columns,); None and proven: there is no solution; None and not proven: none was found in time.

    best, bound: the goal's value, and how low it could yet be; seconds: spent.
    """

    columns: Floats | None
    best: float
    bound: float
    proven: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class Rows:
    """low ≤ matrix·x ≤ high. matrix: (rows, columns); low, high: (rows,), infinite where open."""

    matrix: sparse.csr_array
    low: Floats
    high: Floats


def minimise(goal: Floats, rows: Rows, *, lower: Floats, upper: Floats, whole: Bools, seconds: float, start: Floats | None = None) -> Found:
    """The least goal·x with `rows`, lower ≤ x ≤ upper, and x integer where `whole`; all of them (columns,).

    start: a solution to begin with; one that breaks a row is of no use, but does no harm.
    Raises ArithmeticError if the program makes no sense to the solver.
    """
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(goal), rows.matrix.shape[0]
    program.col_cost_, program.col_lower_, program.col_upper_ = goal, lower, upper
    program.row_lower_, program.row_upper_ = rows.low, rows.high
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_, program.a_matrix_.index_ = rows.matrix.indptr, rows.matrix.indices
    program.a_matrix_.value_ = rows.matrix.data
    program.integrality_ = [highspy.HighsVarType.kInteger if each else highspy.HighsVarType.kContinuous for each in whole]
    solver = highspy.Highs()
    for name, value in (OPTIONS | {"time_limit": max(0.0, seconds)}).items():
        solver.setOptionValue(name, value)
    solver.passModel(program)
    if start is not None:
        known = highspy.HighsSolution()
        known.col_value = start.tolist()
        solver.setSolution(known)
    solver.run()
    status, told, spent = solver.getModelStatus(), solver.getInfo(), solver.getRunTime()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Found(None, np.inf, np.inf, proven=True, seconds=spent)
    if status not in {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit}:
        raise ArithmeticError(f"the program could not be solved: {solver.modelStatusToString(status)}")
    if told.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Found(None, np.inf, told.mip_dual_bound, proven=False, seconds=spent)
    columns = np.array(solver.getSolution().col_value)
    proven = status == highspy.HighsModelStatus.kOptimal
    return Found(columns, told.objective_function_value, told.mip_dual_bound, proven=proven, seconds=spent)
