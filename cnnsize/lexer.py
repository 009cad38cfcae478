"""A Pygments lexer, with which Sphinx, MkDocs, rich and others highlight ```` ```cnn ```` blocks.

Pygments finds it by the entry point ``cnn`` in ``pyproject.toml``. Nothing in cnnsize imports it, so
that Pygments is loaded only by those who highlight.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, words
from pygments.token import (
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
)

from cnnsize.layers.names import ALIASES, BRANCHING, OPTION_WORDS

WORD = r"[^\W\d]\w*"
LAYER_NAMES = words(sorted(ALIASES, key=len, reverse=True), r"(?<!\w)", r"(?![^\W\d])")
OPTION_NAMES = words(sorted(OPTION_WORDS, key=len, reverse=True), r"\b", r"(?=\s*=(?!>))")


class CnnLexer(RegexLexer):
    """Highlight the notation: layers, joins, blocks, options, numbers and comments.

    No text is an error, because informal text is read too.
    """

    name = "cnnsize"
    url = "https://pypi.org/project/cnnsize/"
    version_added = ""
    aliases: ClassVar[list[str]] = ["cnn", "cnnsize"]
    filenames: ClassVar[list[str]] = ["*.cnn"]
    mimetypes: ClassVar[list[str]] = ["text/x-cnn"]
    flags = re.IGNORECASE | re.MULTILINE

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"\s+", Whitespace),
            (r"(?:#|//)[^\r\n]*", Comment.Single),
            (rf"^({WORD})(?=[ \t]{{0,99}}(?:\([^()=]*\))?[ \t]{{0,99}}=(?!>))", Name.Function),
            (rf"\b({'|'.join(BRANCHING)})(?=\s*\{{)", Keyword),
            (r"\bID\b", Keyword.Constant),
            (r"\b(where|in(?=\s+[\d{])|step)\b", Keyword),
            (OPTION_NAMES, Name.Attribute),
            (r"\b(same|valid|yes|no|true|false|none)\b", Keyword.Constant),
            (LAYER_NAMES, Name.Builtin),
            (rf"(?<!-){WORD}(?=\()", Name.Function),  # not the width of CONV3-n(S=2)
            (r"-+>?|=+>?|→|⇒|\.\.\.?|[<>!]=|[*?|+/<>×%]", Operator),
            (r"\d+(?:[.,_]\d+)*", Number),
            (r"(?<=[\d\])])x(?=[\d(\w])", Operator),
            (r"[\[\](){},:;]", Punctuation),
            (r"\"[^\"\n]*\"|'[^'\n]*'", String),
            (WORD, Name.Variable),
            (r".", Text),
        ]
    }
