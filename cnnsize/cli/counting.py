"""The flags of ``cnnsize family`` that ask about all members without listing them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any, NoReturn

import click

from cnnsize.cli.errors import warn
from cnnsize.cli.flags import Count
from cnnsize.cli.help import section
from cnnsize.cli.options import Options
from cnnsize.cli.output import output_file, style_of, write
from cnnsize.limits import COUNTING_SECONDS, MAX_BINS, MAX_SORTED

if TYPE_CHECKING:
    from cnnsize.patterns.counting.selection import Selection

QUESTIONS = ("count", "histogram", "pareto", "top", "sample")  # of which one may be asked
DETAILS = {"bins": "histogram", "seed": "sample"}  # flags, and the question that each belongs to


class Seconds(click.FloatRange):
    """A number of seconds, which is never nan: no clock ever reaches that."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds: float = super().convert(value, param, ctx)
        if isnan(seconds):
            self.fail("expected a number of seconds, not nan", param, ctx)
        return seconds


counting_options = section(
    "Large families",
    click.option(
        "--count",
        is_flag=True,
        help="Count the members, the valid ones and those that meet --where, without listing them: "
        "a family may have any number of members.",
    ),
    click.option(
        "--histogram",
        metavar="KEY",
        help="Print how params, macs, memory, receptive_field or a letter is distributed.",
    ),
    click.option("--bins", type=Count(1, MAX_BINS), metavar="N", help="Bins of --histogram: 10."),
    click.option(
        "--pareto",
        metavar="KEY,KEY",
        help="List the members that no other one beats in both keys, as in params,macs; lower is "
        "better, and higher after a minus: params,-receptive_field.",
    ),
    click.option(
        "--top",
        type=Count(1, MAX_SORTED),
        metavar="N",
        help="List the N members with the lowest --sort (params), or the highest with --reverse.",
    ),
    click.option(
        "--sample",
        type=Count(1, MAX_SORTED),
        metavar="N",
        help="List N different random members, each with the same probability.",
    ),
    click.option(
        "--seed", type=Count(), metavar="S", help="Another number makes another --sample: 0."
    ),
    click.option(
        "--time-limit",
        type=Seconds(min=0, min_open=True),
        default=COUNTING_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help="Stop after this time, also a list.",
    ),
)


def taken_question(flags: dict[str, Any], limit: int | None) -> dict[str, Any] | None:
    """Remove the flags of this module from ``flags`` and return them; None where none asks anything.

    Raises click.UsageError for flags that exclude each other; ``limit`` is the value of --limit.
    """
    question = {name: flags.pop(name) for name in (*QUESTIONS, *DETAILS)}
    asked = [name for name in QUESTIONS if question[name]]
    if limit is not None:
        asked += ["limit"] if asked else []
    if len(asked) > 1:
        raise click.UsageError(f"--{asked[0]} and --{asked[1]} exclude each other")
    for detail, owner in DETAILS.items():
        if question[detail] is not None and owner not in asked:
            raise click.UsageError(f"--{detail} requires --{owner}")
    return question if asked else None


def answer(
    selection: Selection,
    question: dict[str, Any],
    options: Options,
    *,
    sort: str | None,
    reverse: bool,
) -> NoReturn:
    """Print the answer and exit. Raises QueryError and ArchitectureError."""
    from cnnsize.patterns.counting import answers  # late: few calls ask
    from cnnsize.patterns.query import QueryError
    from cnnsize.render.answers import COUNTS, HISTOGRAMS, MEMBERS

    selection = selection._replace(note=lambda message: warn([message]))
    name = options.format or "full"
    if not question["top"] and (sort is not None or reverse):
        raise QueryError("--sort and --reverse are for lists: add --top N")
    if question["count"]:
        text = COUNTS[name](answers.counts(selection))
    elif question["histogram"]:
        histogram = answers.histogram(selection, question["histogram"], question["bins"] or 10)
        text = HISTOGRAMS[name](histogram, style_of(options))
    else:
        if question["pareto"]:
            members = answers.pareto(selection, question["pareto"].split(","))
        elif question["top"]:
            members = answers.top(selection, question["top"], sort or "params", reverse=reverse)
        else:
            members = answers.sample(selection, question["sample"], question["seed"] or 0)
        text = MEMBERS[name](selection.family, members)
    if options.output_file is None:
        write(text, options)
    else:
        with output_file(options.output_file) as file:
            file.write(f"{text}\n".encode("utf-8", "backslashreplace"))
    raise SystemExit(0)
