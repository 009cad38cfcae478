"""What is printed about ourselves: the zoo, the rules, the schema."""

from __future__ import annotations

import os

import click

from cnnsize.cli.options import Options, coloured, fail, load_config, style_of, words, write
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option(
    "--output-format",
    type=click.Choice(("full", "json")),
    default="full",
    show_default=True,
    help="How to print.",
)
def zoo(name: str | None, output_format: str) -> None:
    """The published networks that ship with cnnsize, usable by name: cnnsize show resnet50.

    With NAME, the network as it is written, and the paper that it comes from.
    """
    from cnnsize.network import (
        Network,
    )  # late, like the next two: no other command here sizes a network
    from cnnsize.sizing.size import sized
    from cnnsize.zoo import about, families, index, load_record

    plain = Options.plain()
    names = list(index())
    if name is not None:
        try:
            network = load_record(name)
        except ArchitectureError as wrong:
            fail(words(wrong))
        if output_format == "full":
            from cnnsize.rewriting.fmt import format_text

            write(f"{about(name)}\n\n{format_text(network.text, 'zoo.cnn').text}", plain)
            return
        names = [name]
    rows = [
        (name, family, Network.from_record(sized(load_record(name))))
        for family in families()
        for name in names
        if index()[name] == family
    ]
    if output_format == "json":
        import json

        write(
            json.dumps(
                [
                    {
                        "name": name,
                        "family": family,
                        "input": list(net.input),
                        "output": list(net.output or ()),
                        "params": net.params,
                        "macs": net.macs,
                        "about": about(name),
                        "text": net.architecture.text,
                    }
                    for name, family, net in rows
                ],
                indent=2,
            ),
            plain,
        )
        return
    cells = [("name", "input", "params", "MACs", "family")]
    cells += [
        (name, str(net.input), f"{net.params:,}", f"{net.macs:,}", family)
        for name, family, net in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        f"{one:<{widths[0]}}  {size:<{widths[1]}}  {params:>{widths[2]}}  {macs:>{widths[3]}}  {family}"
        for one, size, params, macs, family in cells
    ]
    write(
        "\n".join(
            [*lines, "", f"{len(rows)} networks; `cnnsize zoo NAME` shows how one is written"]
        ),
        plain,
    )


@click.command()
@click.argument(
    "of", type=click.Choice(("check", "run")), default="check", metavar="[check or run]"
)
def schema(of: str) -> None:
    """The JSON schema of --output-format json: of check and show, or of run."""
    import json

    from cnnsize.report.contract import Report as Contract
    from cnnsize.report.contract import RunReport

    made = Contract if of == "check" else RunReport
    click.echo(json.dumps(made.model_json_schema(by_alias=True), indent=2))


@click.command()
def matcher() -> None:
    """A problem matcher, by which GitHub Actions reads the lines of --output-format concise."""
    from cnnsize.render.matcher import matcher as lines

    click.echo(lines())


@click.command()
@click.argument("code", metavar="CODE-or-NAME")
@click.option(
    "--output-format",
    type=click.Choice(("full", "json")),
    default="full",
    show_default=True,
    help="How to print.",
)
@click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Colours.",
)
def explain(code: str, output_format: str, color: str) -> None:
    """The page of a rule: why, bad, good, and how to mend it."""
    from cnnsize.lint.pages import BrokenPageError, UnknownRuleError, find

    try:
        try:
            page = find(code)
        except UnknownRuleError:  # one of a team's own?
            page = find(code, load_config((), False, {})[0].rule_dirs)
    except (UnknownRuleError, BrokenPageError) as wrong:
        fail(str(wrong))
    if output_format == "json":
        import json
        from dataclasses import asdict

        click.echo(json.dumps(asdict(page), indent=2))
        return
    write_page(page.body, color)


def write_page(markdown: str, color: str) -> None:
    """Print a Markdown page: formatted on a terminal, as it is elsewhere."""
    plain = Options.plain(coloured(color, None))
    if not plain.colour:
        write(markdown, plain)
        return
    from io import StringIO

    from rich.console import Console  # late, like the next: only coloured pages need rich
    from rich.markdown import Markdown

    out = StringIO()
    Console(file=out, force_terminal=True, width=style_of(plain).width).print(Markdown(markdown))
    write(out.getvalue(), plain)


GUIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "guide")


@click.command(name="help")
@click.argument("topic", required=False)
@click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Colours.",
)
def guide(topic: str | None, color: str) -> None:
    """Print a page of the guide, or list the topics."""
    topics = sorted(name.removesuffix(".md") for name in os.listdir(GUIDE) if name.endswith(".md"))
    if topic is None:
        width = max(map(len, topics))
        rows = [
            f"  {name:{width}}  {page_of(name).split(chr(10), 1)[0].removeprefix('# ')}"
            for name in topics
        ]
        write("\n".join(["cnnsize help TOPIC, where TOPIC is one of", "", *rows]), Options.plain())
        return
    if topic not in topics:
        near = nearest(topic, topics) or topics
        fail(f"the guide has no page {safe(topic)!r}; did you mean {' or '.join(near[:3])}?")
    write_page(page_of(topic).rstrip("\n"), color)


def page_of(topic: str) -> str:
    """Return the Markdown text of a page of the guide."""
    with open(os.path.join(GUIDE, f"{topic}.md"), encoding="utf-8") as file:
        return file.read()


@click.command(name="rules")
@click.option(
    "--output-format",
    type=click.Choice(("full", "json")),
    default="full",
    show_default=True,
    help="How to print.",
)
@click.option(
    "--config",
    metavar="FILE",
    multiple=True,
    help="Read [tool.cnnsize] from this file; or KEY=VALUE.",
)
@click.option("--isolated", is_flag=True, help="Ignore all configuration files.")
def list_rules(output_format: str, config: tuple[str, ...], isolated: bool) -> None:
    """All rules: severity, whether each is on here, and what its fixes are.

    A dash is a rule that is off by default, and on where it is selected or its setting is given.
    """
    selection = load_config(config, isolated, {})[1]
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
