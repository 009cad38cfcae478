"""What several test modules share: where things are, a network of each sort, and the program as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
GOOD = "INPUT[32x32x3] -> CONV3-64(P=1) -> RELU -> POOL2 -> FC-10"
BAD = "INPUT[10x10x3] -> CONV3-64(S=2, P=0) -> FC-10"


def cnnsize(
    *arguments: str | bytes, stdin: bytes = b"", cwd: Path | None = None, **environment: str
) -> tuple[int, str, str]:
    """(exit status, stdout, stderr) of a fresh process; a traceback fails the test."""
    done = subprocess.run(
        [sys.executable, "-m", "cnnsize", *arguments],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        timeout=60,
        env={
            **os.environ,
            "COLUMNS": "80",
            "PYTHONUTF8": "0",
            "PYTHONIOENCODING": "utf-8",
            **environment,
        },
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err, err
    assert "internal error" not in err, err
    return done.returncode, out, err


PROFILES = {  # examples of a property test, in relation to what the test asks for
    "quick": 0.2,
    "ci": 0.5,
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
