"""``cnnsize family``, ``match`` and ``inputs``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from time import monotonic
from typing import Any

import click

from cnnsize.cli.given import refuse_unquoted
from cnnsize.cli.options import (
    SHOW,
    Count,
    Options,
    fail,
    no_range,
    options,
    output_file,
    shared,
    strings,
    style_of,
    warn,
    write,
)
from cnnsize.cli.reports import (
    Watched,
    at_most_one,
    build_report,
    finish,
    interrupted,
    one_of,
    readable,
    refused,
)
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.reading.document import parse_string
from cnnsize.text.diagnostic import ArchitectureError

PAUSE = 0.1  # seconds for which a line of a list waits for others


LISTED = ("full", "jsonl", "csv", "json")  # how members of a family are listed


@click.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@strings
@click.option("--valid", "only_valid", is_flag=True, help="Valid members only.")
@click.option("--limit", type=Count(min=0), metavar="N", help="So many members at most.")
@click.option(
    "--sort",
    metavar="KEY",
    help="By params, macs, memory, receptive_field or a letter; with --limit in little memory.",
)
@click.option("--reverse", is_flag=True, help="The largest first.")
@click.option(
    "--where",
    metavar="CONDITION",
    help="Only members with 'params <= 5000000 and receptive_field >= 32'.",
)
@shared(LISTED)
def family(
    inputs: tuple[str, ...],
    expressions: tuple[str, ...],
    only_valid: bool,
    limit: int | None,
    sort: str | None,
    reverse: bool,
    where: str | None,
    **flags: Any,
) -> None:
    """The members of a pattern, one a line, and which are valid.

    A letter ranges as --set or `where` says, a free repeat over 0..3, and each `?` is in or out.
    The formats jsonl and csv stream one member a line; json is what check prints.

    \b
    cnnsize family --valid --sort params --limit 5 "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> FC"
    """
    from cnnsize.patterns.family import Family  # late: only here
    from cnnsize.patterns.query import (
        QueryError,
        chosen_members,
    )  # late: no other command lists members
    from cnnsize.patterns.survey import Survey
    from cnnsize.render.family import LISTS, overview
    from cnnsize.render.progress import Bar

    chosen = options(LISTED, **flags)
    given = readable(inputs, expressions)
    some = only_valid or reverse or any(one is not None for one in (limit, sort, where))
    if chosen.format == "json" and some:
        if flags["output_format"] is not None:
            raise click.UsageError(
                "json is the report of check, on all members; jsonl and csv list those asked for"
            )
        chosen = chosen._replace(
            format="jsonl"
        )  # the configuration speaks of reports, and this is a list
    if chosen.format == "json":
        with Watched() as watch:
            made = build_report(given, chosen, inputs, watch)
        at_most_one(made, given, inputs)
        write(made.to_json(2), chosen)
        if interrupted(made):
            raise SystemExit(130)
        finish(made, [], chosen.config.fail_on)
    one = one_of(given, inputs, chosen.name)
    if isinstance(one, Failed):
        refused(one, chosen)
    try:
        found = Family(one, chosen.input, chosen.settings, chosen.values)
        survey = Survey(found)
        streams = (
            sort is None and chosen.output_file is None and sys.stdout.isatty()
        )  # rows are progress enough
        with Bar(wanted=not streams) as watch:
            members = chosen_members(survey, only_valid, limit, sort, reverse, where, watch)
            stopped = write_lines(LISTS[chosen.format or "full"](found, members), chosen)
    except QueryError as wrong:
        fail(str(wrong))
    except ArchitectureError as wrong:
        refused(Failed(one.source, wrong.diagnostic), chosen)
    if stopped:
        click.echo(
            f"cnnsize: interrupted after {survey.looked:,} of {survey.members:,} members", err=True
        )
        raise SystemExit(130)
    if chosen.format in (None, "full") and not chosen.quiet and chosen.output_file is None:
        if survey.complete:
            write("\n" + overview(survey, style_of(chosen)), chosen)
        else:
            write(
                f"\nthe first of {survey.members:,} members; {survey.looked:,} were looked at",
                chosen,
            )
    elif survey.complete and not survey.valid:
        warn([f"none of the {survey.members:,} members is valid"])
    raise SystemExit(1 if survey.complete and not survey.valid else 0)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ctrl-C waits for the end."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def write_lines(lines: Iterable[str], chosen: Options) -> bool:
    """Lines as they come. True where somebody interrupted: what is done is written."""
    held: list[str] = []
    written = 0.0  # when
    with nullcontext() if chosen.output_file is None else output_file(chosen.output_file) as file:

        def flush() -> None:
            nonlocal written
            written = monotonic()
            if held:
                text = "\n".join(held) + "\n"
                held.clear()
                with uninterrupted():  # Ctrl-C must not cut a line in the middle
                    if file is None:
                        write(text, chosen)
                    else:
                        file.write(text.encode("utf-8", "backslashreplace"))

        try:
            for line in lines:
                held.append(line)
                if len(held) >= 100 or monotonic() - written > PAUSE:
                    flush()
        except ArchitectureError:  # too many members: what was listed is written before it is said
            flush()
            raise
        except KeyboardInterrupt:
            flush()
            return True
        flush()
        return False


@click.command()
@click.argument("texts", nargs=-1, metavar="[PATTERN] STRING")
@click.option(
    "--limit",
    type=Count(1, 1000),
    default=100,
    show_default=True,
    metavar="N",
    help="So many ways at most.",
)
@shared(SHOW)
def match(texts: tuple[str, ...], limit: int, **flags: Any) -> None:
    """Does a network follow a pattern, and with which letters?

    Kinds of layers are compared, and sizes where the pattern states them. Without PATTERN it is the
    one of CS231n, INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC. --set binds
    letters of the pattern.

    \b
    cnnsize match "INPUT -> [[CONV -> RELU]*2 -> POOL]*3 -> [FC -> RELU]*2 -> FC"
    cnnsize match "INPUT -> [CONV -> BN -> RELU]*N -> GAP -> FC" resnet18
    """
    from cnnsize.patterns.matching.search import CS231N
    from cnnsize.patterns.matching.search import match as matched
    from cnnsize.reading.pick import pick_network
    from cnnsize.render.match import match_dict, match_text
    from cnnsize.render.progress import Bar

    chosen = options(SHOW, **flags)
    refuse_unquoted(texts)
    if not 1 <= len(texts) <= 2:
        raise click.UsageError("give a network, or a pattern and a network")
    if chosen.input is not None:
        raise click.UsageError(
            "match compares what is written and sizes nothing: write the size into INPUT"
        )
    network = one_of(readable(texts[-1:], ()), texts[-1:], chosen.name)
    if len(texts) == 2:
        if not texts[0].strip():
            fail("an empty pattern")
        pattern = one_of(
            readable(texts[:1], ()), texts[:1], several="patterns stand here; give one"
        )
    else:
        pattern = pick_network(parse_string(CS231N), None)
    for one in (pattern, network):
        if isinstance(one, Failed):
            refused(one, chosen)
    assert isinstance(pattern, ParsedArchitecture) and isinstance(network, ParsedArchitecture)
    try:
        with Bar("steps") as watch:
            found = matched(pattern, network, limit, chosen.values, watch)
    except ArchitectureError as wrong:
        source = pattern.source if wrong.text == pattern.text else network.source
        refused(Failed(source, wrong.diagnostic), chosen)
    if chosen.format == "json":
        import json

        write(json.dumps(match_dict(found), indent=2), chosen)
    else:
        write(match_text(found, style_of(chosen)), chosen)
    raise SystemExit(0 if found else 1)


@click.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@strings
@shared(SHOW)
def inputs(inputs: tuple[str, ...], expressions: tuple[str, ...], **flags: Any) -> None:
    """Which input sizes fit, as arithmetic: exactly, without losing a pixel, or at all.

    Squares where INPUT is a square, else each side with the other one held. It is worked out, not
    tried out.
    """
    from cnnsize.patterns.inputs.fitting import fitting
    from cnnsize.render.inputs import inputs_dict, inputs_text
    from cnnsize.render.progress import Bar

    chosen = options(SHOW, **flags)
    no_range(chosen)
    one = one_of(readable(inputs, expressions), inputs, chosen.name)
    try:
        if isinstance(one, Failed):
            raise ArchitectureError(one.diagnostic)
        values = {name: value for name, value in chosen.values.items() if isinstance(value, int)}
        with Bar("progressions") as watch:
            found = fitting(one, chosen.input, chosen.settings, values, watch)
    except ArchitectureError as wrong:
        refused(Failed(one.source, wrong.diagnostic), chosen)
    if chosen.format == "json":
        import json

        write(json.dumps(inputs_dict(found), indent=2), chosen)
    else:
        write(inputs_text(found, style_of(chosen)), chosen)
    raise SystemExit(0 if any(side.whole for side in found.sides) else 1)
