"""
Runs pytest for mutants, each time in a fork of a process that has imported everything but Penstock and its tests:
starting from nothing takes longer than most mutants need to be found.

A request is a line of JSON: arguments of pytest, modules to import first, and the file for the notes. The answer is two
lines: the process that runs it, and its exit code when it has ended.

The notes are what a run is judged by, since an exit code proves little: it may have many causes. They are a line each,
written as things happen, so that they survive the end of the process.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, Phase, settings

OURS = ("penstock", "tests")
# Every test draws as many examples as this, whatever the tests draw by default.
EXAMPLES = 400
# Of a processor, whatever else the machine does; ten times what a test takes without a mutant.
SECONDS_A_TEST = 30
BYTES = 6 * 2**30


class Notes:
    """A pytest plugin. Each line: what happened, a blank, and the test or module it happened to."""

    def __init__(self, file: int, seconds: float) -> None:
        self.file, self.seconds = file, seconds

    def write(self, what: str, where: str) -> None:
        os.write(self.file, f"{what} {where}\n".encode())

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        # Neither shrinking nor remembering: the verdict is all that is asked for, and must not depend on earlier runs.
        settings.register_profile(
            "killing",
            max_examples=EXAMPLES,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("killing")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.write("uncollected", report.nodeid)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        for each in items:
            self.write("skipped", each.nodeid)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.write("began", item.nodeid)
        limit(self.seconds)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.write("failed", report.nodeid)
        elif report.when == "call" or report.skipped:
            self.write(report.outcome, report.nodeid)

    def pytest_sessionfinish(self) -> None:
        limit(0)


def limit(seconds: float) -> None:
    """Ends the process after so much processor time: nobody handles the signal, in whatever loop it is."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def run(arguments: list[str], first: list[str], notes: str, seconds: float) -> int:
    os.setsid()
    # A mutant may append without end.
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    file = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    watching = Notes(file, seconds)
    limit(seconds)
    try:
        for name in first:
            watching.write("import", name)
            importlib.import_module(name)
    except BaseException as error:
        watching.write("unimportable", f"{name}: {error!r}")
        return 1
    import penstock

    watching.write("tree", str(Path(penstock.__file__).resolve().parents[1]))
    try:
        code = pytest.main(arguments, plugins=[watching])
    except Exception as error:  # in a module of fixtures: pytest does not catch it
        watching.write("unimportable", f"tests: {error!r}")
        return 1
    watching.write("ended", str(int(code)))
    watching.write("seconds", str(sum(os.times()[:4])))
    return int(code)


def fork(request: dict[str, object], output: str) -> int:
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(descriptor, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        code = run(**request)  # type: ignore[arg-type]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> NoReturn:
    import penstock

    for module in pkgutil.walk_packages(penstock.__path__, "penstock."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    importlib.import_module("tests.conftest")
    for name in [each for each in sys.modules if each.partition(".")[0] in OURS]:
        del sys.modules[name]
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        child = fork(request, output=request.pop("output"))
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    sys.exit()


if __name__ == "__main__":
    serve()
