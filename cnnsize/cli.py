"""The command line: reads flags, calls the library, chooses a renderer, sets the exit code.

0 clean (notes alone are clean), 1 errors or warnings in an architecture, 2 usage, empty input,
configuration or internal error. Data goes to stdout, talk to stderr.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn, TypeVar

import click

from cnnsize import __version__
from cnnsize.architecture import Architecture, Failed
from cnnsize.diagnostic import ArchitectureError
from cnnsize.files import Unreadable, architectures, decoded, is_file_argument, read_text, walk
from cnnsize.network import Settings
from cnnsize.parse import choose, document, string
from cnnsize.render.text import Style, concise, full, safe, summary
from cnnsize.report import Report, report

Command = TypeVar("Command", bound=Callable[..., Any])
MANY = 20  # findings that are shown in full


class Options(NamedTuple):
    """The flags that every command shares."""

    input: tuple[int, int, int] | None
    name: str | None
    values: dict[str, int | Sequence[int]]
    format: str
    output_file: str | None
    settings: Settings
    colour: bool
    quiet: bool
    verbose: bool


def fail(message: str) -> NoReturn:
    click.echo(f"cnnsize: {safe(message)}", err=True)
    raise SystemExit(2)


def shared(formats: tuple[str, ...]) -> Callable[[Command], Command]:
    """The flags that INTERFACE names for all commands."""

    def add(command: Command) -> Command:
        for option in reversed((
            click.option("--input", "input_", metavar="WxHxD", help="Size of the input; overrides INPUT."),
            click.option("--name", metavar="NAME", help="Pick one network of several."),
            click.option("--set", "values", metavar="NAME=VALUE", multiple=True, help="Give a letter its value, N=2, or its range, N=0..3."),
            click.option("--output-format", type=click.Choice(formats), default=formats[0], show_default=True, help="How to print."),
            click.option("--output-file", metavar="FILE", help="Write there instead of to stdout."),
            click.option("--config", metavar="FILE", help="Read [tool.cnnsize] from this file."),
            click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
            click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True, help="Colours."),
            click.option("-q", "--quiet", is_flag=True, help="Findings only."),
            click.option("-v", "--verbose", is_flag=True, help="Also the tiling of windows that do not fit, and what was read as what."),
        )):  # fmt: skip
            command = option(command)
        return command

    return add


def options(
    input_: str | None, name: str | None, values: tuple[str, ...], output_format: str, output_file: str | None,
    config: str | None, isolated: bool, color: str, quiet: bool, verbose: bool,
) -> Options:  # fmt: skip
    from cnnsize.config import ConfigError, load, nearest_file

    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    try:
        if config is not None:
            settings = load(config)
        else:
            settings = load(None if isolated else nearest_file(os.getcwd()))
    except ConfigError as wrong:
        fail(str(wrong))
    except OSError as wrong:
        fail(f"the current folder cannot be read: {wrong.strerror}")
    return Options(
        volume(input_), name, letters(values), output_format, output_file, settings,
        coloured(color, output_file), quiet, verbose,
    )  # fmt: skip


def volume(text: str | None) -> tuple[int, int, int] | None:
    """WxHxD of --input."""
    if text is None:
        return None
    parts = re.fullmatch(r"\s*\[?(\d{1,18})[xX×](\d{1,18})[xX×](\d{1,18})\]?\s*", text)
    if parts is None or min(map(int, parts.groups())) < 1:
        raise click.BadParameter(f"{text!r} is no WxHxD, as in 32x32x3", param_hint="--input")
    return int(parts[1]), int(parts[2]), int(parts[3])


def letters(values: tuple[str, ...]) -> dict[str, int | Sequence[int]]:
    """NAME=VALUE of --set."""
    found: dict[str, int | Sequence[int]] = {}
    for value in values:
        parts = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(\d{1,18})\s*", value)
        domain: Sequence[int]
        if parts is None:
            name, domain = domain_of(value)
        else:
            name, domain = parts[1], (int(parts[2]),)
        if name in found:
            raise click.BadParameter(f"{name} is set twice", param_hint="--set")
        found[name] = domain[0] if len(domain) == 1 else domain
    return found


def domain_of(text: str) -> tuple[str, Sequence[int]]:
    """``N=0..3`` or ``N={1, 2, 4}`` of --set."""
    several = re.fullmatch(r"\s*([^\W\d]\w*)\s*=\s*(?:(\d{1,18})\s*\.\.\s*(\d{1,18})|\{([\d\s,]{1,9999})\})\s*", text)
    if several is None:
        raise click.BadParameter(f"{text!r} is no NAME=VALUE, as in N=2, N=0..3 or N={{1,2,4}}", param_hint="--set")
    name, low, high, numbers = several.groups()
    if low is not None:
        if int(high) < int(low):
            raise click.BadParameter(f"{text!r} ranges over no value; write {name}={high}..{low}", param_hint="--set")
        return name, range(int(low), int(high) + 1)
    parts = [part.strip() for part in numbers.split(",")]
    if not all(re.fullmatch(r"\d{1,18}", part) for part in parts):
        raise click.BadParameter(f"{text!r} is no NAME={{1,2,4}}", param_hint="--set")
    return name, tuple(map(int, parts))


def one_network(chosen: Options) -> None:
    """Ends the run where a letter was given a range, and one network is asked for."""
    for name, value in chosen.values.items():
        if not isinstance(value, int):
            raise click.BadParameter(
                f"{name} is given a range: a family, and this needs one network (see `cnnsize family`)",
                param_hint="--set",
            )


def coloured(color: str, output_file: str | None) -> bool:
    if color != "auto":
        return color == "always"
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return output_file is None and sys.stdout.isatty()


def style_of(chosen: Options) -> Style:
    return Style(max(20, min(terminal_width(), 400)), chosen.colour, chosen.verbose)


def terminal_width() -> int:
    """COLUMNS, else the terminal's own width, else 80 (shutil would do, and costs a tenth of a check)."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return 80


