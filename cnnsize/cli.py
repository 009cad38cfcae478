"""The command line: reads flags, calls the library, chooses a renderer, sets the exit code.

0 clean (notes alone are clean), 1 errors or warnings in an architecture (--fail-on moves that line), 2 usage,
empty input, configuration or internal error. Data goes to stdout, talk to stderr.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple, NoReturn, TypeVar

import click

from cnnsize import __version__
from cnnsize.architecture import Architecture, Failed
from cnnsize.config import FORMATS, PLAIN, Config, ConfigError, configured
from cnnsize.diagnostic import ArchitectureError
from cnnsize.files import MARK, Document, Skipped, Unreadable, decoded, is_file_argument, met, opened
from cnnsize.network import Network, Settings
from cnnsize.parse import choose, string
from cnnsize.record import replace
from cnnsize.render.text import Style, concise, full, safe, summary
from cnnsize.report import Report, Texts, read, report
from cnnsize.rule import FAMILIES
from cnnsize.selection import Rules, Selection, Unselectable, fails, matches, resolved, rules, standard

Command = TypeVar("Command", bound=Callable[..., Any])
MANY = 20  # findings that are shown in full, where the format is not said
SHOW = ("full", "json")  # how one network can be shown
PAUSE = 0.1  # seconds for which a line of a list waits for others
LISTED = ("full", "jsonl", "csv", "json")  # how members of a family are listed
PYTHON = ("python", "json")  # how source is emitted
DTYPES = ("float32", "bfloat16", "float16")  # as in memory.py, which is not imported to parse flags
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw")


class Options(NamedTuple):
    """The flags that every command shares."""

    input: tuple[int, int, int] | None
    name: str | None
    values: dict[str, int | Sequence[int]]
    format: str | None  # None where nobody said
    output_file: str | None
    config: Config
    selection: Selection
    colour: bool
    quiet: bool
    verbose: bool

    @property
    def settings(self) -> Settings:
        return self.config.settings

    @staticmethod
    def plain(colour: bool = False) -> Options:
        """Those of a command that has none."""
        return Options(None, None, {}, "full", None, PLAIN, standard(), colour, False, False)


def fail(message: str) -> NoReturn:
    click.echo(f"cnnsize: {safe(message)}", err=True)
    raise SystemExit(2)


def completed(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """What a shell offers behind --select, --ignore and --fail-on."""
    if parameter.name == "fail_on":
        words = ["error", "warning", "info", "never"]
    else:
        words = ["ALL", *FAMILIES.values(), *rules(), *(rule.name for rule in rules().values())]
    return [word for word in words if word.lower().startswith(begun.lower())]


def shared(formats: tuple[str, ...], *short: str) -> Callable[[Command], Command]:
    """The flags that INTERFACE names for all commands. ``short`` is another name of --output-file."""

    def add(command: Command) -> Command:
        for option in reversed((
            click.option("--input", "input_", metavar="WxHxD", help="Size of the input; overrides INPUT."),
            click.option("--name", metavar="NAME", help="Pick one network of several."),
            click.option("--set", "values", metavar="NAME=VALUE", multiple=True, help="Give a letter its value, N=2, or its range, N=0..3."),
            click.option("--output-format", type=click.Choice(formats), help="How to print."),
            click.option(*short, "--output-file", metavar="FILE", help="Write there instead of to stdout."),
            click.option("--select", metavar="CODES", multiple=True, shell_complete=completed, help="Look for these rules only: CNN101, fractional-output, CNN1, shape, ALL."),
            click.option("--extend-select", metavar="CODES", multiple=True, shell_complete=completed, help="Look for these rules too."),
            click.option("--ignore", metavar="CODES", multiple=True, shell_complete=completed, help="Do not look for these; the more exact of two selectors wins."),
            click.option("--per-file-ignores", metavar="PATTERN:CODE", multiple=True, help="Do not look for it in these files: zoo/*.cnn:CNN101."),
            click.option("--fail-on", metavar="SEVERITY", shell_complete=completed, help="Exit with 1 from here on: error, warning (the default), info or never."),
            click.option("--config", metavar="FILE or KEY=VALUE", multiple=True, help="Read [tool.cnnsize] from this file, or set one key of it."),
            click.option("--isolated", is_flag=True, help="Ignore all configuration files."),
            click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True, help="Colours."),
            click.option("-q", "--quiet", is_flag=True, help="Findings only."),
            click.option("-v", "--verbose", is_flag=True, help="Also the tiling of windows that do not fit, and what was read as what."),
        )):  # fmt: skip
            command = option(command)
        return command

    return add


def located(command: Command) -> Command:
    """The flags of commands that look for architectures in files."""
    for option in reversed((
        click.option("--stdin-filename", metavar="NAME", help="What - is called, and so what sort of file it is."),
        click.option("--exclude", metavar="PATTERN", multiple=True, help="Leave out these files of folders: 'old/**', '*_draft.cnn'."),
        click.option("--force-exclude", is_flag=True, help="Treat files that are named like those of folders: leave out these, and what is no text."),
        click.option("--extract", metavar="SORTS", multiple=True, help="Look also for architectures that nothing marks: python (literals and comments), raw (any other text)."),
    )):  # fmt: skip
        command = option(command)
    return command


def options(
    formats: tuple[str, ...], input_: str | None, name: str | None, values: tuple[str, ...], output_format: str | None,
    output_file: str | None, config: tuple[str, ...], isolated: bool, color: str, quiet: bool, verbose: bool,
    exclude: tuple[str, ...] = (), extract: tuple[str, ...] = (), **flags: Any,
) -> Options:  # fmt: skip
    if isolated and any("=" not in one for one in config):
        raise click.UsageError("--config and --isolated exclude each other")
    held, selection = chosen(config, isolated, {"exclude": exclude, "extract": extract, **flags})
    if output_format is None and held.output_format in formats:
        output_format = held.output_format
    return Options(
        volume(input_), name, letters(values), output_format, output_file, held, selection,
        coloured(color, output_file), quiet, verbose,
    )  # fmt: skip


def chosen(config: tuple[str, ...], isolated: bool, flags: dict[str, Any]) -> tuple[Config, Selection]:
    """What holds, and what is looked for. Ends the run where it cannot be used."""
    said = {key: value for key, value in flags.items() if value}
    try:
        if said:
            from cnnsize.config import from_flags  # late: few calls have any

            held = configured(config, isolated, from_flags(said))
        else:
            held = configured(config, isolated)
        if held is PLAIN:
            return held, standard()
        return held, resolved(held.choices, held.settings, every_rule(held))
    except (ConfigError, Unselectable) as wrong:
        fail(str(wrong))
    except OSError as wrong:
        fail(f"the current folder cannot be read: {wrong.strerror}")


def every_rule(held: Config) -> Rules:
    """The rules that ship, and those of the team's own folders. Ends the run where one of these is broken."""
    if not held.rule_dirs:
        return rules()
    from pathlib import Path

    from cnnsize.pages import BrokenPage
    from cnnsize.rulebook import rules_of  # late: pydantic, and only where there are such folders

    try:
        return {**rules(), **{rule.code: rule for rule in rules_of(map(Path, held.rule_dirs))}}
    except BrokenPage as wrong:
        fail(str(wrong))


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


