"""The keys of a rule page's front matter, and what must hold between them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cnnsize.layers import JOINS, KINDS
from cnnsize.lint.pages import FrontMatter, front_matter
from cnnsize.text.english import alternatives
from cnnsize.text.suggest import nearest

SETTINGS = ("rounding", "target", "hardware", "loss", "budget")


class Source(BaseModel):
    """The source of a rule: a paper, a chapter of the CS231n notes, a page of documentation."""

    model_config = ConfigDict(extra="forbid", strict=True)
    id: str
    where: str
    url: str


class RuleFront(BaseModel):
    """The front matter of a page. ``Rule`` says what the keys mean."""

    model_config = ConfigDict(extra="forbid", strict=True)
    code: str
    name: str
    summary: str | None = None
    severity: Literal["error", "warning", "info"]
    default: bool
    fix: Literal["safe", "unsafe", "none"]
    since: str
    scope: Literal["layer", "network", "text", "core", "code"]
    layers: list[str] = []
    when: str | None = None
    check: str | None = None
    message: str | None = None
    label: str | None = None
    note: str | None = None
    help: str | None = None
    fixer: str | None = None
    setting: str | None = None
    sources: list[Source] = []


def read_front(path: Path, *, ours: bool) -> tuple[RuleFront, FrontMatter]:
    """Read and validate the front matter of a page; ``ours`` for a rule that cnnsize ships.

    Raises BrokenPageError with the file, the line and the key.
    """
    raw = front_matter(path)
    try:
        front = RuleFront.model_validate(raw.values)
    except ValidationError as error:
        first = error.errors()[0]
        location = first["loc"]
        key = ".".join(map(str, location))
        if first["type"] == "extra_forbidden":
            keys = list((Source if len(location) > 1 else RuleFront).model_fields)
            hint = suggestion(str(location[-1]), keys) or f"; the keys are {', '.join(keys)}"
            raise raw.broken(str(location[0]), f"unknown key {key}{hint}") from None
        message = first["msg"]
        message = "is missing" if first["type"] == "missing" else message[0].lower() + message[1:]
        raise raw.broken(str(location[0]), f"{key}: {message}") from None
    _check_names(front, raw, ours=ours)
    if front.scope in ("core", "code"):
        if not ours:
            message = f"scope: only rules of cnnsize itself have the scope {front.scope}"
            raise raw.broken("scope", message)
    else:
        _check_logic(front, raw)
    return front, raw


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean ...?`` with the words nearest to an unknown one, or nothing."""
    similar = nearest(word, known)
    return f"; did you mean {alternatives(similar)}?" if similar else ""


def _check_names(front: RuleFront, raw: FrontMatter, *, ours: bool) -> None:
    """Check the code, the name and the layers."""
    if not re.fullmatch(r"[A-Z]{2,8}[0-9]{3}", front.code):
        raise raw.broken(
            "code",
            f"code: {front.code!r} must be 2 to 8 capital letters and 3 digits, such as TEAM001",
        )
    if front.code.startswith("CNN") != ours:
        raise raw.broken("code", "code: codes with CNN are reserved for cnnsize; use other letters")
    if not re.fullmatch(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", front.name):
        raise raw.broken(
            "name",
            f"name: {front.name!r} must be lower-case words with hyphens, such as unusual-pool",
        )
    for kind in front.layers:
        if kind not in KINDS and kind not in JOINS:
            hint = suggestion(kind.upper(), (*KINDS, *JOINS))
            raise raw.broken("layers", f"layers: unknown layer {kind}{hint}")
    if front.layers and front.scope != "layer":
        raise raw.broken("layers", "layers: only a rule with the scope layer can name layers")


def _check_logic(front: RuleFront, raw: FrontMatter) -> None:
    """Check that the condition, the check, the message and the fixer fit together."""
    if (front.when is None) == (front.check is None):
        raise raw.broken(
            "when" if front.when else "scope",
            "a rule needs either a condition (when) or a check",
        )
    if front.scope == "text" and front.check is None:
        raise raw.broken("when", "when: a rule with the scope text needs a check")
    if front.message is None:
        raise raw.broken("scope", "message: is missing")
    if front.fix == "none" and front.fixer is not None:
        raise raw.broken("fixer", 'fixer: not allowed with fix = "none"')
    if front.setting is not None and front.setting.partition("=")[0] not in SETTINGS:
        raise raw.broken(
            "setting", f"setting: {front.setting!r} is not one of {', '.join(SETTINGS)}"
        )
