"""Findings as JUnit XML: a suite per file, a case per finding, and one per network without any.

A finding that makes the exit status 1 is a failure. Any other is a case that passes, with the
finding as its output.
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

# Characters that XML 1.0 cannot hold, not even as a reference.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the findings as an XML document."""
    suites: dict[str, list[str]] = {path_of(result.file): [] for result in report.architectures}
    failures: dict[str, int] = dict.fromkeys(suites, 0)
    for diagnostic in errors_first(report):
        suite = path_of(file_of(diagnostic))
        failed = fails(diagnostic.severity, config.fail_on)
        suites.setdefault(suite, []).append(_case(diagnostic, suite, failed=failed))
        failures[suite] = failures.get(suite, 0) + failed
    with_findings = {diagnostic.architecture for diagnostic in report.diagnostics}
    for index, result in enumerate(report.architectures):
        if index not in with_findings:
            suites[path_of(result.file)].append(_passing_case(result))
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
        lines += _unreadable_suite(unreadable)
    return "\n".join([*lines, "</testsuites>"])


def _case(diagnostic: Diagnostic, suite: str, *, failed: bool) -> str:
    location = diagnostic.location
    name = f"{diagnostic.code} {diagnostic.name} {location.line}:{location.column}"
    opening = f'    <testcase name={quoted(name)} classname={quoted(suite)} file={quoted(suite)} line="{location.line}">\n'
    text = f"{safe(suite)}:{location.line}:{location.column}: {diagnostic.severity}: {message_of(diagnostic)}"
    if failed:
        head = f"<failure type={quoted(diagnostic.severity)} message={quoted(diagnostic.summary)}>"
        return f"{opening}      {head}{escaped(text)}</failure>\n    </testcase>"
    return f"{opening}      <system-out>{escaped(text)}</system-out>\n    </testcase>"


def _passing_case(result: Result) -> str:
    suite = path_of(result.file)
    name = result.name or f"network at line {result.line}"
    return f'    <testcase name={quoted(name)} classname={quoted(suite)} file={quoted(suite)} line="{result.line}"/>'


def _unreadable_suite(unreadable: Iterable[str]) -> list[str]:
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
    """Escape the text of an element; a character that XML cannot hold becomes a question mark."""
    text = FORBIDDEN.sub("?", text)
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    )


def quoted(text: str) -> str:
    """Return the value of an attribute, escaped and in quotes."""
    return (
        '"'
        + escaped(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
        + '"'
    )