def no_range(chosen: Options) -> None:
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


def write(text: str, chosen: Options, talk: bool = False) -> None:
    """To stdout (``talk``: stderr) or --output-file; what the terminal cannot show is spelled."""
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
    click.echo(shown, nl=False, err=talk, color=chosen.colour)


def read_stdin(name: str | None = None, also: tuple[str, ...] = ()) -> Document:
    name = name or "<stdin>"
    if sys.stdin is None:
        raise Unreadable(f"{name}: closed")
    data = sys.stdin.buffer.read()
    return Document(decoded(data, name), name, None, data[:3] if data.startswith(MARK) else b"", also)


class Input(NamedTuple):
    """What the arguments named: the texts, how many of them strings, and what could not be read."""

    documents: list[Document]
    strings: int
    unreadable: list[str]
    searched: int = 0  # files in which networks may stand or not

    def texts(self) -> Texts:
        """The networks of all texts; those of a text that cannot be read are no more than a message."""
        texts = read(self.documents)
        self.unreadable.extend(texts.unreadable)
        return texts


def excluded(file: str, held: Config) -> bool:
    return any(matches(file, pattern, folder) for folder, pattern in held.exclude)


def gathered(
    arguments: tuple[str, ...], expressions: tuple[str, ...], held: Config = PLAIN, force_exclude: bool = False,
    stdin_name: str | None = None, verbose: bool = False,
) -> Input:  # fmt: skip
    """The texts of all arguments, in order."""
    if not arguments and not expressions:
        raise click.UsageError("nothing to read: give a string, a file, or - for stdin")

    documents: list[Document] = []
    unreadable: list[str] = []
    seen: set[str] = set()
    strings = left_out = searched = 0

    def said(what: str) -> None:
        if verbose:
            click.echo(f"cnnsize: passed over {safe(what)}", err=True)

    for argument in arguments:
        try:
            if argument == "-":
                if force_exclude and stdin_name is not None and excluded(stdin_name, held):
                    left_out += 1
                else:
                    documents.append(read_stdin(stdin_name, held.extract))
                    searched += stdin_name is not None
            elif not is_file_argument(argument):
                strings += 1
                documents.append(named_or_string(argument))
            elif not os.path.lexists(argument):
                raise Unreadable(f"{argument}: no such file (for a string, use -e)")
            elif force_exclude and excluded(argument, held):
                left_out += 1
            elif not os.path.isdir(argument):
                if new(argument, seen):
                    searched += not argument.endswith(".cnn")
                    # a hook names whatever somebody commits
                    document = met(argument, held.extract) if force_exclude else opened(argument, held.extract)
                    documents += [] if document is None else [document]
            else:
                from cnnsize.folders import files  # late: most calls name none

                for file in files(argument, lambda file: excluded(file, held), said, unreadable.append):
                    if len(arguments) > 1 and not new(file, seen):
                        continue
                    searched += 1
                    try:
                        document = met(file, held.extract)
                    except Skipped as wrong:
                        said(str(wrong))
                    except Unreadable as wrong:
                        unreadable.append(str(wrong))
                    else:
                        documents += [] if document is None else [document]
        except Skipped as wrong:
            click.echo(f"cnnsize: passed over {safe(str(wrong))}", err=True)
        except Unreadable as wrong:
            unreadable.append(str(wrong))
    strings += len(expressions)
    documents += map(Document, expressions)
    if any(not text.strip() for text in (*(a for a in arguments if a != "-"), *expressions)):
        fail("an empty text; give an architecture such as 'INPUT[32x32x3] -> CONV3-64 -> FC-10'")
    if left_out and not documents and not unreadable:
        click.echo("cnnsize: nothing to check: all files are excluded", err=True)
        raise SystemExit(0)
    return Input(documents, strings, unreadable, searched)


