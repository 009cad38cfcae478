"""Graphs as Mermaid, which code hosts draw in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.formats.outline import Group, OutlineNode, flattened, outline_of
from cnnsize.pictures.heading import facts_of
from cnnsize.pictures.palette import ROLES
from cnnsize.text.terminal import safe

MAX_NODES = 200  # Mermaid refuses more than 500 edges and more than 50,000 characters
FRAME = "frame"  # the class of repetitions


def write(drawing: Drawing, theme: str, scale: float) -> bytes:
    """Return the graph of the network of a drawing, in light colours by default.

    Texts outside of nodes are in the colours of the page.
    """
    assert drawing.network is not None
    outline = outline_of(drawing.network, MAX_NODES)
    lines = [
        "flowchart TD",
        f"  accTitle: {safe(drawing.title)}",
        f"  accDescr: {safe(facts_of(drawing.network))}",
        *member_lines(outline.members, "  "),
    ]
    for edge in outline.edges:
        label = f"|{quoted(edge.label)}|" if edge.label else ""
        lines.append(f"  {edge.source} -->{label} {edge.target}")
    classes: dict[str, list[str]] = {}
    for member in flattened(outline.members):
        classes.setdefault(class_of(member), []).append(member.name)
    for name, members in classes.items():
        lines.append(f"  classDef {name} {style_of(name, is_dark=theme == 'dark')}")
        lines.append(f"  class {','.join(members)} {name}")
    return ("\n".join(lines) + "\n").encode()


def member_lines(members: Iterable[OutlineNode | Group], indent: str) -> Iterator[str]:
    """Yield the lines of nodes and groups."""
    for member in members:
        if isinstance(member, Group):
            yield f"{indent}subgraph {member.name}[{quoted(member.title)}]"
            yield f"{indent}  direction TB"
            yield from member_lines(member.members, f"{indent}  ")
            yield f"{indent}end"
        else:
            start, end = ("(", ")") if member.is_round else ("[", "]")
            yield f"{indent}{member.name}{start}{quoted(member.text)}{end}"


def class_of(member: OutlineNode | Group) -> str:
    """Return the class that has the colours of a node or a group: ``frame``, or a role."""
    if isinstance(member, Group):
        return "panel" if member.is_block else FRAME
    return member.kind


def style_of(name: str, *, is_dark: bool) -> str:
    """Return the style of a class."""

    def colour(role: str) -> str:
        return ROLES[role].dark if is_dark else ROLES[role].light

    if name == FRAME:  # in the colours of the page
        return f"fill:none,stroke:{colour('dim')},stroke-dasharray:5 3"
    line = {"paper": "dim", "panel": "rule"}.get(name, f"{name}-line")
    return f"fill:{colour(name)},stroke:{colour(line)},color:{colour('ink')}"


def quoted(text: str) -> str:
    """Return a text as a string, in which Mermaid reads no entity and no Markdown of the user."""
    lines = ("".join(map(escaped, safe(line))) for line in text.split("\n"))
    return '"' + "<br>".join(lines) + '"'


def escaped(sign: str) -> str:
    """Return a sign, by its number where it could mean something."""
    return f"#{ord(sign)};" if sign in '"#&<>`*_~\\;%' else sign
