"""Graphs as Mermaid, which code hosts draw in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.formats.outline import Group, OutlineNode, outline_of
from cnnsize.pictures.heading import facts_of
from cnnsize.pictures.palette import ROLES
from cnnsize.text.terminal import safe

MAX_NODES = 200  # Mermaid refuses more than 500 edges and more than 50,000 characters


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
    names: dict[str, list[str]] = {}
    for node in outline.nodes():
        names.setdefault(node.kind, []).append(node.name)
    for kind, nodes in names.items():
        fill, line, ink = (
            ROLES[role].dark if theme == "dark" else ROLES[role].light
            for role in (kind, "dim" if kind == "paper" else f"{kind}-line", "ink")
        )
        lines.append(f"  classDef {kind} fill:{fill},stroke:{line},color:{ink}")
        lines.append(f"  class {','.join(nodes)} {kind}")
    return ("\n".join(lines) + "\n").encode()


def member_lines(members: Iterable[OutlineNode | Group], indent: str) -> Iterator[str]:
    """Yield the lines of nodes and groups."""
    for member in members:
        if isinstance(member, Group):
            yield f"{indent}subgraph {member.name}[{quoted(chr(10).join(member.lines))}]"
            yield from member_lines(member.members, f"{indent}  ")
            yield f"{indent}end"
        else:
            start, end = ("([", "])") if member.is_round else ("[", "]")
            yield f"{indent}{member.name}{start}{quoted(member.text)}{end}"


def quoted(text: str) -> str:
    """Return a text as a string, in which Mermaid reads no entity and no Markdown of the user."""
    lines = ("".join(map(escaped, safe(line))) for line in text.split("\n"))
    return '"' + "<br>".join(lines) + '"'


def escaped(sign: str) -> str:
    """Return a sign, by its number where it could mean something."""
    return f"#{ord(sign)};" if sign in '"#&<>`*_~\\;%' else sign
