"""Findings about layers in files that are imported: they are reported in the file that is checked."""

from __future__ import annotations

import ast

from cnnsize.models.source.findings.finding import Finding
from cnnsize.models.source.machine import Machine
from cnnsize.models.source.python.siblings import file_of, place_in
from cnnsize.models.source.values.objects import Site


def in_checked_file(machine: Machine, finding: Finding, network: ast.AST) -> Finding:
    """Return a finding with all of its places in the file that is checked.

    What is marked there is the call that leads to the imported file, else the network.
    """
    if not machine.files:
        return finding
    related = [pair for pair in finding.related if file_of(machine, pair[0]) is None]
    places = [place for place in finding.places if file_of(machine, place) is None]
    finding = finding._replace(related=tuple(related), places=tuple(places))
    path = file_of(machine, finding.node)
    if path is None:
        return finding
    error = finding.error
    layer = error.layer if error is not None else None
    site = layer.site if layer is not None else error.site if error is not None else None
    note = f"in {place_in(path, finding.node)}"
    node = call_in_checked_file(machine, site) or network
    return finding._replace(node=node, notes=(*finding.notes, note), help=(), edits=())


def call_in_checked_file(machine: Machine, site: Site | None) -> ast.AST | None:
    """Return the innermost call around a place that is in the file that is checked."""
    while site is not None:
        node = site.arguments.node
        if isinstance(node, ast.Call) and file_of(machine, node) is None:
            return node
        site = site.around
    return None
