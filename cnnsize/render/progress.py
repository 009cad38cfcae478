"""A bar on the terminal for what takes longer than a second. Nothing is drawn, nor rich imported,
before.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

PATIENCE = 1.0  # seconds


class Bar:
    """``with Bar() as watch: ...; watch(done, total)``. Only where stderr is a terminal."""

    def __init__(
        self, what: str = "members", wanted: bool = True, begin: float | None = None
    ) -> None:
        self.what = what
        self.begin = monotonic() if begin is None else begin
        self.wanted = wanted and sys.stderr is not None and sys.stderr.isatty()
        self.progress: Any = None
        self.task: Any = None
        self.stage: str | None = None

    def __enter__(self) -> Bar:
        return self

    def __call__(self, done: int, total: int | None, what: str | None = None) -> None:
        """How much is done, of what; without a total the bar only moves."""
        if not self.wanted:
            return
        if self.progress is None:
            if monotonic() - self.begin < PATIENCE:
                return
            from rich.console import Console  # late: rich is dear, and most runs are short
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            self.progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.progress.start()
        if self.stage != what or self.task is None:
            if self.task is not None:
                self.progress.remove_task(self.task)
            self.stage, self.task = what, self.progress.add_task(what or self.what, total=total)
        self.progress.update(self.task, completed=done, total=total)

    def close(self) -> None:
        if self.progress is not None:
            self.progress.stop()

    def __exit__(self, *_: object) -> None:
        self.close()
