"""
One SMT query, given to several solvers at once: what multiplies and divides symbols needs one that thinks in integers.

    python tools/audit/smt.py QUERY.smt2

Halmos runs it (`--solver-command`). Prints the first answer: sat with a model, unsat, or unknown when time is up.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
HERE = [sys.executable, __file__]
YICES = [str(BIN / "yices-smt2"), "--smt2-model-format", "--bvconst-in-decimal"]
SOLVERS = (YICES, [*HERE, "--bitwuzla"], [*HERE, "--cvc5"], [*HERE, "--cvc5-coverings"])
SECONDS = 60.0


def bitwuzla(query: str) -> None:
    """Bit blasting with strong rewriting of polynomials."""
    import bitwuzla as solver

    options = solver.Options()
    options.set(solver.Option.PRODUCE_MODELS, True)
    solver.Parser(solver.TermManager(), options).parse(query, False, True)


def cvc5(query: str, coverings: bool) -> None:
    """Words as integers; products by linearisation or by cylindrical algebraic coverings."""
    import cvc5 as solver

    engine = solver.Solver(solver.TermManager())
    engine.setOption("solve-bv-as-int", "sum")
    engine.setOption("produce-models", "true")
    if coverings:
        engine.setOption("nl-cov", "true")
    parser = solver.InputParser(engine)
    parser.setFileInput(solver.InputLanguage.SMT_LIB_2_6, query)
    while not (command := parser.nextCommand()).isNull():
        print(command.invoke(engine, parser.getSymbolManager()), end="")


def race(query: str) -> str:
    """The first sat or unsat of any solver."""
    running = [subprocess.Popen([*solver, query], stdout=subprocess.PIPE, text=True) for solver in SOLVERS]
    end = time.monotonic() + SECONDS
    try:
        while running and time.monotonic() < end:
            for solver in [one for one in running if one.poll() is not None]:
                running.remove(solver)
                found = solver.communicate()[0]
                if found.split("\n", 1)[0] in ("sat", "unsat"):
                    return found
            time.sleep(0.01)
        return "unknown\n"
    finally:
        for solver in running:
            solver.kill()
            solver.communicate()


if __name__ == "__main__":
    if sys.argv[1] == "--bitwuzla":
        bitwuzla(sys.argv[2])
    elif sys.argv[1] in ("--cvc5", "--cvc5-coverings"):
        cvc5(sys.argv[2], coverings=sys.argv[1] == "--cvc5-coverings")
    else:
        print(race(sys.argv[1]), end="")
