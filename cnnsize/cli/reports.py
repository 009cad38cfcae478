"""Reports as commands print them: the table, the findings, the one line that sums up, the exit
status.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any, NoReturn

from cnnsize.cli.given import Input, gathered, named, none_found, nothing_in
from cnnsize.cli.options import Options, fail, style_of, unicode_out, warn, write
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.lint.selection import fails
from cnnsize.render.text import concise, full, summary
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import Texts, numbered
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import safe

MANY = 20  # findings that are shown in full, where the format is not said


def build_report(
    given: Input,
    chosen: Options,
    arguments: tuple[str, ...],
    watch: Watched | None = None,
    families: bool = True,
) -> Report:
    """The report on what the arguments named."""
    texts = given.texts(chosen.verbose)
    if not texts.architectures and not texts.bad_blocks and not given.unreadable:
        none_found(arguments, given, chosen.quiet)
    if chosen.name is not None:
        texts = texts.only(named(texts.architectures, chosen.name))
    return report(
        texts,
        input=chosen.input,
        values=chosen.values,
        settings=chosen.settings,
        selection=chosen.selection,
        watch=watch,
        families=families,
    )


def at_most_one(made: Report, given: Input, arguments: tuple[str, ...]) -> None:
    """Ends the run where the report is of several networks, or neither of one nor of an error."""
    if given.unreadable:
        finish(Report((), ()), given.unreadable)
    if not made.architectures and not made.count("error"):
        fail(nothing_in(arguments))
    if len(made.architectures) > 1:
        names = [
            one.name or "(no name)" for one in made.architectures if one.architecture is not None
        ]
        fail(
            f"{len(made.architectures)} networks stand here; pick one with --name: {', '.join(names[:8])}"
        )


def finish(made: Report, unreadable: list[str], fail_on: str = "warning") -> NoReturn:
    warn(unreadable)
    failed = any(fails(one.severity, fail_on) for one in made.diagnostics)
    raise SystemExit(2 if unreadable else 1 if failed else 0)


def worth_saying(one: Diagnostic, chosen: Options) -> bool:
    """Errors and warnings, and what makes the exit status 1: that is said however quiet it is to
    be.
    """
    return one.severity != "info" or fails(one.severity, chosen.config.fail_on)


def rendered(made: Report, given: Input, chosen: Options) -> str:
    """The report in a format that other programs read."""
    if chosen.format == "json":
        return made.to_json(2)
    if chosen.format == "concise":
        return "\n".join(map(concise, made.diagnostics))
    from importlib import import_module  # one module a format, and only the one that is needed

    render: Callable[..., str] = import_module(f"cnnsize.render.{chosen.format}").render
    return render(made, chosen.selection, chosen.config, tuple(given.unreadable))


def interrupted(made: Report) -> bool:
    """Was a family left before all of its members were looked at?"""
    return any(one.interrupted for one in made.architectures)


class Watched:
    """Draws a bar while families are looked at; costs nothing where there is none."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.begin = monotonic()

    def __enter__(self) -> Watched:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None:
            from cnnsize.render.progress import Bar  # late: one network is sized at once

            self.bar = Bar(begin=self.begin)
        self.bar(done, total)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def render_full(
    made: Report, chosen: Options, show_table: bool, unfold: bool, depth: int, everything: bool
) -> str:
    """The table for one string, the findings, and one line that sums up."""
    style = style_of(chosen)
    parts: list[str] = []
    tabled = False
    if show_table and not chosen.quiet and made.architectures[0].network is not None:
        from cnnsize.render.table import table  # late: files need no table

        parts.append(table(made.architectures[0].network, style, unfold, not unicode_out(), depth))
        tabled = True
    if show_table and not chosen.quiet and (survey := made.architectures[0].family) is not None:
        from cnnsize.render.family import overview  # late: one network is no family

        parts.append(overview(survey, style))
        tabled = True
    shown = [
        one for one in made.diagnostics if not (tabled and one.code == "CNN006")
    ]  # the table says so
    if chosen.quiet:
        shown = [one for one in shown if worth_saying(one, chosen)]
    if len(shown) > MANY and not everything:
        parts.append("\n".join(map(concise, shown)))
        parts.append(
            f"{len(shown)} findings, a line each; --output-format full shows each with its text"
        )
    else:
        parts += [full(one, style) for one in shown]
    if chosen.verbose:
        parts += readings(made)
    if not chosen.quiet and not interrupted(made):
        infos = sum(one.severity == "info" for one in shown)
        bad = sum(one.bad for one in made.architectures) if made.ok else 0
        parts.append(
            summary(made.count("error"), made.count("warning"), infos, len(made.architectures), bad)
        )
        mendable = sum(one.fixable for one in shown)
        if mendable:
            parts[-1] += f"; {mendable} can be fixed with --fix"
    return "\n\n".join(parts)


def readings(made: Report) -> list[str]:
    """What was read as what, for -v."""
    out = []
    for one in made.architectures:
        if one.architecture is not None and one.architecture.readings:
            lines = [
                f"  {safe(written)!r} as {read}"
                for _, written, read in one.architecture.readings
                if written.strip()
            ]
            out.append("\n".join(["read:", *lines, f"canonical: {one.architecture}"]))
    return out


def readable(inputs: tuple[str, ...], expressions: tuple[str, ...]) -> Input:
    """The texts of all arguments, for a command that needs a network: a file without one is an
    error there. Ends the run where one cannot be read.
    """
    given = gathered(inputs, expressions)
    if given.unreadable:
        finish(Report((), ()), given.unreadable)
    return given._replace(searched=0)


def one_of(
    given: Input,
    inputs: tuple[str, ...],
    name: str | None = None,
    several: str = "networks stand here; pick one with --name",
) -> ParsedArchitecture | Failed:
    """The one network of the arguments. Ends the run where there are more, or none."""
    found = given.texts().architectures
    found = (
        numbered(found) or found
    )  # a block that cannot be read is no network, unless there is nothing else
    if given.unreadable:
        finish(Report((), ()), given.unreadable)
    if not found:
        fail(nothing_in(inputs))
    found = named(found, name)
    if len(found) > 1:
        names = [one.name or "(no name)" for one in found if isinstance(one, ParsedArchitecture)]
        fail(f"{len(found)} {several}: {', '.join(names[:8])}")
    return found[0]


def refused(one: Failed, chosen: Options) -> NoReturn:
    """Says why there is no answer, and ends the run. What other programs read as rows gets no prose
    between them.
    """
    made = report(Texts([one]))
    if chosen.format in ("csv", "jsonl"):
        warn(map(concise, made.diagnostics))
    else:
        write(
            made.to_json(2)
            if chosen.format == "json"
            else render_full(made, chosen, False, False, 0, True),
            chosen,
        )
    finish(made, [])
