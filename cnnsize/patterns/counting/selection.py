"""The members that a question is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cnnsize.limits import COUNTING_SECONDS
from cnnsize.patterns.family import Family

Note = Callable[[str], None]


class Selection(NamedTuple):
    """The members that a question is about.

    ``where`` is a condition, ``valid`` leaves out members that are not valid, and ``seconds`` is the
    time that the question may take, None for no limit. ``note`` is called with what a user should
    know about the way to the answer.
    """

    family: Family
    where: str | None = None
    valid: bool = False
    seconds: float | None = COUNTING_SECONDS
    note: Note = lambda message: None
