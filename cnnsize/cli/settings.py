"""``cnnsize config``, and ``check --show-settings``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.flags import general_options, page_format_option
from cnnsize.cli.help import Command
from cnnsize.cli.options import Options, load_config
from cnnsize.cli.output import style_of, write
from cnnsize.config.keys import KEYS
from cnnsize.config.sources import ConfigError, from_flags, read_sources
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe

SECTION = "[tool.cnnsize]"
DEFAULT = "default"  # the source of a key that nobody has set


@click.command(name="config", cls=Command)
@click.argument("key", required=False, metavar="[KEY]")
@page_format_option
@general_options
def list_options(
    key: str | None, output_format: str, config: tuple[str, ...], isolated: bool
) -> None:
    """List the options of the configuration, or describe one.

    They are set in [tool.cnnsize] of pyproject.toml, at the top of cnnsize.toml, in variables such
    as CNNSIZE_FAIL_ON, or with --config KEY=VALUE.
    """
    if key is None or key in KEYS:
        names = list(KEYS) if key is None else [key]
    elif not (names := [name for name in KEYS if name.startswith(f"{key}.")]):  # of a table
        similar = nearest(key.replace("_", "-"), KEYS)
        hint = (
            f"did you mean {alternatives(map(repr, similar))}?"
            if similar
            else "`cnnsize config` lists the options"
        )
        fail(f"unknown option {safe(key)!r}; {hint}")
    values = values_in_force({"config": config, "isolated": isolated})
    if output_format == "json":
        data = [
            {
                "name": name,
                "type": KEYS[name].type,
                "default": KEYS[name].default,
                "description": KEYS[name].about,
                "value": values[name][0],
                "source": values[name][1],
            }
            for name in names
        ]
        text = json.dumps(data, indent=2)
    elif key == names[0]:
        text = option_page(key, *values[key])
    else:
        text = option_list(names, style_of(Options.plain()).width)
    write(text, Options.plain())


def option_list(names: Iterable[str], width: int) -> str:
    """Return options, each with its type and default, and its description below."""
    from textwrap import wrap

    lines = []
    for name in names:
        option = KEYS[name]
        default = f", default {option.default}" if option.default else ""
        lines += wrap(f"{name}: {option.type}{default}", width, subsequent_indent="    ")
        lines += wrap(option.about, width, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def option_page(name: str, value: str, source: str) -> str:
    """Return what an option is, and its value in force."""
    option = KEYS[name]
    rows = [
        ("type", option.type),
        ("default", option.default or "not set"),
        ("in force", f"{value or 'not set'} ({source})"),
        ("variable", f"CNNSIZE_{name.upper().replace('-', '_').replace('.', '_')}"),
    ]
    table = "\n".join(f"{title:9}{text}" for title, text in rows)
    return f"{name}\n\n{option.about}\n\n{table}"


def print_settings(flags: Mapping[str, Any]) -> None:
    """Print the value of each option as TOML, and the source that sets it."""
    values = values_in_force(flags)
    selection = load_config(flags["config"], chosen(flags), isolated=flags["isolated"])[1]
    codes = sorted(selection.codes)
    if flags["output_format"] == "json":
        settings = {
            name: {"value": value, "source": source} for name, (value, source) in values.items()
        }
        write(json.dumps({"settings": settings, "rules": codes}, indent=2), Options.plain())
        return
    lines = [SECTION]
    for name, (value, source) in values.items():
        lines.append(f"{name} = {value}  # {source}" if value else f"# {name} is not set")
    counted = f"{len(codes)} of {len(selection.table)} rules are on"
    write("\n".join([*lines, "", f"# {counted}: {' '.join(codes)}"]), Options.plain())


def chosen(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags that are options of the configuration, and were given."""
    names = [name.replace("-", "_") for name in KEYS]
    return {name: flags[name] for name in names if flags.get(name)}


def values_in_force(flags: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the value of each option in TOML, and the name of its source.

    Exit with a message when the configuration cannot be used.
    """
    try:
        given = chosen(flags)
        sources = read_sources(
            flags["config"],
            isolated=flags["isolated"],
            flags=from_flags(given) if given else None,
        )
    except ConfigError as error:
        fail(str(error))
    values = {name: (option.default, DEFAULT) for name, option in KEYS.items()}
    for source in sources:
        for name, value in source.values.items():
            values[name] = (toml(name, value), source.name)
    return values


def toml(name: str, value: Any) -> str:
    """Return a checked value of a key as it is written in TOML."""
    if name == "defaults.input":
        return json.dumps("x".join(map(str, value)))
    if name in ("severity", "per-file-ignores", "inputs"):
        inner_name = "defaults.input" if name == "inputs" else ""
        pairs = [f"{json.dumps(key)} = {toml(inner_name, inner)}" for key, inner in value]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    return json.dumps(value, ensure_ascii=False)
