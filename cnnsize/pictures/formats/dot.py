"""Graphs as the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnsize.limits import MAX_ITEMS
from cnnsize.pictures.formats.drawing import Drawing
from cnnsize.pictures.formats.outline import Group, OutlineNode, outline_of
from cnnsize.pictures.heading import facts_of
from cnnsize.pictures.palette import ROLES
from cnnsize.text.terminal import safe


def write(drawing: Drawing, theme: str, scale: float) -> bytes:
    """Return the graph of the network of a drawing, in light colours by default."""
    assert drawing.network is not None
    outline = outline_of(drawing.network, MAX_ITEMS)
    colours = Colours(is_dark=theme == "dark")
    title = quoted(f"{drawing.title}\n{facts_of(drawing.network)}")
    ink, dim, bad = map(colours.of, ("ink", "dim", "bad-line"))
    lines = [
        f"digraph {quoted(drawing.title)} {{",
        f'  graph [label={title}, labelloc=t, fontname="Helvetica", fontcolor={ink}, '
        f"bgcolor={colours.of('paper')}];",
        f'  node [shape=box, style=filled, fontname="Courier", fontsize=11, fontcolor={ink}];',
        f'  edge [fontname="Helvetica", fontsize=10, color={dim}, fontcolor={dim}];',
        *member_lines(outline.members, colours, "  "),
    ]
    for edge in outline.edges:
        options = [f"label={quoted(edge.label)}"] if edge.label else []
        options += [f"color={bad}", f"fontcolor={bad}"] if edge.is_faulty else []
        shown = f" [{', '.join(options)}]" if options else ""
        lines.append(f"  {edge.source} -> {edge.target}{shown};")
    return ("\n".join(lines) + "\n}\n").encode()


class Colours:
    """The colours of a theme, as strings of the language."""

    def __init__(self, *, is_dark: bool) -> None:
        self.is_dark = is_dark

    def of(self, role: str) -> str:
        """Return the colour of a role."""
        shade = ROLES[role]
        return f'"{shade.dark if self.is_dark else shade.light}"'


def member_lines(
    members: Iterable[OutlineNode | Group], colours: Colours, indent: str
) -> Iterator[str]:
    """Yield the lines of nodes and groups."""
    for member in members:
        if isinstance(member, Group):
            fill = colours.of("panel") if member.is_block else '"transparent"'
            style = "filled" if member.is_block else "dashed"
            line = colours.of("rule" if member.is_block else "dim")
            just = "l" if member.is_block else "r"  # beside the arrows
            yield f"{indent}subgraph cluster_{member.name} {{"
            yield f"{indent}  label={quoted(member.title)}; style={style};"
            yield f"{indent}  color={line}; fillcolor={fill}; labeljust={just};"
            yield from member_lines(member.members, colours, f"{indent}  ")
            yield f"{indent}}}"
            continue
        line = "dim" if member.kind == "paper" else f"{member.kind}-line"
        options = [
            f"label={quoted(member.text)}",
            f"fillcolor={colours.of(member.kind)}",
            f"color={colours.of(line)}",
            *(['style="filled,rounded"'] if member.is_round else []),
            *([f"tooltip={quoted(member.title)}"] if member.title else []),
        ]
        yield f"{indent}{member.name} [{', '.join(options)}];"


def quoted(text: str) -> str:
    """Return a text as a string, in which Graphviz reads no escape and no entity of the user."""
    lines = (safe(line) for line in text.split("\n"))
    text = "\n".join(lines).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'