def unicode_out() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "").startswith("utf")


def write(text: str, chosen: Options) -> None:
    """To stdout or --output-file; what the terminal cannot show is spelled."""
    if not text:
        return
    if not text.endswith("\n"):
        text += "\n"
    if chosen.output_file is not None:
        try:
            with open(chosen.output_file, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError as wrong:
            fail(f"{chosen.output_file}: {wrong.strerror}")
        return
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    shown = text.encode(encoding, "backslashreplace").decode(encoding, "replace")
    click.echo(shown, nl=False, color=chosen.colour)


def read_stdin() -> str:
    if sys.stdin is None:
        raise Unreadable("<stdin>: closed")
    return decoded(sys.stdin.buffer.read(), "<stdin>")


class Input(NamedTuple):
    """What the arguments named: networks, how many of them from strings, and what could not be read."""

    found: list[Architecture | Failed]
    strings: int
    unreadable: list[str]


def gathered(arguments: tuple[str, ...], expressions: tuple[str, ...]) -> Input:
    """The networks of all arguments, in order."""
    if not arguments and not expressions:
        raise click.UsageError("nothing to read: give a string, a file, or - for stdin")
    found: list[Architecture | Failed] = []
    unreadable: list[str] = []
    strings = 0
    for argument in arguments:
        try:
            if argument == "-":
                found += document(read_stdin(), "<stdin>")
            elif is_file_argument(argument):
                from pathlib import Path  # late: most calls are strings

                path = Path(argument)
                if not path.exists():
                    raise Unreadable(f"{argument}: no such file (for a string, use -e)")
                for file in walk(path):
                    try:
                        found += architectures(read_text(file), str(file))
                    except Unreadable as wrong:
                        unreadable.append(str(wrong))
            else:
                strings += 1
                found += named_or_string(argument)
        except Unreadable as wrong:
            unreadable.append(str(wrong))
    for expression in expressions:
        strings += 1
        found += string(expression)
    if any(not text.strip() for text in (*(a for a in arguments if a != "-"), *expressions)):
        fail("an empty text; give an architecture such as 'INPUT[32x32x3] -> CONV3-64 -> FC-10'")
    if not found and not unreadable:
        fail(f"no architecture found in {', '.join(arguments)}")
    return Input(found, strings, unreadable)


def in_zoo(argument: str) -> bool:
    """Is this the name of a network that ships with us?"""
    if re.fullmatch(r"\w{2,60}", argument) is None:
        return False
    from cnnsize.zoo import index  # late: its files are read only where a single word was given

    return argument in index()


def named_or_string(argument: str) -> list[Architecture | Failed]:
    """A network of the zoo where the argument is its name, else the networks of the string."""
    if in_zoo(argument):
        from cnnsize.zoo import load

        return [load(argument)]
    found = string(argument)
    if re.fullmatch(r"\s*\w{2,60}\s*", argument) and isinstance(found[0], Failed):
        from cnnsize.words import nearest
        from cnnsize.zoo import index

        near = nearest(argument.strip().lower(), index())
        if near:
            fail(f"{argument.strip()} is neither a file, a layer nor a network of the zoo; "
                 f"did you mean {' or '.join(near)}?")  # fmt: skip
    return found


def named(found: list[Architecture | Failed], name: str | None) -> list[Architecture | Failed]:
    if name is None:
        return found
    try:
        return [choose(found, name)]
    except ArchitectureError as wrong:
        fail(f"--name: {wrong.diagnostic.message}; {'; '.join(wrong.diagnostic.help)}")


def finish(made: Report, unreadable: list[str]) -> NoReturn:
    for line in unreadable:
        click.echo(f"cnnsize: {safe(line)}", err=True)
    raise SystemExit(2 if unreadable else 0 if made.ok else 1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cnnsize")
def cli() -> None:
    """The calculator and linter for convolutional network architectures.

    One line in CS231n's layer-pattern notation goes in; every volume, parameter and multiply-add
    comes out, and what does not fit, with a fix.

    \b
    cnnsize check "INPUT[32x32x3] -> [[CONV3-64 -> RELU]*2 -> POOL]*3 -> [FC-512 -> RELU]*2 -> FC-10"
    """


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]...")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@click.option(
    "--depth", type=click.IntRange(0, 100), default=0, metavar="N", help="Show the layers of blocks, N blocks deep."
)
@click.option("--all", "unfold", is_flag=True, help="Every layer in a row of its own.")
@shared(("full", "concise", "json"))
def check(inputs: tuple[str, ...], expressions: tuple[str, ...], depth: int, unfold: bool, **flags: Any) -> None:
    """Size architectures and say what does not fit, and why.

    An argument that names a file or folder is one; - is stdin; any other is a string.
    """
    chosen = options(**flags)
    given = gathered(inputs, expressions)
    found = named(given.found, chosen.name)
    if not found:
        finish(Report((), ()), given.unreadable)
    with Watched() as watch:
        made = report(found, input=chosen.input, values=chosen.values, settings=chosen.settings, watch=watch)
    show_table = given.strings == 1 and len(inputs) + len(expressions) == 1 and len(found) == 1
    if chosen.format == "json":
        write(made.to_json(2), chosen)
    elif chosen.format == "concise":
        lines = [concise(one) for one in made.diagnostics]
        write("\n".join(lines), chosen) if lines else None
    else:
        write(in_full(made, chosen, show_table, unfold, depth), chosen)
    if interrupted(made):
        raise SystemExit(130)
    finish(made, given.unreadable)