def none_found(arguments: tuple[str, ...], given: Input, quiet: bool = False) -> None:
    """Says so. Ends the run where the arguments are nothing else than architectures, and hold none."""
    more = f" and {len(arguments) - 3:,} more" if len(arguments) > 3 else ""
    message = f"no architecture found in {', '.join(arguments[:3])}{more}"
    if not given.searched:
        fail(message)
    if not quiet:
        click.echo(f"cnnsize: {safe(message)}", err=True)


def new(path: str, seen: set[str]) -> bool:
    """Is it met for the first time?"""
    whole = os.path.realpath(path)
    known = whole in seen
    seen.add(whole)
    return not known


def looked_at(
    given: Input, chosen: Options, arguments: tuple[str, ...], watch: Watched | None = None, families: bool = True
) -> Report:
    """The report on what the arguments named."""
    texts = given.texts()
    if not texts.found and not texts.bad and not given.unreadable:
        none_found(arguments, given, chosen.quiet)
    if chosen.name is not None:
        texts = texts.only(named(texts.found, chosen.name))
    return report(
        texts, input=chosen.input, values=chosen.values, settings=chosen.settings, selection=chosen.selection,
        watch=watch, families=families,
    )  # fmt: skip


def in_zoo(argument: str) -> bool:
    """Is this the name of a network that ships with us?"""
    if re.fullmatch(r"\w{2,60}", argument) is None:
        return False
    from cnnsize.zoo import index  # late: its files are read only where a single word was given

    return argument in index()


def named_or_string(argument: str) -> Document:
    """A network of the zoo where the argument is its name, else the string."""
    if in_zoo(argument):
        from cnnsize.zoo import text_of

        return Document(text_of(argument))
    if re.fullmatch(r"\s*\w{2,60}\s*", argument) and isinstance(string(argument)[0], Failed):
        from cnnsize.words import nearest
        from cnnsize.zoo import index

        near = nearest(argument.strip().lower(), index())
        if near:
            fail(f"{argument.strip()} is neither a file, a layer nor a network of the zoo; "
                 f"did you mean {' or '.join(near)}?")  # fmt: skip
    return Document(argument)


def named(found: list[Architecture | Failed], name: str | None) -> list[Architecture | Failed]:
    if name is None:
        return found
    try:
        return [choose(found, name)]
    except ArchitectureError as wrong:
        fail(f"--name: {wrong.diagnostic.message}; {'; '.join(wrong.diagnostic.help)}")


def one_called(one: Architecture | Failed, name: str) -> bool:
    return isinstance(one, Architecture) and one.name == name


def at_most_one(made: Report) -> None:
    if len(made.architectures) > 1:
        names = [one.name or "(no name)" for one in made.architectures if one.architecture is not None]
        fail(f"{len(made.architectures)} networks stand here; pick one with --name: {', '.join(names[:8])}")


def finish(made: Report, unreadable: list[str], fail_on: str = "warning") -> NoReturn:
    for line in unreadable:
        click.echo(f"cnnsize: {safe(line)}", err=True)
    failed = any(fails(one.severity, fail_on) for one in made.diagnostics)
    raise SystemExit(2 if unreadable else 1 if failed else 0)


class Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # what is done in parts has printed its part
            click.echo("cnnsize: interrupted", err=True)
            raise SystemExit(130) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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
@click.option("--fix", is_flag=True, help="Make the fixes that keep the meaning; a string or - goes to stdout.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="With --fix or --diff: make the others too, of alternatives the first."
)
@click.option(
    "--diff", is_flag=True, help="Print what --fix would change, and change nothing; exit 1 if something would."
)
@click.option("--statistics", is_flag=True, help="How often each rule is broken, in place of the findings.")
@click.option("--extract-only", is_flag=True, help="List which architectures are found and where, and check nothing.")
@located
@shared(FORMATS)
def check(
    inputs: tuple[str, ...], expressions: tuple[str, ...], depth: int, unfold: bool, fix: bool, unsafe_fixes: bool, diff: bool,
    statistics: bool, extract_only: bool, stdin_filename: str | None, force_exclude: bool, **flags: Any,
) -> None:  # fmt: skip
    """Size architectures and say what does not fit, and why.

    An argument that names a file or folder is one; - is stdin; any other is a string. In *.cnn files everything is an
    architecture; elsewhere fenced blocks with the word cnn (Markdown, docstrings), `.. code-block:: cnn`, and comments
    with `cnnsize: INPUT[...] -> ...` are. Folders are searched, but for what git ignores.
    """
    chosen = options(FORMATS, **flags)
    given = gathered(inputs, expressions, chosen.config, force_exclude, stdin_filename, chosen.verbose)
    if extract_only:
        listed(given, chosen)
    fail_on = chosen.config.fail_on
    if statistics and chosen.format not in (None, "full", "concise", "json"):
        raise click.UsageError(f"--statistics is printed as text or as json, not as {chosen.format}")
    if fix or diff:
        given = fixed(given, chosen, unsafe_fixes, diff)
    with Watched() as watch:
        made = looked_at(given, chosen, inputs, watch)
    if not made.architectures and not made.diagnostics and chosen.format in (None, "full", "concise"):
        finish(made, given.unreadable)  # nothing could be read
    one_string = given.strings == 1 and len(given.documents) == 1 and not given.unreadable
    show_table = one_string and not fix and len(made.architectures) == 1
    if statistics:
        from cnnsize.render.statistics import statistics as counted

        text = counted(made, chosen.selection, chosen.format == "json")
    elif chosen.format in (None, "full"):
        everything = one_string or chosen.format is not None
        text = in_full(made, chosen, show_table, unfold, depth, everything)
    else:
        text = rendered(made, given, chosen)
    write(text, chosen, talk=fix and any(one.path is None for one in given.documents))
    if chosen.format == "github" and (page := os.environ.get("GITHUB_STEP_SUMMARY")):
        summed_up(made, given, page)
    if interrupted(made):
        raise SystemExit(130)
    finish(made, given.unreadable, fail_on)


