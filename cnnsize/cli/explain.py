"""``cnnsize explain``, ``help`` and ``rules``: the pages about rules, layers, options and terms."""

from __future__ import annotations

import os
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cnnsize.cli.errors import fail
from cnnsize.cli.flags import (
    Choice,
    color_option,
    config_option,
    isolated_option,
    page_format_option,
)
from cnnsize.cli.help import Command, section
from cnnsize.cli.options import Options, load_config, use_colour
from cnnsize.cli.output import style_of, write
from cnnsize.lint.selection import SelectionError, matching_codes
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest
from cnnsize.text.terminal import safe

if TYPE_CHECKING:
    from cnnsize.lint.pages import Page
    from cnnsize.lint.selection import Selection


@click.command(cls=Command)
@click.argument("topic", nargs=-1, metavar="[RULE or TOPIC]")
@page_format_option
@color_option
def explain(topic: tuple[str, ...], output_format: str, color: str) -> None:
    """Explain a rule, a layer, an option or a term.

    Examples: cnnsize explain CNN101, explain fractional-output, explain CONV, explain padding,
    explain receptive field. Without an argument, list everything that can be explained.
    """
    name = " ".join(topic).strip()
    if not name:
        write(list_of_topics(), Options.plain())
        return
    explanation = find_explanation(name)
    if output_format == "json":
        import json

        click.echo(json.dumps(explanation.data, indent=2))
        return
    write_page(explanation.markdown, color)


class Explanation(NamedTuple):
    """A page for the terminal, and its parts for JSON."""

    markdown: str
    data: dict[str, Any]


def find_explanation(name: str) -> Explanation:
    """Return the page of a rule, a layer, an option, a term or a topic of the guide.

    An unknown name is a usage error that says what has a similar name.
    """
    from cnnsize.render.topics import find_topic, rule_markdown

    page = find_rule(name)
    if page is not None:
        return Explanation(rule_markdown(page), asdict(page))
    topic = find_topic(name)
    if topic is not None:
        return Explanation(topic.markdown(), topic._asdict())
    if name.lower() in guide_topics():
        body = page_of(name.lower()).rstrip("\n")
        return Explanation(body, {"name": name.lower(), "group": "guide", "body": body})
    fail(unknown_topic(name))


def find_rule(name: str) -> Page | None:
    """Return the page of a rule, also of one in the ``rule-dirs`` of the configuration."""
    from cnnsize.lint.pages import BrokenPageError, UnknownRuleError, find_page

    try:
        return find_page(name)
    except UnknownRuleError:
        pass
    folders = load_config((), {}, isolated=False)[0].rule_dirs
    try:
        return find_page(name, folders) if folders else None
    except UnknownRuleError:
        return None
    except BrokenPageError as error:
        fail(str(error))


def unknown_topic(name: str) -> str:
    """Return the message for a name that nothing has: what it may be, or what is similar."""
    from cnnsize.layers.names import NOT_OURS
    from cnnsize.lint.pages import all_pages
    from cnnsize.render.topics import all_topics, plain
    from cnnsize.zoo import index

    reason = NOT_OURS.get(plain(name).upper())
    if reason is not None:
        return f"{safe(name)} is not a layer of the notation; {reason}"
    if name.lower() in index():
        return f"{name.lower()} is a network; `cnnsize zoo {name.lower()}` prints it"
    known = [page.name for page in all_pages()] + [page.code for page in all_pages()]
    known += [spelling for topic in all_topics() for spelling in (topic.name, *topic.others)]
    known += guide_topics()
    lower = {spelling.lower(): spelling for spelling in reversed(known)}
    beginnings = [key for key in sorted(lower) if key.startswith(name.lower())][:3]
    similar = [lower[key] for key in beginnings or nearest(name.lower(), lower)]
    hint = "; `cnnsize explain` lists all rules and topics"
    if similar:
        hint = f"; did you mean {alternatives(map(repr, similar))}?"
    return f"unknown rule or topic {safe(name)!r}{hint}"


def list_of_topics() -> str:
    """Return all names that can be explained, in groups."""
    from cnnsize.lint.pages import all_pages
    from cnnsize.render.topics import layers, options, terms

    groups = (
        ("Layers", [topic.name for topic in layers()]),
        ("Options", [topic.name for topic in options()]),
        ("Terms", [topic.name for topic in terms()]),
        ("Guide", guide_topics()),
        ("Rules", [page.name for page in all_pages()]),
    )
    width = style_of(Options.plain()).width
    lines = ["Usage: cnnsize explain RULE or TOPIC"]
    for heading, names in groups:
        listed = textwrap.fill(
            ", ".join(names),
            width,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += ["", f"{heading}:", listed]
    return "\n".join(lines)


def write_page(markdown: str, color: str) -> None:
    """Print a Markdown page: formatted on a terminal, unchanged elsewhere."""
    plain = Options.plain(colour=use_colour(color, None))
    if not plain.colour:
        write(markdown, plain)
        return
    from cnnsize.render.markdown import formatted  # late: only coloured pages need rich

    write(formatted(markdown, style_of(plain).width), plain)


GUIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "guide")