def interrupted(made: Report) -> bool:
    """Was a family left before all of its members were looked at?"""
    return any(one.family is not None and not one.family.complete for one in made.architectures)


class Watched:
    """Draws a bar while families are looked at; costs nothing where there is none."""

    def __init__(self) -> None:
        self.bar: Any = None

    def __enter__(self) -> Watched:
        return self

    def __call__(self, done: int, total: int) -> None:
        if self.bar is None:
            from cnnsize.render.progress import Bar  # late: one network is sized at once

            self.bar = Bar()
        self.bar(done, total)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.close()


def in_full(made: Report, chosen: Options, show_table: bool, unfold: bool, depth: int) -> str:
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
    shown = [one for one in made.diagnostics if not (tabled and one.code == "CNN006")]  # the table says so
    if chosen.quiet:
        shown = [one for one in shown if one.severity != "info"]
    if len(shown) > MANY:
        parts.append("\n".join(map(concise, shown)))
        parts.append(f"{len(shown)} findings, a line each; --output-format json holds the rest of each")
    else:
        parts += [full(one, style) for one in shown]
    if chosen.verbose:
        parts += readings(made)
    if not chosen.quiet and not interrupted(made):
        infos = sum(one.severity == "info" for one in shown)
        parts.append(summary(made.count("error"), made.count("warning"), infos, len(made.architectures)))
    return "\n\n".join(parts)


