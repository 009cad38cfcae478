"""``cnnsize.check``: the report on a text, for callers of the library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsize.files.document import Document
from cnnsize.language.parsed import Failed, ParsedArchitecture
from cnnsize.lint.selection import (
    RuleChoice,
    Selection,
    SelectionError,
    resolve_selection,
    rules,
)
from cnnsize.reading.pick import find_network
from cnnsize.record import public
from cnnsize.report.make import report
from cnnsize.report.result import Report
from cnnsize.report.texts import Texts, read_documents
from cnnsize.sizing.arguments import (
    refuse_misspelt_keywords,
    require_instance,
    require_optional_text,
    require_settings,
    require_text,
    volume_of,
)
from cnnsize.sizing.letters import free_letters
from cnnsize.sizing.settings import TORCH, Settings
from cnnsize.text.diagnostic import ArchitectureError
from cnnsize.text.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence


KEYWORDS = ("input", "name", "settings", "select", "ignore", "selection")  # of check()


@public
def check(
    text: str,
    *,
    input: tuple[int, int, int] | None = None,
    name: str | None = None,
    settings: Settings = TORCH,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    selection: Selection | None = None,
    **values: int | Sequence[int],
) -> Report:
    """Size every network of a text and collect all diagnostics. Bad text never raises.

    ``input`` is (W, H, D) and replaces the size in INPUT. ``name`` picks one network. ``values`` are
    numbers or ranges for letters, as in ``check(text, N=3)``. Where letters or ``?`` remain free,
    every member of the family is checked. ``select`` and ``ignore`` are the rules to apply and to
    leave out, by code, name or beginning of codes, as in ``ignore=["CNN4"]``; ``selection`` is a
    whole configuration in their place. Raises TypeError or ValueError for other arguments.
    """
    require_text("check", text)
    require_optional_text("name", name)
    require_settings(settings)
    if selection is not None:
        require_instance("selection", selection, Selection, "None selects the default rules")
    elif select is not None or ignore:
        selection = _selection(select, ignore, settings)
    volume = None if input is None else volume_of(input)
    texts = read_documents([Document(text)])
    if values:
        refuse_misspelt_keywords("check", values, _letters(texts), KEYWORDS)
    if name is not None:
        try:
            texts = texts.only([find_network(texts.architectures, name)])
        except ArchitectureError as error:
            texts = Texts([Failed(Source(text), error.diagnostic)])
    return report(texts, input=volume, values=values, settings=settings, selection=selection)


def _selection(
    select: Sequence[str] | None, ignore: Sequence[str], settings: Settings
) -> Selection:
    """Return the rules that a caller selects. Raises ValueError for a selector of no rule."""
    for key, selectors in (("select", select), ("ignore", ignore)):
        if isinstance(selectors, str):
            raise TypeError(f"{key} must be a list of codes, as in {key}=[{selectors!r}]")
    chosen = None if select is None else tuple(select)
    choice = RuleChoice("check()", select=chosen, ignore=tuple(ignore))
    try:
        return resolve_selection((choice,), settings, rules())
    except SelectionError as error:
        raise ValueError(str(error)) from None


def _letters(texts: Texts) -> set[str]:
    """Return the letters of all networks of a text."""
    return {
        letter
        for architecture in texts.architectures
        if isinstance(architecture, ParsedArchitecture)
        for letter in free_letters(architecture.chain)
    }
