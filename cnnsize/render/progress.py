"""A progress bar on the terminal for work that takes longer than a second.

Before that nothing is drawn, and rich is not imported.
"""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any

DELAY = 1.0  # seconds before a bar is drawn


class Bar:
    """A progress bar: ``with Bar() as bar: ...; bar(done, total)``. Drawn only on a terminal."""

    def __init__(
        self, label: str = "members", *, enabled: bool = True, begin: float | None = None
    ) -> None:
        self.label = label
        self.begin = monotonic() if begin is None else begin
        self.enabled = enabled and sys.stderr is not None and sys.stderr.isatty()
        self.progress: Any = None
        self.task: Any = None
        self.stage: str | None = None

    def __enter__(self) -> Bar:
        return self

    def __call__(self, done: int, total: int | None, stage: str | None = None) -> None:
        """Show how much of a stage is done; without a total the bar only moves."""
        if not self.enabled:
            return
        if self.progress is None:
            if monotonic() - self.begin < DELAY:
                return
            # late: rich is slow to import, and most runs are short
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            self.progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[count]}", style="progress.download"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.progress.start()
        if self.stage != stage or self.task is None:
            if self.task is not None:
                self.progress.remove_task(self.task)
            self.stage = stage
            self.task = self.progress.add_task(stage or self.label, total=total, count="")
        count = f"{done:,}" if total is None else f"{done:{len(f'{total:,}')},}/{total:,}"
        self.progress.update(self.task, completed=done, total=total, count=count)

    def close(self) -> None:
        """Remove the bar from the terminal."""
        if self.progress is not None:
            self.progress.stop()

    def __exit__(self, *_: object) -> None:
        self.close()