def summed_up(made: Report, given: Input, page: str) -> None:
    """A table on the page of the job."""
    from cnnsize.render.github import step_summary

    try:
        with open(page, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(step_summary(made, tuple(given.unreadable)))
    except OSError as wrong:
        given.unreadable.append(f"{page}: {wrong.strerror}")


def listed(given: Input, chosen: Options) -> NoReturn:
    """What --extract-only prints."""
    from cnnsize.render.excerpts import as_json, as_text

    if chosen.format not in (None, "full", "concise", "json"):
        raise click.UsageError(f"--extract-only is printed as text or as json, not as {chosen.format}")
    unreadable = list(given.unreadable)
    found = []
    for document in given.documents:
        try:
            found.append((document, document.excerpts()))
        except Unreadable as wrong:
            unreadable.append(str(wrong))
    write(as_json(found) if chosen.format == "json" else as_text(found), chosen)
    finish(Report((), ()), unreadable)


def fixed(given: Input, chosen: Options, unsafe: bool, diff: bool) -> Input:
    """The input with its fixes made, and written back: to the file, or to stdout. ``diff``: only shown."""
    from cnnsize.mend import mended  # late: most calls change nothing
    from cnnsize.rewrite import Refused, unified, write_text

    def look(text: str) -> Report:
        texts = read([document._replace(text=text)])
        if chosen.name is not None:  # which need not be in every text
            texts = texts.only([one for one in texts.found if one_called(one, chosen.name)])
        return report(
            texts, input=chosen.input, values=chosen.values, settings=chosen.settings, selection=chosen.selection,
            fixes=len(text),
        )  # fmt: skip

    documents: list[Document] = []
    unreadable = list(given.unreadable)
    shown: list[str] = []
    for document in given.documents:
        name = document.file or "<string>"
        done = mended(document.text, look, unsafe)
        if diff:
            shown.append(unified(document.text, done.text, name))
            continue
        if document.path is None:
            out = done.text if document.file is not None or done.text.endswith("\n") else done.text + "\n"
            sys.stdout.flush()
            sys.stdout.buffer.write(document.data(out))
            sys.stdout.buffer.flush()
        elif done.text != document.text:
            try:
                write_text(document.path, document.data(), document.data(done.text))
            except (OSError, Refused) as wrong:
                unreadable.append(f"{name}: {getattr(wrong, 'strerror', None) or wrong}")
                documents.append(document)
                continue
        documents.append(document._replace(text=done.text))
        if done.fixed:
            count = len(done.fixed)
            click.echo(f"fixed {count} finding{'' if count == 1 else 's'} in {safe(name)}", err=True)
    if diff:
        write("".join(shown), chosen)
        for line in unreadable:
            click.echo(f"cnnsize: {safe(line)}", err=True)
        raise SystemExit(2 if unreadable else 1 if any(shown) else 0)
    return Input(documents, given.strings, unreadable, given.searched)


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


def in_full(
    made: Report, chosen: Options, show_table: bool, unfold: bool, depth: int, everything: bool
) -> str:  # fmt: skip
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
    if len(shown) > MANY and not everything:
        parts.append("\n".join(map(concise, shown)))
        parts.append(f"{len(shown)} findings, a line each; --output-format full shows each with its text")
    else:
        parts += [full(one, style) for one in shown]
    if chosen.verbose:
        parts += readings(made)
    if not chosen.quiet and not interrupted(made):
        infos = sum(one.severity == "info" for one in shown)
        parts.append(summary(made.count("error"), made.count("warning"), infos, len(made.architectures)))
        mendable = sum(one.mendable for one in shown)
        if mendable:
            parts[-1] += f"; {mendable} can be fixed with --fix"
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


def readable(inputs: tuple[str, ...], expressions: tuple[str, ...]) -> Input:
    """The texts of all arguments. Ends the run where one cannot be read."""
    given = gathered(inputs, expressions)
    if given.unreadable:
        finish(Report((), ()), given.unreadable)
    return given


def one_of(
    given: Input, inputs: tuple[str, ...], name: str | None = None,
    several: str = "networks stand here; pick one with --name",
) -> Architecture | Failed:  # fmt: skip
    """The one network of the arguments. Ends the run where there are more, or none."""
    found = given.texts().found
    if given.unreadable:
        finish(Report((), ()), given.unreadable)
    if not found:
        fail(f"no architecture found in {', '.join(inputs)}")
    found = named(found, name)
    if len(found) > 1:
        names = [one.name or "(no name)" for one in found if isinstance(one, Architecture)]
        fail(f"{len(found)} {several}: {', '.join(names[:8])}")
    return found[0]


def refused(one: Failed, chosen: Options) -> NoReturn:
    """Says why there is no answer, and ends the run."""
    made = report(Texts([one]))
    write(made.to_json(2) if chosen.format == "json" else in_full(made, chosen, False, False, 0, True), chosen)
    finish(made, [])


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@click.option(
    "--depth", type=click.IntRange(0, 100), default=0, metavar="N", help="Show the layers of blocks, N blocks deep."
)
@click.option("--all", "unfold", is_flag=True, help="Every layer in a row of its own.")
@click.option("--train", is_flag=True, help="Predict the memory of training, not only of inference.")
@click.option("--batch", type=click.IntRange(1, 10**9), metavar="N", help="Predict the memory at this batch size.")
@click.option("--dtype", type=click.Choice(DTYPES), help="Of the numbers in memory (float32).")
@click.option("--optimizer", type=click.Choice(OPTIMIZERS), help="Whose state is kept in training (sgd).")
@click.option("--memory", "room", metavar="SIZE", help="Say which batch fits into 12GB, or 8GiB.")
@shared(SHOW)
def show(
    inputs: tuple[str, ...], expressions: tuple[str, ...], depth: int, unfold: bool, train: bool, batch: int | None,
    dtype: str | None, optimizer: str | None, room: str | None, **flags: Any,
) -> None:  # fmt: skip
    """The calculator: every volume, the totals, the assumed sizes of one network; with --train, --batch or
    --memory also the memory that it needs."""
    chosen = options(SHOW, **flags)
    if optimizer is not None and not train:
        raise click.UsageError("--optimizer says what training keeps: add --train")
    available = None if room is None else bytes_of(room)
    no_range(chosen)
    asked = train or batch is not None or dtype is not None or room is not None
    given = readable(inputs, expressions)
    made = looked_at(given, chosen, inputs, families=False)
    at_most_one(made)
    network = made.architectures[0].network
    need: Need | None = None
    if asked and network is not None and network.output is not None:
        need = needed(network, train, batch or 1, dtype or DTYPES[0], optimizer or OPTIMIZERS[0], room, available)
    if chosen.format == "json":
        import json

        data = made.to_dict()
        if need is not None:
            data["architectures"][0]["memory"] = need.data
        write(json.dumps(data, indent=2), chosen)
        finish(made, [], chosen.config.fail_on)
    style = style_of(chosen)
    parts: list[str] = []
    if network is not None:
        from cnnsize.render.table import table

        parts.append(table(network, style, unfold, not unicode_out(), depth))
    if need is not None:
        parts.append(need.text)
    parts += [full(one, style) for one in made.diagnostics if one.severity != "info"]
    if chosen.verbose:
        parts += readings(made)
    write("\n\n".join(parts), chosen)
    finish(made, [], chosen.config.fail_on)


class Need(NamedTuple):
    """Predicted memory, for people and for programs."""

    text: str
    data: dict[str, Any]


def bytes_of(text: str) -> int:
    """12GB of --memory: GB are 10^9 bytes, GiB 2^30."""
    parts = re.fullmatch(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*([kKMGT]?)(i?)[bB]?\s*", text)
    if parts is None or (parts[3] and not parts[2]):
        raise click.BadParameter(f"{text!r} is no size, as in 12GB or 8GiB", param_hint="--memory")
    power = " kMGT".index(parts[2].replace("K", "k") or " ")
    return int(float(parts[1]) * (1024 if parts[3] else 1000) ** power)


def needed(
    network: Network, train: bool, batch: int, dtype: str, optimizer: str, room: str | None, available: int | None
) -> Need:
    """The memory of one training step, or of one pass of inference."""
    from cnnsize.memory import inference, largest_batch, training
    from cnnsize.render.run import memory_text

    memory = training(network, batch, dtype, optimizer) if train else inference(network, batch, dtype)
    most = None if available is None else largest_batch(network, available, train, dtype, optimizer)
    parts = memory._asdict()
    parts["optimizer_state"] = parts.pop("optimizer")
    data = {"train": train, "batch": batch, "dtype": dtype, "optimizer": optimizer if train else None, **parts,
            "total": memory.total, "available": available, "largest_batch": most}  # fmt: skip
    fits = None if room is None else (room.strip(), most)
    return Need(memory_text(memory, train, batch, dtype, optimizer, fits), data)


def one_network(
    inputs: tuple[str, ...], expressions: tuple[str, ...], chosen: Options, fail_on: str | None
) -> tuple[Network, int]:
    """The one network that was given, sized, and the exit status that --fail-on asks for: without it, findings are
    talk. Ends the program where there is no network, with what is wrong on stderr."""
    no_range(chosen)
    given = readable(inputs, expressions)
    made = looked_at(given, chosen, inputs, families=False)
    at_most_one(made)
    network = made.architectures[0].network if made.architectures else None
    style = style_of(chosen)
    if network is None or network.output is None:
        errors = [one for one in made.diagnostics if one.severity == "error"]
        if network is not None:  # whatever is selected or suppressed: nothing can be built
            source = made.architectures[0].source
            errors = errors or [replace(one, source=source) for one in network.diagnostics if one.severity == "error"]
        click.echo("\n\n".join([full(one, style) for one in errors]), err=True)
        raise SystemExit(1)
    if not chosen.quiet:
        for one in made.diagnostics:
            if one.severity != "info":  # it can be built all the same: torch rounds down too
                click.echo(full(one, style) if chosen.verbose else concise(one), err=True)
    if chosen.verbose:
        for read in readings(made):
            click.echo(read, err=True)
    failed = fail_on is not None and any(fails(one.severity, chosen.config.fail_on) for one in made.diagnostics)
    return network, int(failed)


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or NAME or -]")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@click.option("--class-name", metavar="NAME", help="What the class is called; else after the network.")
@click.option("--test", is_flag=True, help="Add a small test of the shape and the parameter count.")
@click.option("--force", is_flag=True, help="Overwrite the file that -o names.")
@shared(PYTHON, "-o")
def emit(
    inputs: tuple[str, ...], expressions: tuple[str, ...], class_name: str | None, test: bool, force: bool, **flags: Any
) -> None:
    """Print a network as PyTorch source.

    Blocks become classes, repeats loops, joins operators in forward. Shapes stand in comments, C x H x W.
    """
    chosen = options(PYTHON, **flags)
    network, code = one_network(inputs, expressions, chosen, flags["fail_on"])
    if force and chosen.output_file is None:
        raise click.UsageError("--force overwrites a file: name it with -o")
    if chosen.output_file is not None and not force and os.path.exists(chosen.output_file):
        fail(f"{chosen.output_file} is there already; --force overwrites it")
    if class_name is not None:
        from cnnsize.torch_code.names import class_name as wrong_name

        if (why := wrong_name(class_name)) is not None:
            raise click.BadParameter(f"{class_name!r}: {why}", param_hint="--class-name")
    try:
        source = network.torch_source(class_name, test)
    except ArchitectureError as wrong:
        click.echo(f"cnnsize: {safe(wrong.diagnostic.message)}; {'; '.join(wrong.diagnostic.help)}", err=True)
        raise SystemExit(1) from None
    if chosen.format == "json":
        import json

        source = json.dumps({"name": network.architecture.name, "source": source}, indent=2)
    write(source, chosen)
    raise SystemExit(code)


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or NAME or -]")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@click.option("--device", type=click.Choice(("auto", "cpu", "cuda", "meta")), default="auto", show_default=True,
              help="Where. meta compares shapes and allocates nothing.")  # fmt: skip