def readings(made: Report) -> list[str]:
    """What was read as what, for -v."""
    out = []
    for one in made.architectures:
        if one.architecture is not None and one.architecture.readings:
            lines = [
                f"  {safe(written)!r} as {read}" for _, written, read in one.architecture.readings if written.strip()
            ]
            out.append("\n".join(["read:", *lines, f"canonical: {one.architecture}"]))
    return out


def one_of(inputs: tuple[str, ...], expressions: tuple[str, ...], chosen: Options) -> Architecture | Failed:
    """The one network of the arguments. Ends the run where there are more, or none."""
    given = gathered(inputs, expressions)
    if given.unreadable:
        finish(Report((), ()), given.unreadable)
    return pick_one(named(given.found, chosen.name))


def pick_one(found: list[Architecture | Failed], what: str = "networks") -> Architecture | Failed:
    if len(found) > 1:
        names = [one.name or "(no name)" for one in found if isinstance(one, Architecture)]
        fail(f"{len(found)} {what} stand here; pick one with --name: {', '.join(names[:8])}")
    return found[0]


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@click.option(
    "--depth", type=click.IntRange(0, 100), default=0, metavar="N", help="Show the layers of blocks, N blocks deep."
)
@click.option("--all", "unfold", is_flag=True, help="Every layer in a row of its own.")
@shared(("full", "json"))
def show(inputs: tuple[str, ...], expressions: tuple[str, ...], depth: int, unfold: bool, **flags: Any) -> None:
    """The calculator: every volume, the totals, the assumed sizes of one network."""
    chosen = options(**flags)
    one_network(chosen)
    made = report(
        [one_of(inputs, expressions, chosen)],
        input=chosen.input,
        values=chosen.values,
        settings=chosen.settings,
        families=False,
    )
    if chosen.format == "json":
        write(made.to_json(2), chosen)
        finish(made, [])
    network = made.architectures[0].network
    style = style_of(chosen)
    parts: list[str] = []
    if network is not None:
        from cnnsize.render.table import table

        parts.append(table(network, style, unfold, not unicode_out(), depth))
    parts += [full(one, style) for one in made.diagnostics if one.severity != "info"]
    if chosen.verbose:
        parts += readings(made)
    write("\n\n".join(parts), chosen)
    finish(made, [])


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[PATH or STRING or -]...")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if something would.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change, exit 1 if something would.")
def fmt(inputs: tuple[str, ...], only_check: bool, diff: bool) -> None:
    """Rewrite architectures in canonical text.

    Files are rewritten in place; a string or - goes to stdout.
    """
    from pathlib import Path

    from cnnsize.rewrite import formatted, write_text

    if not inputs:
        raise click.UsageError("nothing to format: give a file, a string, or - for stdin")
    changed = 0
    code = 0
    plain = Options(None, None, {}, "full", None, Settings(), False, False, False)
    for argument in inputs:
        files: list[Path | None] = [None]
        if argument != "-" and is_file_argument(argument):
            if not Path(argument).exists():
                click.echo(f"cnnsize: {safe(argument)}: no such file", err=True)
                code = 2
                continue
            files = list(walk(Path(argument)))
            if not files:
                click.echo(f"cnnsize: no architecture found in {safe(argument)}", err=True)
                code = 2
        for file in files:
            try:
                before = read_stdin() if argument == "-" else argument if file is None else read_text(file)
            except Unreadable as wrong:
                click.echo(f"cnnsize: {safe(str(wrong))}", err=True)
                code = 2
                continue
            if not before.strip():
                fail("an empty text; there is nothing to format")
            name = str(file) if file is not None else "<stdin>" if argument == "-" else "<string>"
            zoo = file is None and in_zoo(argument)
            if zoo:
                before = named_or_string(argument)[0].source.text
            after, failed = formatted(before, name, whole=file is None and argument != "-" and not zoo)
            for one in failed:
                click.echo(full(one, Style()), err=True)
                code = max(code, 1)
            if before != after:
                changed += 1
                if diff:
                    from difflib import unified_diff

                    lines = unified_diff(before.splitlines(True), after.splitlines(True), name, name)
                    write("".join(line if line.endswith("\n") else line + "\n" for line in lines), plain)
                elif only_check:
                    click.echo(f"would reformat {safe(name)}", err=True)
                elif file is not None:
                    try:
                        write_text(file, after)
                    except OSError as wrong:
                        click.echo(f"cnnsize: {file}: {wrong.strerror}", err=True)
                        code = 2
            if file is None and not diff and not only_check and not failed:
                write(after, plain)
    raise SystemExit(code or (1 if changed and (diff or only_check) else 0))


