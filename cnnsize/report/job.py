"""The arguments of one check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.record import Record
from cnnsize.sizing.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsize.lint.allowance import FindingAllowance
    from cnnsize.lint.engine import Linter
    from cnnsize.patterns.counting.verdicts import Progress


class Job(Record):
    """The arguments of a check, with the rules and the allowance that its networks share."""

    input: tuple[int, int, int] | None  # (W, H, D), overrides INPUT
    settings: Settings
    values: Mapping[str, int | Sequence[int]]  # of letters
    linter: Linter
    allowance: FindingAllowance  # how many findings may have their fixes verified
    families: bool  # check every member of a family
    progress: Progress | None  # called while a family is checked
