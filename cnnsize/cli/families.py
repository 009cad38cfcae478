"""``cnnsize family``, ``match`` and ``inputs``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from cnnsize.cli.counting import answer, counting_options, taken_question
from cnnsize.cli.datasets import (
    DatasetRequest,
    check_dataset_flags,
    dataset_options,
    is_dataset,
    write_family,
)
from cnnsize.cli.errors import fail, warn
from cnnsize.cli.flags import (
    ONE_NETWORK_FORMATS,
    Count,
    extract_option,
    general_options,
    name_option,
    network_options,
    output_options,
    set_option,
)
from cnnsize.cli.help import Command, section
from cnnsize.cli.options import Options, read_options, refuse_ranges
from cnnsize.cli.output import output_file, style_of, write
from cnnsize.cli.reports import (
    SurveyProgress,
    build_report,
    exit_with_error,
    exit_with_status,
    gather_networks,
    only_network,
    python_network,
    require_one_network,
    was_interrupted,
)
from cnnsize.cli.unquoted import refuse_unquoted
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.reading.document import parse_string
from cnnsize.reading.pick import pick_network
from cnnsize.record import replace
from cnnsize.sizing.arguments import single_values
from cnnsize.text.diagnostic import ArchitectureError

if TYPE_CHECKING:
    from cnnsize.patterns.listing import Listing

FAMILY_FORMATS = ("full", "jsonl", "csv", "json")
FLUSH_LINES = 100  # lines of a list are written in batches of so many at most,
FLUSH_SECONDS = 0.1  # and no line waits longer than this for others


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]")
@network_options
@section(
    "Members",
    click.option("--valid", "only_valid", is_flag=True, help="List valid members only."),
    click.option("--limit", type=Count(), metavar="N", help="List at most N members."),
    click.option(
        "--sort",
        metavar="KEY",
        help="Sort by params, macs, memory, receptive_field or a letter; with --limit, only N "
        "members are kept in memory.",
    ),
    click.option("--reverse", is_flag=True, help="List the largest first."),
    click.option(
        "--where",
        metavar="CONDITION",
        help="List members that meet a condition, as in 'params <= 5M and receptive_field >= 32'.",
    ),
)
@counting_options
@output_options(FAMILY_FORMATS, quiet="Print the list without the overview.")
@dataset_options
@general_options
def family(
    sources: tuple[str, ...],
    expressions: tuple[str, ...],
    only_valid: bool,
    limit: int | None,
    sort: str | None,
    reverse: bool,
    where: str | None,
    jobs: int | None,
    scheduler: str | None,
    text: bool,
    **flags: Any,
) -> None:
    """List the members of a pattern and say which are valid.

    A letter takes the values that --set or `where` gives it. A repetition without a range takes 0
    to 3, and a layer marked `?` is present or absent. The formats jsonl and csv print a member per
    line as it is sized; json prints the report of `check`. `-o members.parquet` writes all members,
    however many, to a folder of Parquet files on all cores; a run that ends early can be continued.
    The flags of large families answer without listing the members.

    \b
      cnnsize family --sort params "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> FC"
    """
    from cnnsize.patterns.choices import count_words  # late, like the next: used here
    from cnnsize.patterns.counting.selection import Selection
    from cnnsize.patterns.family import Family
    from cnnsize.patterns.listing import Listing, chosen_members
    from cnnsize.patterns.query import QueryError
    from cnnsize.render.family import LISTS
    from cnnsize.render.progress import Bar

    seconds = flags.pop("time_limit")
    question = taken_question(flags, limit)
    options = read_options(FAMILY_FORMATS, **flags)
    dataset = DatasetRequest(only_valid, where, jobs, scheduler, text)
    list_flags = {"limit": limit, "sort": sort, "reverse": reverse}
    check_dataset_flags(options, dataset, {**list_flags, "format": flags["output_format"]})
    inputs = gather_networks(sources, expressions, options.config, options.request)
    wants_some_members = question is None and (
        only_valid or reverse or any(value is not None for value in (limit, sort, where))
    )
    if is_dataset(options):
        if question is not None:
            raise click.UsageError(
                "a Parquet data set has all members; --where and --valid narrow it"
            )
        options = replace(options, format=None)
    if options.format == "json" and wants_some_members:
        if flags["output_format"] is not None:
            raise click.UsageError(
                "json prints the report on all members; use jsonl or csv to list some of them"
            )
        options = replace(options, format="jsonl")  # json came from the configuration
    if options.format == "json" and question is None:
        with SurveyProgress() as progress:
            report = build_report(inputs, options, sources, progress)
        require_one_network(report, inputs, sources, options)
        write(report.to_json(2), options)
        if was_interrupted(report):
            raise SystemExit(130)
        exit_with_status(report, [], options.config.fail_on)
    pattern = only_network(inputs, sources, options.name, config=options.config)
    # A data set is a folder, which cannot hold an error.
    for_errors = replace(options, output_file=None) if is_dataset(options) else options
    if isinstance(pattern, Failed):
        exit_with_error(pattern, for_errors)
    try:
        pattern_family = Family(pattern, options.input, options.settings, options.values)
        if is_dataset(options):
            write_family(pattern_family, options, dataset)
        if question is not None:
            selection = Selection(pattern_family, where, only_valid, seconds)
            answer(selection, question, options, sort=sort, reverse=reverse)
        listing = Listing(pattern_family, seconds)
        rows_show_progress = sort is None and options.output_file is None and sys.stdout.isatty()
        with Bar(enabled=not rows_show_progress) as bar:
            members = chosen_members(
                listing, bar, valid=only_valid, limit=limit, sort=sort, reverse=reverse, where=where
            )
            lines = LISTS[options.format or "full"](pattern_family, members)
            interrupted = write_lines(lines, options)
    except QueryError as error:
        fail(str(error))
    except ArchitectureError as error:
        exit_with_error(Failed(pattern.source, error.diagnostic), for_errors)
    members_in_words = count_words(pattern_family.members)
    if interrupted:
        click.echo(
            f"cnnsize: interrupted after {listing.checked:,} of {members_in_words} members",
            err=True,
        )
        raise SystemExit(130)
    none_valid = listing.complete and not listing.valid
    is_list_for_people = options.format in (None, "full") and options.output_file is None
    if is_list_for_people and not options.quiet:
        write(f"\n{overview_of(listing, options)}", options)
    elif none_valid:
        warn([f"none of the {members_in_words} members is valid"])
    raise SystemExit(1 if none_valid else 0)


def overview_of(listing: Listing, options: Options) -> str:
    """Return the lines below a list: what all members have in common, or how many were sized."""
    from cnnsize.patterns.choices import count_words  # late, as above
    from cnnsize.patterns.survey import survey_of
    from cnnsize.render.family import overview

    if listing.complete:
        with suppress(ArchitectureError):  # too much work
            return overview(survey_of(listing.family), style_of(options))
    return f"sized {listing.checked:,} of {count_words(listing.family.members)} members"


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Hold back Ctrl-C until the end of the block."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def write_lines(lines: Iterable[str], options: Options) -> bool:
    """Write lines as they arrive. Return whether Ctrl-C interrupted them.

    After an interruption, or an error of the source of the lines, what had arrived is written.
    """
    buffer: list[str] = []
    last_flush = 0.0
    with nullcontext() if options.output_file is None else output_file(options.output_file) as file:

        def flush() -> None:
            nonlocal last_flush
            last_flush = monotonic()
            if buffer:
                text = "\n".join(buffer) + "\n"
                buffer.clear()
                with interrupts_deferred():  # so that no line is cut in the middle
                    if file is None:
                        write(text, options)
                    else:
                        file.write(text.encode("utf-8", "backslashreplace"))

        try:
            for line in lines:
                buffer.append(line)
                if len(buffer) >= FLUSH_LINES or monotonic() - last_flush > FLUSH_SECONDS:
                    flush()
        except ArchitectureError:  # too many members, which is known only after some are listed
            flush()
            raise
        except KeyboardInterrupt:
            flush()
            return True
        flush()
        return False


@click.command(cls=Command)
@click.argument("texts", nargs=-1, metavar="[PATTERN] SOURCE")
@section("Input", name_option, set_option, extract_option)
@section(
    "Matches",
    click.option(
        "--limit",
        type=Count(1, 1000),
        default=100,
        show_default=True,
        metavar="N",
        help="Find at most N ways to match.",
    ),
)
@output_options(ONE_NETWORK_FORMATS)
@general_options
def match(texts: tuple[str, ...], limit: int, **flags: Any) -> None:
    """Match a network against a pattern and print its letters.

    Layer kinds are compared, and sizes where the pattern states them. The default PATTERN is that
    of CS231n: INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC. --set fixes letters
    of the pattern. The exit status is 1 if the network does not match.

    \b
      cnnsize match "INPUT -> [[CONV -> RELU]*2 -> POOL]*3 -> FC -> RELU -> FC"
      cnnsize match "INPUT -> [CONV -> BN -> RELU]*N -> GAP -> FC" resnet18
    """
    from cnnsize.patterns.matching.search import CS231N
    from cnnsize.patterns.matching.search import match as find_matches
    from cnnsize.render.match import match_text
    from cnnsize.render.progress import Bar

    options = read_options(ONE_NETWORK_FORMATS, **flags)
    refuse_unquoted(texts)
    if not 1 <= len(texts) <= 2:
        raise click.UsageError("give a network, or a pattern and a network")
    inputs = gather_networks(texts[-1:], (), options.config)
    network = only_network(inputs, texts[-1:], options.name, config=options.config)
    if len(texts) == 2:
        if not texts[0].strip():
            fail("the pattern is empty")
        inputs = gather_networks(texts[:1], (), options.config)
        pattern = only_network(
            inputs, texts[:1], several="patterns found; give one", config=options.config
        )
    else:
        pattern = pick_network(parse_string(CS231N), None)
    for parsed in (pattern, network):
        if isinstance(parsed, Failed):
            exit_with_error(parsed, options)
    assert isinstance(pattern, ParsedArchitecture) and isinstance(network, ParsedArchitecture)
    try:
        with Bar("steps") as bar:
            result = find_matches(pattern, network, limit, values=options.values, progress=bar)
    except ArchitectureError as error:
        source = pattern.source if error.text == pattern.text else network.source
        exit_with_error(Failed(source, error.diagnostic), options)
    if options.format == "json":
        import json

        write(json.dumps(result.to_dict(), indent=2), options)
    else:
        write(match_text(result, style_of(options)), options)
    raise SystemExit(0 if result else 1)


@click.command(cls=Command)
@click.argument("sources", nargs=-1, metavar="[SOURCE]")
@network_options
@output_options(ONE_NETWORK_FORMATS)
@general_options
def inputs(sources: tuple[str, ...], expressions: tuple[str, ...], **flags: Any) -> None:
    """Compute which input sizes fit a network.

    Prints the sizes that fit exactly, those that lose no input cell, and those that PyTorch runs at
    all, as arithmetic progressions. A square INPUT stays square; otherwise W and H vary one at a
    time. The exit status is 1 if no size fits without losing input cells.
    """
    from cnnsize.inputs.fitting import fitting
    from cnnsize.inputs.solve import assumed_input
    from cnnsize.render.inputs import inputs_text
    from cnnsize.render.progress import Bar

    options = read_options(ONE_NETWORK_FORMATS, **flags)
    refuse_ranges(options)
    documents = python_network(sources, expressions, options, claims=True) or gather_networks(
        sources, expressions, options.config, options.request
    )
    network = only_network(documents, sources, options.name, config=options.config)
    try:
        if isinstance(network, Failed):
            raise ArchitectureError(network.diagnostic)
        values = single_values(options.values)
        with Bar("progressions") as bar:
            given = options.input or assumed_input(network, options.settings, values)
            result = fitting(network, given, options.settings, values, progress=bar)
    except ArchitectureError as error:
        exit_with_error(Failed(network.source, error.diagnostic), options)
    if options.format == "json":
        import json

        write(json.dumps(result.to_dict(), indent=2), options)
    else:
        write(inputs_text(result, style_of(options)), options)
    raise SystemExit(0 if any(side.whole for side in result.sides) else 1)