@cli.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option(
    "--output-format", type=click.Choice(("full", "json")), default="full", show_default=True, help="How to print."
)
def zoo(name: str | None, output_format: str) -> None:
    """The published networks that ship with cnnsize, usable by name: cnnsize show resnet50.

    With NAME, the network as it is written, and the paper that it comes from.
    """
    from cnnsize.zoo import about, families, index, load

    plain = Options(None, None, {}, "full", None, Settings(), False, False, False)
    names = list(index())
    if name is not None:
        try:
            network = load(name)
        except ArchitectureError as wrong:
            fail(f"{wrong.diagnostic.message}; {'; '.join(wrong.diagnostic.help)}")
        if output_format == "full":
            from cnnsize.rewrite import formatted

            write(f"{about(name)}\n\n{formatted(network.text, 'zoo.cnn')[0]}", plain)
            return
        names = [name]
    rows = []
    for family in families():
        for one in names:
            if index()[one] == family:
                sized = load(one).sized()
                rows.append((one, family, sized))
    if output_format == "json":
        import json

        write(json.dumps([
            {"name": one, "family": family, "input": list(sized.input), "output": list(sized.output or ()),
             "params": sized.params, "macs": sized.macs, "about": about(one), "text": sized.architecture.text}
            for one, family, sized in rows
        ], indent=2), plain)  # fmt: skip
        return
    cells = [("name", "input", "params", "MACs", "family")]
    cells += [(one, str(sized.input), f"{sized.params:,}", f"{sized.macs:,}", family) for one, family, sized in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        f"{one:<{widths[0]}}  {size:<{widths[1]}}  {params:>{widths[2]}}  {macs:>{widths[3]}}  {family}"
        for one, size, params, macs, family in cells
    ]
    write("\n".join([*lines, "", f"{len(rows)} networks; `cnnsize zoo NAME` shows how one is written"]), plain)


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@click.option("--valid", "only_valid", is_flag=True, help="Valid members only.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="So many members at most.")
@click.option(
    "--sort", metavar="KEY", help="By params, macs, memory, receptive_field or a letter; with --limit in little memory."
)
@click.option("--reverse", is_flag=True, help="The largest first.")
@click.option("--where", metavar="CONDITION", help="Only members with 'params <= 5000000 and receptive_field >= 32'.")
@shared(("full", "jsonl", "csv", "json"))
def family(
    inputs: tuple[str, ...], expressions: tuple[str, ...], only_valid: bool, limit: int | None, sort: str | None,
    reverse: bool, where: str | None, **flags: Any,
) -> None:  # fmt: skip
    """The members of a pattern, one a line, and which are valid.

    A letter ranges as --set or `where` says, a free repeat over 0..3, and each `?` is in or out. The formats jsonl
    and csv stream one member a line; json is what check prints.

    \b
    cnnsize family --valid --sort params --limit 5 "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> FC"
    """
    from cnnsize.members import Wrong, chosen_members  # late: no other command lists members
    from cnnsize.render.family import LISTS, overview
    from cnnsize.render.progress import Bar
    from cnnsize.survey import Survey

    chosen = options(**flags)
    one = one_of(inputs, expressions, chosen)
    if isinstance(one, Failed) or chosen.format == "json":
        with Watched() as watch:
            made = report([one], input=chosen.input, values=chosen.values, settings=chosen.settings, watch=watch)
        write(made.to_json(2) if chosen.format == "json" else in_full(made, chosen, False, False, 0), chosen)
        finish(made, [])
    try:
        found = one.family(chosen.input, settings=chosen.settings, **chosen.values)
        survey = Survey(found)
        streams = sort is None and chosen.output_file is None and sys.stdout.isatty()  # rows are progress enough
        with Bar(wanted=not streams) as watch:
            members = chosen_members(survey, only_valid, limit, sort, reverse, where, watch)
            stopped = write_lines(LISTS[chosen.format](found, members), chosen)
    except Wrong as wrong:
        fail(str(wrong))
    except ArchitectureError as wrong:
        made = report([Failed(one.source, wrong.diagnostic)])
        write(in_full(made, chosen, False, False, 0), chosen)
        finish(made, [])
    if stopped:
        click.echo(f"cnnsize: interrupted after {survey.looked:,} of {survey.members:,} members", err=True)
        raise SystemExit(130)
    if chosen.format == "full" and not chosen.quiet and chosen.output_file is None:
        if survey.complete:
            write("\n" + overview(survey, style_of(chosen)), chosen)
        else:
            write(f"\nthe first of {survey.members:,} members; {survey.looked:,} were looked at", chosen)
    raise SystemExit(1 if survey.complete and not survey.valid else 0)


def write_lines(lines: Iterable[str], chosen: Options) -> bool:
    """Lines as they come. True where somebody interrupted: what is done is written."""
    held: list[str] = []
    file = None
    try:
        if chosen.output_file is not None:
            try:
                file = open(chosen.output_file, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
            except OSError as wrong:
                fail(f"{chosen.output_file}: {wrong.strerror}")

        def flush() -> None:
            if held:
                text = "\n".join(held) + "\n"
                held.clear()
                file.write(text) if file is not None else write(text, chosen)

        try:
            for line in lines:
                held.append(line)
                if len(held) >= 100:
                    flush()
        except KeyboardInterrupt:
            flush()
            return True
        flush()
        return False
    finally:
        if file is not None:
            file.close()


@cli.command()
@click.argument("texts", nargs=-1, metavar="[PATTERN] STRING")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=100, show_default=True, metavar="N", help="So many ways at most."
)
@shared(("full", "json"))
def match(texts: tuple[str, ...], limit: int, **flags: Any) -> None:
    """Does a network follow a pattern, and with which letters?

    Kinds of layers are compared, and sizes where the pattern states them. Without PATTERN it is the one of CS231n,
    INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC. --set binds letters of the pattern.

    \b
    cnnsize match "INPUT -> [[CONV -> RELU]*2 -> POOL]*3 -> [FC -> RELU]*2 -> FC"
    cnnsize match "INPUT -> [CONV -> BN -> RELU]*N -> GAP -> FC" resnet18
    """
    from cnnsize.match import CS231N
    from cnnsize.match import match as matched
    from cnnsize.parse import pick
    from cnnsize.render.match import match_dict, match_text

    chosen = options(**flags)
    if not 1 <= len(texts) <= 2:
        raise click.UsageError("give a network, or a pattern and a network")
    network = one_of(texts[-1:], (), chosen)
    if len(texts) == 2:
        if not texts[0].strip():
            fail("an empty pattern")
        pattern = pick_one(gathered(texts[:1], ()).found, "patterns")
    else:
        pattern = pick(string(CS231N), None)
    for one in (pattern, network):
        if isinstance(one, Failed):
            made = report([one])
            write(made.to_json(2) if chosen.format == "json" else in_full(made, chosen, False, False, 0), chosen)
            finish(made, [])
    assert isinstance(pattern, Architecture) and isinstance(network, Architecture)
    try:
        found = matched(pattern, network, limit, chosen.values)
    except ArchitectureError as wrong:
        source = pattern.source if wrong.text == pattern.text else network.source
        made = report([Failed(source, wrong.diagnostic)])
        write(made.to_json(2) if chosen.format == "json" else in_full(made, chosen, False, False, 0), chosen)
        finish(made, [])
    if chosen.format == "json":
        import json

        write(json.dumps(match_dict(found), indent=2), chosen)
    else:
        write(match_text(found, style_of(chosen)), chosen)
    raise SystemExit(0 if found else 1)


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@shared(("full", "json"))
def inputs(inputs: tuple[str, ...], expressions: tuple[str, ...], **flags: Any) -> None:
    """Which input sizes fit, as arithmetic: exactly, without losing a pixel, or at all.

    Squares where INPUT is a square, else each side with the other one held. It is worked out, not tried out.
    """
    from cnnsize.render.inputs import inputs_dict, inputs_text

    chosen = options(**flags)
    one_network(chosen)
    one = one_of(inputs, expressions, chosen)
    try:
        if isinstance(one, Failed):
            raise ArchitectureError(one.diagnostic)
        values = {name: value for name, value in chosen.values.items() if isinstance(value, int)}
        found = one.fitting_inputs(chosen.input, settings=chosen.settings, **values)
    except ArchitectureError as wrong:
        made = report([Failed(one.source, wrong.diagnostic)])
        write(made.to_json(2) if chosen.format == "json" else in_full(made, chosen, False, False, 0), chosen)
        finish(made, [])
    if chosen.format == "json":
        import json

        write(json.dumps(inputs_dict(found), indent=2), chosen)
    else:
        write(inputs_text(found, style_of(chosen)), chosen)
    raise SystemExit(0 if any(side.whole for side in found.sides) else 1)


@cli.command()
def schema() -> None:
    """The JSON schema of --output-format json."""
    import json

    from cnnsize.contract import Report as Contract

    click.echo(json.dumps(Contract.model_json_schema(by_alias=True), indent=2))


@cli.command()
@click.argument("code", metavar="CODE-or-NAME")
@click.option(
    "--output-format", type=click.Choice(("full", "json")), default="full", show_default=True, help="How to print."
)
@click.option(
    "--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True, help="Colours."
)
def explain(code: str, output_format: str, color: str) -> None:
    """The page of a rule: why, bad, good, and how to mend it."""
    from cnnsize.pages import UnknownRule, find

    try:
        page = find(code)
    except UnknownRule as wrong:
        fail(str(wrong))
    if output_format == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(page), indent=2))
        return
    chosen = Options(None, None, {}, "full", None, Settings(), coloured(color, None), False, False)
    if chosen.colour:
        from io import StringIO

        from rich.console import Console
        from rich.markdown import Markdown

        out = StringIO()
        Console(file=out, force_terminal=True, width=style_of(chosen).width).print(Markdown(page.body))
        write(out.getvalue(), chosen)
    else:
        write(page.body, chosen)


def main() -> None:
    """The console script. No input ends in a traceback."""
    if sys.stdout is None or sys.stderr is None:
        raise SystemExit(2)  # nobody listens
    try:
        cli.main(prog_name="cnnsize")
    except (SystemExit, KeyboardInterrupt):
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except OSError as wrong:
        message = f"cnnsize: cannot write: {wrong.strerror or wrong}\n"
        os.write(2, message.encode("utf-8", "replace"))
        os._exit(2)  # what is left in the buffer cannot be written either
    except Exception as wrong:
        if os.environ.get("CNNSIZE_DEBUG"):
            raise
        click.echo(f"cnnsize: internal error: {type(wrong).__name__}: {safe(str(wrong))[:300]}\n"
                   "please report this with the text that was read; CNNSIZE_DEBUG=1 shows where", err=True)  # fmt: skip
        raise SystemExit(2) from None
