"""A TextMate grammar of the notation, for editors that highlight with one.

VS Code and Sublime Text do, and the sites that use Linguist. Its words are those of the language's
tables, as in ``cnnsize.lexer``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnnsize.layers.names import ALIASES, BRANCHING, OPTION_WORDS

WORD = r"[^\W\d]\w*"


def grammar() -> dict[str, object]:
    """Return the grammar; dumped as JSON it is a ``cnn.tmLanguage.json``."""
    layers, options = alternatives(ALIASES), alternatives(OPTION_WORDS)
    patterns = [
        (r"(#|//).*$", "comment.line.number-sign.cnn"),
        (rf"^\s*{WORD}(?=[ \t]*(\([^()=]*\))?[ \t]*=(?!>))", "entity.name.function.cnn"),
        (rf"\b({alternatives(BRANCHING)})(?=\s*\{{)", "keyword.control.cnn"),
        (r"\bID\b", "constant.language.cnn"),
        (r"\b(where|in|step)\b", "keyword.other.cnn"),
        (rf"(?i)\b({options})(?=\s*=(?!>))", "variable.parameter.cnn"),
        (r"(?i)\b(same|valid|yes|no|true|false|none)\b", "constant.language.cnn"),
        (rf"(?i)(?<!\w)({layers})(?![^\W\d])", "support.type.cnn"),
        (rf"{WORD}(?=\()", "entity.name.function.cnn"),
        (r"->|=>|→|⇒|\.\.\.|[*?|=+\-/<>%]", "keyword.operator.cnn"),
        (r"\d+([.,_]\d+)*", "constant.numeric.cnn"),
        (WORD, "variable.other.cnn"),
    ]
    return {
        "name": "cnnsize",
        "scopeName": "source.cnn",
        "fileTypes": ["cnn"],
        "patterns": [{"match": match, "name": name} for match, name in patterns],
    }


def alternatives(words: Iterable[str]) -> str:
    """Return the pattern for one of several words; the longer first, in the same order each time."""
    return "|".join(map(re.escape, sorted(sorted(words), key=len, reverse=True)))