@click.command(name="help", cls=Command)
@click.argument("topic", nargs=-1, metavar="[TOPIC]")
@color_option
def guide(topic: tuple[str, ...], color: str) -> None:
    """Print a page of the guide, or list its pages.

    TOPIC may also be whatever cnnsize explain knows: a rule, a layer, an option or a term.
    """
    name = " ".join(topic).strip()
    topics = guide_topics()
    if not name:
        width = max(map(len, topics))
        lines = [f"  {name:{width}}  {title_of(name)}" for name in topics]
        more = "`cnnsize explain` lists the layers, options, terms and rules that have a page."
        write(
            "\n".join(["Usage: cnnsize help TOPIC", "", "Topics:", *lines, "", more]),
            Options.plain(),
        )
        return
    if name.lower() in topics:
        write_page(page_of(name.lower()).rstrip("\n"), color)
        return
    write_page(find_explanation(name).markdown, color)


def guide_topics() -> list[str]:
    """Return the names of the pages of the guide."""
    return sorted(name.removesuffix(".md") for name in os.listdir(GUIDE) if name.endswith(".md"))


def page_of(topic: str) -> str:
    """Return the Markdown text of a page of the guide."""
    with open(os.path.join(GUIDE, f"{topic}.md"), encoding="utf-8") as file:
        return file.read()


def title_of(topic: str) -> str:
    """Return the heading of a page of the guide."""
    return page_of(topic).split("\n", 1)[0].removeprefix("# ")


@click.command(name="rules", cls=Command)
@click.argument("selectors", nargs=-1, metavar="[RULES]...")
@section(
    "Filters",
    click.option(
        "--severity",
        type=Choice(("error", "warning", "info")),
        help="List only rules of this severity.",
    ),
    click.option("--fixable", is_flag=True, help="List only rules that have an automatic fix."),
    click.option("--on", "state", flag_value="on", help="List only rules that are on."),
    click.option("--off", "state", flag_value="off", help="List only rules that are off."),
)
@page_format_option
@config_option
@isolated_option
def list_rules(
    selectors: tuple[str, ...],
    severity: str | None,
    fixable: bool,
    state: str | None,
    output_format: str,
    config: tuple[str, ...],
    isolated: bool,
) -> None:
    """List the rules: severity, whether they are on, fixes, description.

    RULES choose as --select does: a code, a name, a prefix (CNN1) or a family (shape). A dash means
    off. Such a rule is on when it is selected, or when the option that it needs is configured.
    """
    configuration, selection = load_config(config, {}, isolated=isolated)
    chosen = chosen_codes(selectors, selection)
    summaries = summaries_of(configuration.rule_dirs)
    rows = [
        RuleRow(
            code,
            rule.name,
            selection.levels.get(code, rule.severity),
            code in selection.codes,
            rule.default,
            rule.fix,
            summaries[code],
        )
        for code, rule in sorted(selection.table.items())
        if code in chosen
    ]
    rows = [row for row in rows if row.matches(severity=severity, fixable=fixable, state=state)]
    if output_format == "json":
        import json

        write(json.dumps([row._asdict() for row in rows], indent=2), Options.plain())
        return
    write(rule_table(rows), Options.plain())


class RuleRow(NamedTuple):
    """A rule in the list of rules. The names are the keys of its JSON."""

    code: str
    name: str
    severity: str
    selected: bool
    default: bool
    fix: str
    summary: str

    def matches(self, *, severity: str | None, fixable: bool, state: str | None) -> bool:
        """Return whether the rule passes all filters; None filters nothing."""
        return (
            (severity is None or self.severity == severity)
            and (not fixable or self.fix != "none")
            and (state is None or self.selected == (state == "on"))
        )


def chosen_codes(selectors: tuple[str, ...], selection: Selection) -> set[str]:
    """Return the codes that the selectors choose; all of them without a selector."""
    words = [word for selector in selectors for word in selector.split(",")]
    try:
        matches = [matching_codes(word, selection.table, "RULES")[0] for word in words or ["ALL"]]
    except SelectionError as error:
        fail(str(error))
    return set().union(*matches)


def summaries_of(folders: tuple[str, ...]) -> dict[str, str]:
    """Return the one-line description of every rule, those in ``folders`` included."""
    from cnnsize.lint.pages import every_page

    return {page.code: page.summary for page in every_page(folders)}


def rule_table(rows: list[RuleRow]) -> str:
    """Return the rules as a table: each description in its row, or below it if that is narrow."""
    if not rows:
        return "no rule matches"
    code_width = max(len(row.code) for row in rows)
    name_width = max(len(row.name) for row in rows)
    heads = [
        f"{row.code:{code_width}}  {row.name:{name_width}}  {row.severity:7}  "
        f"{'on' if row.selected else '-':2}  {row.fix if row.fix != 'none' else '':6}"
        for row in rows
    ]
    widest = max(len(head) + 2 + len(row.summary) for head, row in zip(heads, rows, strict=True))
    if widest <= style_of(Options.plain()).width:
        lines = [f"{head}  {row.summary}" for head, row in zip(heads, rows, strict=True)]
    else:
        indent = " " * (code_width + 2)
        lines = [
            f"{head.rstrip()}\n{indent}{row.summary}" for head, row in zip(heads, rows, strict=True)
        ]
    count = "1 rule" if len(rows) == 1 else f"{len(rows)} rules"
    return "\n".join([*lines, "", f"{count}; `cnnsize explain CODE` explains one"])
