"""The views of the page: what it shows about one network or family, as complete HTML, SVG or plain text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING

from cnnsize.html.table import layers_html, lined
from cnnsize.network import Network
from cnnsize.pictures.figure import WINDOW_FAULTS
from cnnsize.render.columns import Column
from cnnsize.render.units import byte_size
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.terminal import Style

if TYPE_CHECKING:
    from cnnsize.patterns.survey import Survey

FAMILY_WIDTH = 90  # columns
PICTURES = ("volumes", "graph", "cone", "profile")
VIEWS = (*PICTURES, "memory", "torch", "family", "members", "text")
BATCHES = (1, 8, 32, 128, 512)
View = Mapping[str, str]  # ``shown``, and its ``form``: svg, html, code or note
NOTHING: View = {"shown": "", "form": "note"}


def network_views(network: Network, text: str, theme: str) -> dict[str, Callable[[], View]]:
    """Return the views of a network by name. Each is built when it is called."""
    return {
        **{kind: lambda kind=kind: picture(network, kind, theme) for kind in PICTURES},  # type: ignore[misc]
        "memory": lambda: memory(network),
        "torch": lambda: torch_source(network),
        "text": lambda: code(text),
    }


def family_views(survey: Survey, text: str, theme: str) -> dict[str, Callable[[], View]]:
    """Return the views of a family by name."""
    from cnnsize.render.family import overview  # late: one network needs no families

    pictures = {"family": lambda: family_picture(survey, theme)} if survey.complete else {}
    return {
        **pictures,
        "members": lambda: code(overview(survey, Style(FAMILY_WIDTH))),
        "text": lambda: code(text),
    }


def code(text: str) -> View:
    """Return a view of a text that can be copied."""
    return {"shown": text, "form": "code"}


def note(text: str) -> View:
    """Return a view that says why there is nothing else."""
    return {"shown": text, "form": "note"}


def picture(network: Network, kind: str, theme: str) -> View:
    """Return a picture of a network."""
    try:
        return {"shown": network.figure(kind).svg(theme), "form": "svg"}
    except ValueError as error:
        return note(str(error))


def family_picture(survey: Survey, theme: str) -> View:
    """Return the picture of the members of a family."""
    try:
        return {"shown": survey.family.figure().svg(theme), "form": "svg"}
    except ArchitectureError as error:
        return note(error.diagnostic.message)


def tiling(network: Network, path: str | None, theme: str) -> View:
    """Return the tiling of the layer at a path; without one, of a layer whose windows do not fit."""
    step = next((step for step in network.steps if step.path == path), None)
    has_fault = any(problem.fault.code in WINDOW_FAULTS for problem in network.problems)
    if step is None and not has_fault:
        return NOTHING
    try:
        figure = network.figure("tiling", layer=step.path if step is not None else None)
    except ValueError:
        return note(f"{step.text} has no windows" if step is not None else "")
    return {"shown": figure.svg(theme), "form": "svg"}


def torch_source(network: Network) -> View:
    """Return the PyTorch source of a network."""
    try:
        return code(network.torch_source())
    except ArchitectureError as error:
        return note(f"no PyTorch source: {error.diagnostic.message}")


def memory(network: Network) -> View:
    """Return a table of the memory for batches of some sizes."""
    from cnnsize.memory import (
        UnknownSizeError,
        inference,
        training,
    )  # late: only where it is asked for

    titles = ("batch", "saved activations", "training with SGD", "training with Adam", "inference")
    rows = []
    try:
        for batch in BATCHES:
            with_sgd = training(network, batch=batch)
            with_adam = training(network, batch=batch, optimizer="adam")
            forward = inference(network, batch=batch)
            sizes = (with_sgd.activations, with_sgd.total, with_adam.total, forward.total)
            cells = "".join(f'<td class="number">{byte_size(size)}</td>' for size in sizes)
            rows.append(f'<tr><th scope="row" class="number">{batch}</th>{cells}</tr>')
    except UnknownSizeError:
        return note("the memory is not known, because the size of a layer is not")
    head = "".join(f'<th scope="col" class="number">{title}</th>' for title in titles)
    table = (
        "<table>\n<caption>Memory in float32, without workspace</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{lined(rows)}</tbody>\n</table>\n"
    )
    return {"shown": table, "form": "html"}


def layers_table(network: Network) -> str:
    """Return the table of the layers, with a class for each column in place of styles."""
    return layers_html(network, attributes=class_of)


def class_of(column: Column | None) -> str:
    """Return the classes of the cells of a column; None stands for that of the layers."""
    if column is None:
        return 'class="layer"'
    return f'class="{escape(column.name)}{" number" if column.is_number else ""}"'


def totals(network: Network) -> list[list[str]]:
    """Return the labels and the values of the totals; empty where a size is not known."""
    if network.params is None or network.macs is None or network.activations is None:
        return []
    rows = [
        ["Parameters", f"{network.params:,}"],
        ["Multiply-adds", f"{network.macs:,}"],
        ["Activations", f"{network.activations:,}"],
        ["Peak activations", f"{network.peak_activations:,}"],
    ]
    if network.receptive_field is not None:
        rows.append(["Receptive field", "x".join(f"{side:,}" for side in network.receptive_field)])
    return rows
