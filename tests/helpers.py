"""What several test modules share: where things are, a network of each sort, and the program as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

from tests.forked import Call, Done, Forks

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
GOOD = "INPUT[32x32x3] -> CONV3-64(P=1) -> RELU -> POOL2 -> FC-10"
BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> FC-10"


FORKS = Forks()


def cnnsize(
    *arguments: str | bytes, stdin: bytes = b"", cwd: Path | None = None, **environment: str
) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of a process; a traceback fails the test."""
    changes = {"COLUMNS": "80", "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8", **environment}
    call = Call(arguments, stdin, str(cwd or Path.cwd()), {**os.environ, **changes})
    is_fresh = any(name.startswith(("PYTHON", "LC_", "LANG")) for name in environment)
    done = fresh(call) if is_fresh else FORKS.run(call)
    out, err = done.out.decode(), done.err.decode()
    assert "Traceback" not in err, err
    assert "internal error" not in err, err
    return done.status, out, err


def fresh(call: Call) -> Done:
    """Run a call in an interpreter of its own, which reads such variables when it starts."""
    done = subprocess.run(
        [sys.executable, "-m", "cnnsize", *call.arguments],
        input=call.stdin,
        capture_output=True,
        cwd=call.folder,
        timeout=60,
        env=call.environment,
    )
    return Done(done.returncode, done.stdout, done.stderr)


PROFILES = {  # examples of a property test, in relation to what the test asks for
    "quick": 0.2,
    "ci": 0.4,
    "wild": 5.0,
}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")


def examples(number: int) -> settings:
    """Run a property test on ``number`` examples in CI, on a fifth of them by default.

    They are the same on every run, so that a test that fails does so for everyone; only the
    profile ``wild`` draws new ones.
    """
    return settings(
        max_examples=max(10, round(number * PROFILES[PROFILE])),
        deadline=None,
        database=None,
        derandomize=PROFILE != "wild",
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
