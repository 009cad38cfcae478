"""``cnnsize zoo``, ``schema`` and ``matcher``."""

from __future__ import annotations

import click

from cnnsize.cli.errors import fail, one_line
from cnnsize.cli.flags import Choice, page_format_option
from cnnsize.cli.help import Command
from cnnsize.cli.options import Options
from cnnsize.cli.output import write
from cnnsize.text.diagnostic import ArchitectureError


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
    from cnnsize.zoo import about, families, family_records, index, load_record

    plain = Options.plain()
    if name is not None:
        try:
            network = load_record(name)
        except ArchitectureError as error:
            fail(one_line(error))
        if output_format == "full":
            from cnnsize.rewriting.fmt import format_text

            write(f"{about(name)}\n\n{format_text(network.text, 'zoo.cnn').text}", plain)
            return
        records = {index()[name]: {name: network}}
    else:
        records = {family: family_records(family) for family in families()}
    networks = [
        (name, family, Network.from_record(sized(record)))
        for family, networks_of_family in records.items()
        for name, record in networks_of_family.items()
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
@click.argument("command", type=Choice(("check", "run")), default="check", metavar="[check|run]")
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
