"""Rewrite informal text in the strict notation, with a map back to what was written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cnnsize.language.foreign import refuse_foreign
from cnnsize.language.informal.brackets import Reader
from cnnsize.language.informal.tokens import DraftGroup, DraftJoin, DraftLayer, Element, Respelling
from cnnsize.text.span import Piece, PieceMap, Span


@dataclass(frozen=True, slots=True)
class Informal:
    """Strict text and where it came from."""

    text: str
    map: PieceMap
    readings: tuple[Respelling, ...]
    notes: tuple[str, ...]


def to_strict(
    text: str, blocks: frozenset[str] = frozenset(), lines_join: bool = False
) -> Informal:
    """The strict text of an informal one. Raises ArchitectureError with spans of ``text``."""
    refuse_foreign(text)
    where = re.search(r"(?:(?<=\s)|^)where\s+(?=[^\W\d]\w*\s*(?:=|in\b))", text)
    body = text[: where.start()] if where else text
    reader = Reader(body, blocks, lines_join)
    named = re.match(r"\s*([^\W\d]\w*)\s{0,99}(\([^()]*\))?\s{0,99}=(?![>=])\s*", reader.text)
    pieces: list[Piece] = []
    out: list[str] = []
    length = 0

    def emit(part: str, span: Span, verbatim: bool = False) -> None:
        nonlocal length
        pieces.append(Piece(length, span, verbatim))
        out.append(part)
        length += len(part)

    if named:
        emit(named[0], Span(*named.span()), True)
        reader.tokens = [token for token in reader.tokens if token.start >= named.end()]
    if not any(token.kind not in ("line",) for token in reader.tokens):
        reader.fail("there is no architecture in this text", Span(0, len(text)))
    items = reader.sequence(len(reader.tokens))
    if not items:
        reader.fail("there is no architecture in this text", Span(0, len(text)))
    while (
        len(items) == 1
        and isinstance(items[0], DraftGroup)
        and not (items[0].count or items[0].optional or items[0].declared)
    ):
        items = items[0].items  # brackets round the whole string
    reader.number_steps()

    def unwrap(elements: list[Element]) -> list[Element]:
        """INPUT out of its bracket: [INPUT] -> ..., (input -> conv) -> fc."""
        first = elements[0]
        if isinstance(first, DraftGroup) and first.count is None and first.optional is None:
            inner = unwrap(first.items)
            if isinstance(inner[0], DraftLayer) and inner[0].kind == "INPUT":
                return [*inner, *elements[1:]]
        return elements

    def suffix(item: Element, end: int) -> None:
        if item.count is not None:
            emit(f"*{item.count[0]}", item.count[1])
        if item.optional is not None:
            emit("?", item.optional)
        if item.declared is not None:
            emit(": ", Span(end, end))
            emit(item.declared[0], item.declared[1])

    def chain(elements: list[Element]) -> None:
        previous: Element | None = None
        for item in elements:
            if previous is not None:
                emit(" -> ", Span(previous.span.end, max(previous.span.end, item.span.start)))
            element(item)
            previous = item

    def element(item: Element) -> None:
        if isinstance(item, DraftLayer):
            strict = reader.strict(item)
            written = text[item.span.start : item.span.end]
            if strict != written and item.verbatim is None:
                reader.readings.append(Respelling(item.span, written, strict))
            emit(strict, item.span, strict == written)
        elif isinstance(item, DraftJoin):
            emit(item.op + "{", item.span)
            for index, branch in enumerate(item.branches):
                if index:
                    emit(" | ", item.span)
                if branch:
                    chain(branch)
                else:
                    emit("ID", item.span)
            emit("}", item.span)
        else:
            assert item.opened is not None and item.closed is not None
            emit("[", item.opened.span)
            chain(item.items)
            emit("]", item.closed.span)
            only = item.items[0]
            if (
                len(item.items) == 1
                and isinstance(only, DraftLayer)
                and not item.count
                and not item.optional
            ):
                reader.note(
                    f"[{reader.strict(only)}] is that layer once; optional is spelled {reader.strict(only)}?"
                )
        suffix(item, item.span.end)

    chain(unwrap(items))
    for step in reader.steps:
        if step.kind == "LOSS":
            reader.note(f"{step.written} is a loss: it belongs to training and changes no volume")
    if where:
        emit(" ", Span(where.start(), where.start()))
        emit(text[where.start() :], Span(where.start(), len(text)), True)
    readings = tuple(sorted(set(reader.readings)))
    return Informal("".join(out), PieceMap(pieces), readings, tuple(reader.notes))
