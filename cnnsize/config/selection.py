"""The rules that a configuration selects, those in its ``rule-dirs`` included."""

from __future__ import annotations

from cnnsize.config.sources import DEFAULT_CONFIG, Config
from cnnsize.lint.selection import (
    RuleTable,
    Selection,
    SelectionError,
    default_selection,
    resolve_selection,
    rules,
)


def selection_of(config: Config) -> Selection:
    """Return the rules that a configuration selects.

    Raises SelectionError for a selector of no rule, and for a page in ``rule-dirs`` that cannot be
    used.
    """
    if config is DEFAULT_CONFIG:
        return default_selection()
    return resolve_selection(config.rule_choices, config.settings, rules_of(config))


def rules_of(config: Config) -> RuleTable:
    """Return the rules that ship and those of ``rule-dirs``. Raises SelectionError."""
    if not config.rule_dirs:
        return rules()
    from pathlib import Path

    from cnnsize.lint.compiler import custom_rules  # late: needs pydantic
    from cnnsize.lint.pages import BrokenPageError

    try:
        own_rules = custom_rules(map(Path, config.rule_dirs))
    except BrokenPageError as error:
        raise SelectionError(str(error)) from None
    return {**rules(), **{rule.code: rule for rule in own_rules}}