@click.option(
    "--batch", type=click.IntRange(1, 10**9), default=2, show_default=True, metavar="N", help="Inputs at once."
)
@click.option("--dtype", type=click.Choice(DTYPES), default=DTYPES[0], show_default=True, help="Of weights and inputs.")
@click.option("--backward/--no-backward", default=True, show_default=True, help="Train one step, or only infer.")
@click.option("--compile", "compiled", is_flag=True, help="Time the model behind torch.compile.")
@click.option("--channels-last", is_flag=True, help="Lay maps out as N x H x W x C.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Of weights and inputs.")
@click.option(
    "--repeat", type=click.IntRange(1, 10_000), default=1, show_default=True, metavar="N", help="Timed passes."
)
@click.option("--timeout", type=click.FloatRange(1, 86_400), default=600, show_default=True, metavar="SECONDS",
              help="Stop the run after so long.")  # fmt: skip
@click.option("--all", "unfold", is_flag=True, help="Also the layers of blocks and joins, a row each.")
@shared(SHOW)
def run(
    inputs: tuple[str, ...], expressions: tuple[str, ...], device: str, batch: int, dtype: str, backward: bool,
    compiled: bool, channels_last: bool, seed: int, repeat: int, timeout: float, unfold: bool, **flags: Any,
) -> None:  # fmt: skip
    """Build the model that `emit` prints, run it, and compare every layer with the prediction.

    Shapes, parameter counts, gradients and what autograd saves must be as predicted; else the exit status is 1.
    It runs in a process of its own. Needs torch: pip install 'cnnsize[torch]'.
    """
    from cnnsize.render.progress import Bar  # late: these are for what runs
    from cnnsize.smoke import Choices, RunError
    from cnnsize.smoke import run as run_model

    chosen = options(SHOW, **flags)
    if device == "meta" and (compiled or repeat > 1):
        raise click.UsageError("--device meta times nothing: leave out --compile and --repeat")
    network, code = one_network(inputs, expressions, chosen, flags["fail_on"])
    choices = Choices(device, batch, dtype, backward, compiled, channels_last, seed, repeat, timeout)
    try:
        with Bar(wanted=not chosen.quiet) as bar:
            ran = run_model(network, choices, lambda stage, done, of: bar(done, of, stage))
    except RunError as wrong:
        fail(str(wrong))
    except ArchitectureError as wrong:
        click.echo(f"cnnsize: {safe(wrong.diagnostic.message)}; {'; '.join(wrong.diagnostic.help)}", err=True)
        raise SystemExit(1) from None
    from cnnsize.render.run import brief, data, table

    if chosen.format == "json":
        import json

        write(json.dumps(data(ran), indent=2), chosen)
    elif chosen.quiet:
        write(brief(ran, style_of(chosen)), chosen)
    else:
        write(table(ran, style_of(chosen), unfold, not unicode_out()), chosen)
    raise SystemExit(code if ran.ok else 1)


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[PATH or STRING or -]...")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if something would.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change, exit 1 if something would.")
@located
@click.option(
    "--config",
    metavar="FILE or KEY=VALUE",
    multiple=True,
    help="Read [tool.cnnsize] from this file, or set one key of it.",
)
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
@click.option("-v", "--verbose", is_flag=True, help="Also which files are passed over.")
def fmt(
    inputs: tuple[str, ...], only_check: bool, diff: bool, stdin_filename: str | None, exclude: tuple[str, ...],
    force_exclude: bool, extract: tuple[str, ...], config: tuple[str, ...], isolated: bool, verbose: bool,
) -> None:  # fmt: skip
    """Rewrite architectures in canonical text.

    Files are rewritten in place, and all but their architectures stays as it is; a string or - goes to stdout.
    """
    from cnnsize.rewrite import Refused, formatted, unified, write_text

    if not inputs:
        raise click.UsageError("nothing to format: give a file, a string, or - for stdin")
    held = chosen(config, isolated, {"exclude": exclude, "extract": extract})[0]
    given = gathered(inputs, (), held, force_exclude, stdin_filename, verbose)
    plain = Options.plain()
    unreadable = list(given.unreadable)
    changed = failed = False
    if not given.documents and not given.unreadable:
        none_found(inputs, given)
    for document in given.documents:
        name = document.file or "<string>"
        if not document.text.strip() and document.path is None:
            fail("an empty text; there is nothing to format")
        try:
            done = formatted(document.text, name, document.file is None and document.text in inputs, held.extract)
        except Unreadable as wrong:
            unreadable.append(str(wrong))
            continue
        for one in done.failed:
            click.echo(full(one, Style()), err=True)
            failed = True
        for line in done.left:
            click.echo(f"{safe(name)}:{line}: left as it is: it does not stand in one piece", err=True)
        differs = done.text != document.text
        changed |= differs
        if differs and diff:
            write(unified(document.text, done.text, name), plain)
        elif differs and only_check:
            click.echo(f"would reformat {safe(name)}", err=True)
        elif differs and document.path is not None:
            try:
                write_text(document.path, document.data(), document.data(done.text))
            except (OSError, Refused) as wrong:
                unreadable.append(f"{name}: {getattr(wrong, 'strerror', None) or wrong}")
        if document.path is None and not diff and not only_check and not done.failed:
            if document.file is None:
                write(done.text, plain)
            else:  # stdin: every other byte stays
                sys.stdout.flush()
                sys.stdout.buffer.write(document.data(done.text))
                sys.stdout.buffer.flush()
    for message in unreadable:
        click.echo(f"cnnsize: {safe(message)}", err=True)
    raise SystemExit(2 if unreadable else 1 if failed or (changed and (diff or only_check)) else 0)


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

    plain = Options.plain()
    names = list(index())
    if name is not None:
        try:
            network = load(name)
        except ArchitectureError as wrong:
            fail(f"{wrong.diagnostic.message}; {'; '.join(wrong.diagnostic.help)}")
        if output_format == "full":
            from cnnsize.rewrite import formatted

            write(f"{about(name)}\n\n{formatted(network.text, 'zoo.cnn').text}", plain)
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
@shared(LISTED)
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

    chosen = options(LISTED, **flags)
    given = readable(inputs, expressions)
    some = only_valid or reverse or any(one is not None for one in (limit, sort, where))
    if chosen.format == "json" and some:
        if flags["output_format"] is not None:
            raise click.UsageError("json is the report of check, on all members; jsonl and csv list those asked for")
        chosen = chosen._replace(format="jsonl")  # the configuration speaks of reports, and this is a list
    if chosen.format == "json":
        with Watched() as watch:
            made = looked_at(given, chosen, inputs, watch)
        at_most_one(made)
        write(made.to_json(2), chosen)
        if interrupted(made):
            raise SystemExit(130)
        finish(made, [], chosen.config.fail_on)
    one = one_of(given, inputs, chosen.name)
    if isinstance(one, Failed):
        refused(one, chosen)
    try:
        found = one.family(chosen.input, settings=chosen.settings, **chosen.values)
        survey = Survey(found)
        streams = sort is None and chosen.output_file is None and sys.stdout.isatty()  # rows are progress enough
        with Bar(wanted=not streams) as watch:
            members = chosen_members(survey, only_valid, limit, sort, reverse, where, watch)
            stopped = write_lines(LISTS[chosen.format or "full"](found, members), chosen)
    except Wrong as wrong:
        fail(str(wrong))
    except ArchitectureError as wrong:
        refused(Failed(one.source, wrong.diagnostic), chosen)
    if stopped:
        click.echo(f"cnnsize: interrupted after {survey.looked:,} of {survey.members:,} members", err=True)
        raise SystemExit(130)
    if chosen.format in (None, "full") and not chosen.quiet and chosen.output_file is None:
        if survey.complete:
            write("\n" + overview(survey, style_of(chosen)), chosen)
        else:
            write(f"\nthe first of {survey.members:,} members; {survey.looked:,} were looked at", chosen)
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
    file = None
    try:
        if chosen.output_file is not None:
            try:
                file = open(chosen.output_file, "w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
            except OSError as wrong:
                fail(f"{chosen.output_file}: {wrong.strerror}")

        def flush() -> None:
            nonlocal written
            written = monotonic()
            if held:
                text = "\n".join(held) + "\n"
                held.clear()
                with uninterrupted():  # Ctrl-C must not cut a line in the middle
                    file.write(text) if file is not None else write(text, chosen)

        try:
            for line in lines:
                held.append(line)
                if len(held) >= 100 or monotonic() - written > PAUSE:
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
@shared(SHOW)
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
    from cnnsize.render.progress import Bar

    chosen = options(SHOW, **flags)
    if not 1 <= len(texts) <= 2:
        raise click.UsageError("give a network, or a pattern and a network")
    if chosen.input is not None:
        raise click.UsageError("match compares what is written and sizes nothing: write the size into INPUT")
    network = one_of(readable(texts[-1:], ()), texts[-1:], chosen.name)
    if len(texts) == 2:
        if not texts[0].strip():
            fail("an empty pattern")
        pattern = one_of(readable(texts[:1], ()), texts[:1], several="patterns stand here; give one")
    else:
        pattern = pick(string(CS231N), None)
    for one in (pattern, network):
        if isinstance(one, Failed):
            refused(one, chosen)
    assert isinstance(pattern, Architecture) and isinstance(network, Architecture)
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


@cli.command()
@click.argument("inputs", nargs=-1, metavar="[STRING or PATH or -]")
@click.option(
    "-e", "--expression", "expressions", multiple=True, metavar="STRING", help="A string, whatever it looks like."
)
@shared(SHOW)
def inputs(inputs: tuple[str, ...], expressions: tuple[str, ...], **flags: Any) -> None:
    """Which input sizes fit, as arithmetic: exactly, without losing a pixel, or at all.

    Squares where INPUT is a square, else each side with the other one held. It is worked out, not tried out.
    """
    from cnnsize.inputs import fitting
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


@cli.command()
@click.argument("of", type=click.Choice(("check", "run")), default="check", metavar="[check or run]")
def schema(of: str) -> None:
    """The JSON schema of --output-format json: of check and show, or of run."""
    import json

    from cnnsize.contract import Report as Contract
    from cnnsize.contract import RunReport

    made = Contract if of == "check" else RunReport
    click.echo(json.dumps(made.model_json_schema(by_alias=True), indent=2))


@cli.command()
def matcher() -> None:
    """A problem matcher, by which GitHub Actions reads the lines of --output-format concise."""
    from cnnsize.render.matcher import matcher as lines

    click.echo(lines())


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
    from cnnsize.pages import BrokenPage, UnknownRule, find

    try:
        try:
            page = find(code)
        except UnknownRule:  # one of a team's own?
            page = find(code, chosen((), False, {})[0].rule_dirs)
    except (UnknownRule, BrokenPage) as wrong:
        fail(str(wrong))
    if output_format == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(page), indent=2))
        return
    plain = Options.plain(coloured(color, None))
    if plain.colour:
        from io import StringIO

        from rich.console import Console
        from rich.markdown import Markdown

        out = StringIO()
        Console(file=out, force_terminal=True, width=style_of(plain).width).print(Markdown(page.body))
        write(out.getvalue(), plain)
    else:
        write(page.body, plain)


