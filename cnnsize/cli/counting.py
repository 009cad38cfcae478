"""The flags of ``cnnsize family`` that ask about all members without listing them."""

from __future__ import annotations

from typing import Any, NoReturn

import click

from cnnsize.cli.errors import warn
from cnnsize.cli.help import section
from cnnsize.cli.options import Options
from cnnsize.cli.output import write
from cnnsize.limits import COUNTING_SECONDS
from cnnsize.patterns.family import Family

QUESTIONS = ("count",)  # flags, of which one may be given

counting_options = section(
    "Large families",
    click.option(
        "--count",
        is_flag=True,
        help="Count the members, the valid ones and those that meet --where, without listing them: "
        "a family may have any number of members.",
    ),
    click.option(
        "--time-limit",
        type=click.FloatRange(min=0, min_open=True),
        default=COUNTING_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="Give up after this time.",
    ),
)


def taken_question(flags: dict[str, Any]) -> dict[str, Any] | None:
    """Remove the flags of this module from ``flags`` and return them; None where none asks anything.

    Raises click.UsageError where several do.
    """
    question = {name: flags.pop(name) for name in (*QUESTIONS, "time_limit")}
    asked = [name for name in QUESTIONS if question[name]]
    if len(asked) > 1:
        raise click.UsageError(f"--{asked[0]} and --{asked[1]} exclude each other")
    return question if asked else None


def answer(
    family: Family, question: dict[str, Any], where: str | None, *, valid: bool, options: Options
) -> NoReturn:
    """Print the answer and exit. Raises QueryError and ArchitectureError."""
    from cnnsize.patterns.counting.answers import Selection, counts  # late: few calls ask
    from cnnsize.render.answers import COUNTS

    selection = Selection(
        family, where, valid, question["time_limit"], lambda message: warn([message])
    )
    numbers = counts(selection)
    write(COUNTS[options.format or "full"](numbers), options)
    raise SystemExit(0 if numbers.valid else 1)
