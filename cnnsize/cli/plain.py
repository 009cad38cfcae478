"""``cnnsize check "INPUT[...] -> ..."`` without flags, for which click is not imported.

Importing click takes longer than everything else in such a call.
"""

from __future__ import annotations

import os
from typing import Any

from cnnsize.cli.arguments import gather
from cnnsize.cli.options import read_options
from cnnsize.cli.output import write
from cnnsize.cli.reports import (
    SurveyProgress,
    build_report,
    exit_with_status,
    has_one_table,
    render_full,
    was_interrupted,
)
from cnnsize.config import FORMATS

NO_FLAGS: dict[str, Any] = {  # what click passes to ``read_options`` in a call without flags
    "input_": None,
    "name": None,
    "letters": (),
    "output_format": None,
    "output_file": None,
    "config": (),
    "isolated": False,
    "color": "auto",
    "quiet": False,
    "verbose": False,
}


def is_plain_check(words: list[str]) -> bool:
    """Return whether a command line checks one network with arrows, without a flag."""
    if len(words) != 3 or words[1] != "check" or "_CNNSIZE_COMPLETE" in os.environ:
        return False
    return " -> " in words[2] and words[2][:1] not in ("-", "@")


def check_text(text: str) -> None:
    """Check a text as the command does, and exit. Return where the configuration asks for another
    output format than that for people.
    """
    options = read_options(FORMATS, **NO_FLAGS)
    if options.format not in (None, "full"):
        return
    inputs = gather((text,), (), options.config, models=True)
    with SurveyProgress() as progress:
        report = build_report(inputs, options, (text,), progress)
    is_string = inputs.strings == 1 and not inputs.unreadable
    output = render_full(
        report,
        options,
        show_table=is_string and has_one_table(report),
        every_finding_in_full=is_string or options.format is not None,
    )
    if report.architectures or report.diagnostics:
        write(output, options)
    if was_interrupted(report):
        raise SystemExit(130)
    exit_with_status(report, inputs.unreadable, options.config.fail_on)
