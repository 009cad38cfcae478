"""argparse: the options of a command line, each with its default."""

from __future__ import annotations

import ast

from cnnsize.models.source.machine import Machine
from cnnsize.models.source.values.objects import (
    Arguments,
    Builtin,
    Class,
    External,
    Instance,
    NotReadError,
    Scope,
    Unknown,
    Value,
)

NAMESPACE = Class(ast.ClassDef("Namespace", [], [], [], []), [], Scope())
SWITCHES = {"store_true": False, "store_false": True}  # the defaults of these actions
GROUPS = ("add_argument_group", "add_mutually_exclusive_group")
TYPES = {"builtins.int": int, "builtins.float": float}


class Parser:
    """An argparse.ArgumentParser: its options with their defaults."""

    __slots__ = ("options",)

    def __init__(self) -> None:
        self.options: dict[str, Value] = {}


def parser_attribute(machine: Machine, parser: Parser, name: str, node: ast.AST) -> Value:
    """Return an attribute of a parser."""
    if name == "add_argument":
        return Builtin(name, lambda arguments: add_option(parser, arguments))
    if name == "set_defaults":
        return Builtin(name, lambda arguments: parser.options.update(arguments.keywords))
    if name in GROUPS:
        return Builtin(name, lambda arguments: parser)
    if name == "parse_args":
        return Builtin(name, lambda arguments: parsed(machine, parser))
    if name == "parse_known_args":
        return Builtin(name, lambda arguments: (parsed(machine, parser), []))
    return Unknown(f"`{name}` of a parser of the command line", node)


def add_option(parser: Parser, arguments: Arguments) -> Value:
    """Note an option and its default; one that has no default has no value."""
    names = [name for name in arguments.positional if isinstance(name, str)]
    if not names:
        raise NotReadError("an option of the command line without a name", arguments.node)
    long = next((name for name in names if name.startswith("--")), names[0])
    name = arguments.keywords.get("dest", long.lstrip("-").replace("-", "_"))
    keywords = arguments.keywords
    action = keywords.get("action")
    is_open = not long.startswith("-") or keywords.get("required") is True
    value = keywords.get("default", SWITCHES.get(action) if isinstance(action, str) else None)
    kind = keywords.get("type")
    if isinstance(value, str) and isinstance(kind, External):
        value = converted(value, kind)
    if "default" not in keywords and is_open:
        reason = f"the option {long} of the command line has no default"
        value = Unknown(reason, arguments.node, path=f"option:{name}")
    parser.options.setdefault(name, value)
    return None


def converted(value: str, kind: External) -> Value:
    """Return a default that is a string as the type of its option."""
    convert = TYPES.get(kind.path)
    try:
        return value if convert is None or len(value) > 20 else convert(value)
    except ValueError:
        return value


def parsed(machine: Machine, parser: Parser) -> Instance:
    """Return the options of a command line without arguments."""
    machine.has_options = True
    return namespace(parser.options)


def namespace(values: dict[str, Value]) -> Instance:
    """Return an object with these attributes."""
    result = Instance(NAMESPACE)
    result.attributes.update(values)
    return result
