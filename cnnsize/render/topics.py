"""The topics that ``cnnsize explain`` knows besides the rules: layers, options and terms.

Their text is in ``guide/reference``: one Markdown section for each topic. Names that the notation
accepts besides the canonical one are added from the tables of the language.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from cnnsize.layers.names import ALIASES, OPTION_WORDS, SEPARABLE
from cnnsize.lint.catalogue import BY_CODE
from cnnsize.lint.pages import Page

REFERENCE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "guide", "reference")
HEADING = re.compile(r"(?m)^## ([^(\n]+?)(?: \((.*)\))?$")


class Topic(NamedTuple):
    """A section of the reference. ``others`` are more names of the same thing."""

    name: str
    group: str  # 'layer', 'option' or 'term'
    others: tuple[str, ...]
    body: str

    def markdown(self) -> str:
        """Return the topic as a page, with its other names."""
        lines = [f"# {self.name} ({self.group})", "", self.body]
        if self.others:
            listed = ", ".join(
                f"`{name}`" if self.group != "term" else name for name in self.others
            )
            lines += [
                "",
                f"Also written: {listed}." if self.group != "term" else f"Also: {listed}.",
            ]
        return "\n".join(lines)


def layers() -> list[Topic]:
    """Return the topics of all layers and joins."""
    return [
        Topic(name, "layer", others_of(name, ALIASES), body) for name, _, body in sections("layers")
    ]


def options() -> list[Topic]:
    """Return the topics of all options of layers."""
    return [
        Topic(name, "option", others_of(name, OPTION_WORDS), body)
        for name, _, body in sections("options")
    ]


def terms() -> list[Topic]:
    """Return the topics of all terms."""
    return [
        Topic(name, "term", tuple(others.split(", ")) if others else (), body)
        for name, others, body in sections("terms")
    ]


def all_topics() -> list[Topic]:
    """Return every topic. Where two have the same name, the first one is meant."""
    return [*layers(), *terms(), *options()]


def sections(stem: str) -> list[tuple[str, str, str]]:
    """Return (name, other names, text) of every section of a page of the reference."""
    with open(os.path.join(REFERENCE, f"{stem}.md"), encoding="utf-8") as file:
        parts = HEADING.split(file.read())
    return [
        (name, others or "", body.strip())
        for name, others, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    ]


def others_of(name: str, words: dict[str, str]) -> tuple[str, ...]:
    """Return the words that mean ``name``, without the word itself."""
    return tuple(
        word
        for word, meaning in words.items()
        if meaning == name and word.lower() != name.lower() and word not in SEPARABLE
    )


def plain(name: str) -> str:
    """Return a name as names are compared: ``Max-Pool 2D`` and ``maxpool2d`` are one."""
    return re.sub(r"[\s_-]+", "", name).lower()


def find_topic(name: str) -> Topic | None:
    """Return the topic with this name or other name; None if there is none.

    The exact letter case comes first: ``D`` is the dilation.
    """
    topics = all_topics()
    exact = [topic for topic in topics if topic.name == name.strip()]
    if exact:
        return exact[0]
    spellings: dict[str, Topic] = {}
    for topic in topics:  # a name of a topic counts before the other names of all topics
        spellings.setdefault(plain(topic.name), topic)
    for topic in topics:
        for other in topic.others:
            spellings.setdefault(plain(other), topic)
        if topic.name == "depthwise separable convolution":
            spellings.update((plain(word), topic) for word in SEPARABLE)
    wanted = plain(name)
    for candidate in (wanted, wanted.removeprefix("nn."), wanted.removesuffix("s")):
        if candidate in spellings:
            return spellings[candidate]
    return None


# How a page marks the findings that its examples must have, for the tests.
DIRECTIVE = re.compile(r"(?m)^# expect .*\n")


def rule_markdown(page: Page) -> str:
    """Return the page of a rule for a reader: a line of its settings, its text and its sources."""
    heading, _, text = page.body.partition("\n")
    rule = BY_CODE.get(page.code)
    setting = rule.setting if rule is not None else None
    state = (
        "on by default" if page.default else f"on with {setting}" if setting else "off by default"
    )
    fix = {"safe": "has a safe fix", "unsafe": "has an unsafe fix", "none": "no automatic fix"}
    facts = f"{page.severity} · {state} · {fix[page.fix]} · since {page.since}"
    text = DIRECTIVE.sub("", text).replace("```cnn bad", "```cnn")
    lines = [heading, "", facts, text.rstrip()]
    if page.sources:
        lines += ["", "## Sources", ""]
        lines += [
            f"- {source['id']}, {source['where']}: {source['url']}" for source in page.sources
        ]
    return "\n".join(lines)