@cli.command(name="rules")
@click.option(
    "--output-format", type=click.Choice(("full", "json")), default="full", show_default=True, help="How to print."
)
@click.option("--config", metavar="FILE", multiple=True, help="Read [tool.cnnsize] from this file; or KEY=VALUE.")
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
def list_rules(output_format: str, config: tuple[str, ...], isolated: bool) -> None:
    """All rules: severity, whether each is on here, and what its fixes are.

    A dash is a rule that is off by default, and on where it is selected or its setting is given.
    """
    selection = chosen(config, isolated, {})[1]
    plain = Options.plain()
    rows: list[tuple[str, str, str, bool, bool, str]] = []
    for code, rule in sorted(selection.table.items()):
        level = selection.levels.get(code, rule.severity)
        rows.append((code, rule.name, level, code in selection.codes, rule.default, rule.fix))
    if output_format == "json":
        import json

        keys = ("code", "name", "severity", "selected", "default", "fix")
        write(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2), plain)
        return
    widths = [max(len(row[0]) for row in rows), max(len(row[1]) for row in rows)]
    lines = [
        f"{code:{widths[0]}}  {name:{widths[1]}}  {level:7}  {'on' if selected else '-':2}  {fix if fix != 'none' else ''}".rstrip()
        for code, name, level, selected, _, fix in rows
    ]
    write("\n".join(lines), plain)


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
