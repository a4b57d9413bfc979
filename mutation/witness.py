"""
What runs beside pytest in a killing run: the first counterexample is enough, and what happened is written down.

An exit code alone proves little: a wrapper may always say 0, and 1 has many causes. The notes say which tree was
tested, how many tests passed, which failed, and what it took of a processor.
"""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from hypothesis import Phase, settings

import penstock

NOTES = "PENSTOCK_MUTATION_NOTES"
# Seconds. Without a mutant no test takes a tenth of it, nor does collecting all of them.
LONGEST_TEST = 60


class _Witness:
    def __init__(self) -> None:
        self.passed = 0
        self.failed: list[str] = []
        self.not_collected: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.not_collected.append(report.nodeid)

    def pytest_runtest_setup(self) -> None:
        signal.alarm(LONGEST_TEST)  # nobody handles it: the process ends, in whatever loop it is

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid} ({report.when})")
        elif report.when == "call" and report.passed:
            self.passed += 1

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        signal.alarm(0)
        found = {
            "root": str(Path(penstock.__file__).resolve().parents[1]),
            "passed": self.passed,
            "failed": self.failed,
            "not_collected": self.not_collected,
            "seconds": sum(os.times()[:4]),
        }
        Path(os.environ[NOTES]).write_text(json.dumps(found))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Neither shrinking nor remembering: the verdict is all that is asked for, and must not depend on earlier mutants.
    settings.register_profile("killing", settings.default, phases=(Phase.explicit, Phase.generate), database=None)
    settings.load_profile("killing")
    signal.alarm(LONGEST_TEST)  # modules make deals when they are imported
    config.pluginmanager.register(_Witness())
