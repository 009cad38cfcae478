"""``cnnsize zoo``, ``rules``, ``explain``, ``help``, ``schema`` and ``matcher``."""

from __future__ import annotations

import os

import click

from cnnsize.cli.errors import fail, one_line
from cnnsize.cli.flags import color_option, config_option, isolated_option, page_format_option
from cnnsize.cli.help import Command
from cnnsize.cli.options import Options, load_config, use_colour
from cnnsize.cli.output import style_of, write
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe


@click.command(cls=Command)
@click.argument("name", required=False, metavar="[NAME]")
@page_format_option
def zoo(name: str | None, output_format: str) -> None:
    """List the published networks that ship with cnnsize, or print one.

    With NAME, print how the network is written and the paper that it comes from. Every command
    takes a name in place of a network: cnnsize show resnet50.
    """
    from cnnsize.network import Network  # late, like the next two: only this command sizes networks
    from cnnsize.sizing.size import sized
    from cnnsize.zoo import about, families, index, load_record

    plain = Options.plain()
    names = list(index())
    if name is not None:
        try:
            network = load_record(name)
        except ArchitectureError as error:
            fail(one_line(error))
        if output_format == "full":
            from cnnsize.rewriting.fmt import format_text

            write(f"{about(name)}\n\n{format_text(network.text, 'zoo.cnn').text}", plain)
            return
        names = [name]
    networks = [
        (name, family, Network.from_record(sized(load_record(name))))
        for family in families()
        for name in names
        if index()[name] == family
    ]
    if output_format == "json":
        import json

        data = [
            {
                "name": name,
                "family": family,
                "input": list(network.input),
                "output": list(network.output or ()),
                "params": network.params,
                "macs": network.macs,
                "about": about(name),
                "text": network.architecture.text,
            }
            for name, family, network in networks
        ]
        write(json.dumps(data, indent=2), plain)
        return
    rows = [("name", "input", "params", "MACs", "family")]
    rows += [
        (name, str(network.input), f"{network.params:,}", f"{network.macs:,}", family)
        for name, family, network in networks
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"{name:<{widths[0]}}  {size:<{widths[1]}}  {params:>{widths[2]}}  {macs:>{widths[3]}}  {family}"
        for name, size, params, macs, family in rows
    ]
    count = f"{len(networks)} networks; `cnnsize zoo NAME` shows how one is written"
    write("\n".join([*lines, "", count]), plain)


@click.command(cls=Command)
@click.argument(
    "command", type=click.Choice(("check", "run")), default="check", metavar="[check|run]"
)
def schema(command: str) -> None:
    """Print the JSON schema of --output-format json.

    The schema of check also describes show.
    """
    import json

    from cnnsize.report.contract import Report, RunReport

    model = Report if command == "check" else RunReport
    click.echo(json.dumps(model.model_json_schema(by_alias=True), indent=2))


@click.command(cls=Command)
def matcher() -> None:
    """Print a problem matcher for GitHub Actions.

    It turns the lines of --output-format concise into annotations.
    """
    from cnnsize.render.matcher import problem_matcher

    click.echo(problem_matcher())


@click.command(cls=Command)
@click.argument("rule", metavar="RULE")
@page_format_option
@color_option
def explain(rule: str, output_format: str, color: str) -> None:
    """Print the page of a rule: reasons, examples and fixes.

    RULE is a code (CNN101) or a name (fractional-output).
    """
    from cnnsize.lint.pages import BrokenPageError, UnknownRuleError, find_page

    try:
        try:
            page = find_page(rule)
        except UnknownRuleError:  # perhaps a rule of the team's own
            page = find_page(rule, load_config((), {}, isolated=False)[0].rule_dirs)
    except (UnknownRuleError, BrokenPageError) as error:
        fail(str(error))
    if output_format == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(page), indent=2))
        return
    write_page(page.body, color)


def write_page(markdown: str, color: str) -> None:
    """Print a Markdown page: formatted on a terminal, unchanged elsewhere."""
    plain = Options.plain(colour=use_colour(color, None))
    if not plain.colour:
        write(markdown, plain)
        return
    from io import StringIO

    from rich.console import Console  # late, like the next: only coloured pages need rich
    from rich.markdown import Markdown

    buffer = StringIO()
    Console(file=buffer, force_terminal=True, width=style_of(plain).width).print(Markdown(markdown))
    write(buffer.getvalue(), plain)


GUIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "guide")


@click.command(name="help", cls=Command)
@click.argument("topic", required=False)
@color_option
def guide(topic: str | None, color: str) -> None:
    """Print a page of the guide, or list its pages."""
    topics = sorted(name.removesuffix(".md") for name in os.listdir(GUIDE) if name.endswith(".md"))
    if topic is None:
        width = max(map(len, topics))
        lines = [f"  {name:{width}}  {title_of(name)}" for name in topics]
        write("\n".join(["Usage: cnnsize help TOPIC", "", "Topics:", *lines]), Options.plain())
        return
    if topic not in topics:
        similar = nearest(topic, topics)
        hint = (
            f"did you mean {alternatives(map(repr, similar))}?"
            if similar
            else "`cnnsize help` lists the topics"
        )
        fail(f"unknown topic {safe(topic)!r}; {hint}")
    write_page(page_of(topic).rstrip("\n"), color)


def page_of(topic: str) -> str:
    """Return the Markdown text of a page of the guide."""
    with open(os.path.join(GUIDE, f"{topic}.md"), encoding="utf-8") as file:
        return file.read()


def title_of(topic: str) -> str:
    """Return the heading of a page of the guide."""
    return page_of(topic).split("\n", 1)[0].removeprefix("# ")


@click.command(name="rules", cls=Command)
@page_format_option
@config_option
@isolated_option
def list_rules(output_format: str, config: tuple[str, ...], isolated: bool) -> None:
    """List all rules, with severity, whether they are on, and fixes.

    A dash means off. Such a rule is on when it is selected, or when the option that it needs is
    configured.
    """
    selection = load_config(config, {}, isolated=isolated)[1]
    plain = Options.plain()
    rows: list[tuple[str, str, str, bool, bool, str]] = []
    for code, rule in sorted(selection.table.items()):
        severity = selection.levels.get(code, rule.severity)
        rows.append((code, rule.name, severity, code in selection.codes, rule.default, rule.fix))
    if output_format == "json":
        import json

        keys = ("code", "name", "severity", "selected", "default", "fix")
        write(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2), plain)
        return
    code_width = max(len(row[0]) for row in rows)
    name_width = max(len(row[1]) for row in rows)
    lines = [
        f"{code:{code_width}}  {name:{name_width}}  {severity:7}  {'on' if selected else '-':2}  "
        f"{fix if fix != 'none' else ''}".rstrip()
        for code, name, severity, selected, _, fix in rows
    ]
    write("\n".join(lines), plain)
