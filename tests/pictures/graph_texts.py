"""Small readers of the two languages of graphs, which refuse what they do not know."""

from __future__ import annotations

import html
import re
from typing import NamedTuple


class GraphText(NamedTuple):
    """The texts of the nodes by name, the edges with their labels, and the texts of the groups."""

    nodes: dict[str, str]
    edges: list[tuple[str, str, str]]
    groups: list[str]


STRING = r'"(?:[^"\\]|\\.)*"'
DOT_TOKENS = re.compile(rf"\s*({STRING}|->|[\w.]+|[\[\]{{}}=,;])")


def dot_string(token: str) -> str:
    """Return the text of a string of dot."""
    text = re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match[1], match[1]), token.strip('"'))
    return html.unescape(text)


def read_dot(text: str) -> GraphText:
    """Read a digraph."""
    tokens = []
    place = 0
    while text[place:].strip():
        token = DOT_TOKENS.match(text, place)
        assert token, text[place : place + 40]
        tokens.append(token[1])
        place = token.end()
    assert tokens[0] == "digraph"
    assert tokens[2] == "{"
    graph = GraphText({}, [], [])
    end = read_statements(tokens, 3, graph)
    assert end == len(tokens)
    return graph


def read_statements(tokens: list[str], place: int, graph: GraphText) -> int:
    """Read statements up to the bracket that ends them, and return the place after it."""
    while tokens[place] != "}":
        name, following = tokens[place], tokens[place + 1]
        if name == "subgraph":
            assert following.startswith("cluster_")
            assert tokens[place + 2] == "{"
            place = read_statements(tokens, place + 3, graph)
            continue
        target = ""
        if following == "=":  # an attribute of a group
            if name == "label":
                graph.groups.append(dot_string(tokens[place + 2]))
            place += 3
        else:
            if following == "->":
                target = tokens[place + 2]
                place += 2
            place, options = read_options(tokens, place + 1)
            if target:
                graph.edges.append((name, target, dot_string(options.get("label", ""))))
            elif name not in ("graph", "node", "edge"):
                assert name not in graph.nodes
                graph.nodes[name] = dot_string(options["label"])
        assert tokens[place] == ";"
        place += 1
    return place + 1


def read_options(tokens: list[str], place: int) -> tuple[int, dict[str, str]]:
    """Read the options in brackets, if there are any."""
    options: dict[str, str] = {}
    if tokens[place] != "[":
        return place, options
    while tokens[place] != "]":
        assert tokens[place] in "[,"
        name, sign, value = tokens[place + 1 : place + 4]
        assert sign == "="
        options[name] = value
        place += 4
    return place + 1, options


MERMAID_LINES = {
    "start": r"flowchart TD",
    "about": r"acc(?:Title|Descr): .*",
    "node": r'(\w+)(?:\("([^"]*)"\)|\["([^"]*)"\])',
    "edge": r'(\w+) -->(?:\|"([^"]*)"\|)? (\w+)',
    "group": r'subgraph \w+\["([^"]*)"\]',
    "direction": r"direction TB",
    "end": r"end",
    "colours": r"classDef \w+ fill:#\w{6},stroke:#\w{6},color:#\w{6}",
    "frame": r"classDef frame fill:none,stroke:#\w{6},stroke-dasharray:5 3",
    "class": r"class [\w,]+ \w+",
}
MEANINGFUL = re.compile(r"[<>`*_~]|&(?!\w)|#(?!\d+;)")


def mermaid_string(text: str) -> str:
    """Return the text of a string of Mermaid."""
    assert not MEANINGFUL.search(text.replace("<br>", "")), text
    return re.sub(r"#(\d+);", lambda match: chr(int(match[1])), text.replace("<br>", "\n"))


def read_mermaid(text: str) -> GraphText:
    """Read a flowchart."""
    graph = GraphText({}, [], [])
    depth = 0
    for number, line in enumerate(text.splitlines()):
        matches = {
            name: match
            for name, pattern in MERMAID_LINES.items()
            if (match := re.fullmatch(pattern, line.strip()))
        }
        assert len(matches) == 1, line
        assert ("start" in matches) == (number == 0)
        if match := matches.get("node"):
            assert match[1] not in graph.nodes
            graph.nodes[match[1]] = mermaid_string(match[2] or match[3] or "")
        elif match := matches.get("edge"):
            graph.edges.append((match[1], match[3], mermaid_string(match[2] or "")))
        elif match := matches.get("group"):
            graph.groups.append(mermaid_string(match[1]))
        depth += ("group" in matches) - ("end" in matches)
        assert depth >= 0
    assert depth == 0
    return graph
