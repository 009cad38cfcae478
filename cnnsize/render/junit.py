"""Findings as JUnit XML: a suite a file, a case a finding, and one for each network without any.

Those that make the exit status 1 are failures; the others are cases that pass and say what they
have to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.selection import Selection, fails
from cnnsize.render.places import errors_first, file_of, message_of, path_of
from cnnsize.report.result import Report, Result
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import safe

# what XML 1.0 cannot hold, not even as a reference
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(
    made: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    suites: dict[str, list[str]] = {path_of(one.file): [] for one in made.architectures}
    failures: dict[str, int] = dict.fromkeys(suites, 0)
    for one in errors_first(made):
        suite = path_of(file_of(one))
        failed = fails(one.severity, config.fail_on)
        suites.setdefault(suite, []).append(_case(one, suite, failed))
        failures[suite] = failures.get(suite, 0) + failed
    told = {one.architecture for one in made.diagnostics}
    for index, one_network in enumerate(made.architectures):
        if index not in told:
            suites[path_of(one_network.file)].append(_clean(one_network))
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    errors = len(unreadable)
    total = sum(map(len, suites.values())) + errors
    lines.append(
        f'<testsuites name="cnnsize" tests="{total}" failures="{sum(failures.values())}" errors="{errors}">'
    )
    for suite, cases in suites.items():
        lines.append(
            f'  <testsuite name={quoted(suite)} tests="{len(cases)}" failures="{failures.get(suite, 0)}" errors="0">'
        )
        lines += cases
        lines.append("  </testsuite>")
    if unreadable:
        lines += _unread(unreadable)
    return "\n".join([*lines, "</testsuites>"])


def _case(found: Diagnostic, suite: str, failed: bool) -> str:
    place = found.location
    name = f"{found.code} {found.name} {place.line}:{place.column}"
    begin = f'    <testcase name={quoted(name)} classname={quoted(suite)} file={quoted(suite)} line="{place.line}">\n'
    text = f"{safe(suite)}:{place.line}:{place.column}: {found.severity}: {message_of(found)}"
    if failed:
        head = f"<failure type={quoted(found.severity)} message={quoted(found.summary)}>"
        return f"{begin}      {head}{escaped(text)}</failure>\n    </testcase>"
    return f"{begin}      <system-out>{escaped(text)}</system-out>\n    </testcase>"


def _clean(one: Result) -> str:
    suite = path_of(one.file)
    name = one.name or f"network at line {one.line}"
    return f'    <testcase name={quoted(name)} classname={quoted(suite)} file={quoted(suite)} line="{one.line}"/>'


def _unread(unreadable: Iterable[str]) -> list[str]:
    messages = list(unreadable)
    lines = [
        f'  <testsuite name="unreadable" tests="{len(messages)}" failures="0" errors="{len(messages)}">'
    ]
    lines += [
        f'    <testcase name={quoted(message)} classname="unreadable">\n'
        f"      <error message={quoted(message)}/>\n    </testcase>"
        for message in messages
    ]
    return [*lines, "  </testsuite>"]


def escaped(text: str) -> str:
    """Text of an element; what XML cannot hold is left out as a question mark."""
    text = FORBIDDEN.sub("?", text)
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    )


def quoted(text: str) -> str:
    """The value of an attribute, in its quotes."""
    return (
        '"'
        + escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
        + '"'
    )
