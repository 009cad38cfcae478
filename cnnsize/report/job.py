"""What one check was asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsize.record import Record
from cnnsize.sizing.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnsize.lint.allowance import Allowance
    from cnnsize.lint.engine import Linter
    from cnnsize.patterns.survey import Watch


class Job(Record):
    """The arguments of a check, and the rules and the allowance that its networks share."""

    input: tuple[int, int, int] | None  # (W, H, D), overrides INPUT
    settings: Settings
    values: Mapping[str, int | Sequence[int]]  # of letters
    linter: Linter
    allowance: Allowance  # of work for fixes
    families: bool  # check every member of a family
    watch: Watch | None  # called with the progress on a family
