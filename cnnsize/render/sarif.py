"""Findings as SARIF 2.1.0, with each rule's page as its help and each fix as replacements."""

from __future__ import annotations

import json
import os.path
from typing import Any
from urllib.parse import quote

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.pages import BrokenPageError, UnknownRuleError, find_page
from cnnsize.lint.selection import Selection
from cnnsize.render.places import errors_first, fingerprints, message_of, path_of
from cnnsize.report.result import Report
from cnnsize.text.diagnostic import Diagnostic, Fix
from cnnsize.text.source import Source
from cnnsize.text.span import Span
from cnnsize.text.terminal import safe
from cnnsize.version import __version__

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
HOME = "https://github.com/cnnsize/cnnsize"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
# the severities of GitHub's code scanning
PROBLEMS = {"error": "error", "warning": "warning", "info": "recommendation"}


def render(
    report: Report,
    selection: Selection,
    config: Config = DEFAULT_CONFIG,
    unreadable: tuple[str, ...] = (),
) -> str:
    """Return the findings as a SARIF log."""
    diagnostics = errors_first(report)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    results = [
        _result(diagnostic, codes.index(diagnostic.code), fingerprint)
        for diagnostic, fingerprint in zip(diagnostics, fingerprints(diagnostics), strict=True)
    ]
    invocation: dict[str, Any] = {"executionSuccessful": not unreadable}
    if unreadable:
        invocation["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": safe(line)}} for line in unreadable
        ]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "cnnsize",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "informationUri": HOME,
                        "rules": [
                            _rule(
                                next(
                                    diagnostic
                                    for diagnostic in diagnostics
                                    if diagnostic.code == code
                                ),
                                selection,
                                config.rule_dirs,
                            )
                            for code in codes
                        ],
                    }
                },
                "invocations": [invocation],
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=2)


def _rule(example: Diagnostic, selection: Selection, rule_dirs: tuple[str, ...]) -> dict[str, Any]:
    code = example.code
    known_rule = selection.table.get(code)
    severity = known_rule.severity if known_rule is not None else example.severity
    rule: dict[str, Any] = {
        "id": code,
        "name": example.name,
        "shortDescription": {"text": example.name.replace("-", " ")},
        "defaultConfiguration": {
            "level": LEVELS[severity],
            "enabled": known_rule is None or known_rule.default,
        },
        "properties": {"problem.severity": PROBLEMS[severity], "precision": "high"},
    }
    if known_rule is not None and known_rule.family is not None:
        rule["properties"]["tags"] = [known_rule.family]
    if example.url:
        rule["helpUri"] = example.url
    try:
        page = find_page(code, rule_dirs)
    except (UnknownRuleError, BrokenPageError):
        rule["help"] = {"text": example.name.replace("-", " ")}
        return rule
    rule["shortDescription"] = {"text": page.summary}
    rule["fullDescription"] = {"text": _first_words(page.body)}
    rule["help"] = {"text": page.body, "markdown": page.body}
    return rule


def _first_words(body: str) -> str:
    """Return the first paragraph of a page that is not a heading."""
    paragraphs = (" ".join(part.split()) for part in body.split("\n\n"))
    return next((part for part in paragraphs if part and not part.startswith("#")), body.strip())


def _result(diagnostic: Diagnostic, rule_index: int, fingerprint: str) -> dict[str, Any]:
    source = diagnostic.source or Source("")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule_index,
        "level": LEVELS[diagnostic.severity],
        "message": {"text": message_of(diagnostic)},
        "locations": [{"physicalLocation": _place(source, diagnostic.span)}],
        "partialFingerprints": {"cnnsize/v1": fingerprint},
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": safe(label.message) or "here"},
                "physicalLocation": _place(label.source or source, label.span),
            }
            for number, label in enumerate(diagnostic.related)
        ]
    if diagnostic.fixes:
        result["fixes"] = [_fix(fix, source) for fix in diagnostic.fixes]
    return result


def _fix(fix: Fix, source: Source) -> dict[str, Any]:
    return {
        "description": {"text": safe(fix.message)},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(source.file),
                "replacements": [
                    {
                        "deletedRegion": _region(source, edit.span),
                        "insertedContent": {"text": edit.text},
                    }
                    for edit in fix.edits
                ],
            }
        ],
        "properties": {"applicability": fix.applicability},
    }


def _place(source: Source, span: Span) -> dict[str, Any]:
    region = _region(source, span)
    if source.file is None:
        region["snippet"] = {"text": source.text[span.start : span.end]}
    return {"artifactLocation": _artifact(source.file), "region": region}


def _region(source: Source, span: Span) -> dict[str, Any]:
    start, end = source.positions(span)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }


def _artifact(file: str | None) -> dict[str, str]:
    """Return the location of a file: relative to the root of the sources, or absolute outside it."""
    path = path_of(file)
    if path.startswith("<"):
        return {"uri": path.strip("<>")}
    if os.path.isabs(path):
        return {
            "uri": "file://"
            + quote(_bytes(path if path.startswith("/") else f"/{path}"), safe="/:")
        }
    return {"uri": quote(_bytes(path)), "uriBaseId": "%SRCROOT%"}


def _bytes(path: str) -> bytes:
    """Return the bytes of a file name, in which bytes that are not UTF-8 are surrogates."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")
