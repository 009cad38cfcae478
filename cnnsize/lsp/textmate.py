"""A TextMate grammar of the notation, for editors that highlight with one.

VS Code and Sublime Text do, and the sites that use Linguist. Its patterns are those of the Pygments
lexer.
"""

from __future__ import annotations

from collections.abc import Iterator

from pygments.lexer import words
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from cnnsize.lexer import CnnLexer

SCOPES: dict[_TokenType, str] = {
    Comment.Single: "comment.line",
    Keyword: "keyword.control",
    Keyword.Constant: "constant.language",
    Name.Attribute: "variable.parameter",
    Name.Builtin: "support.type",
    Name.Function: "entity.name.function",
    Name.Variable: "variable.other",
    Number: "constant.numeric",
    Operator: "keyword.operator",
    String: "string.quoted",
}


def grammar() -> dict[str, object]:
    """Return the grammar; dumped as JSON it is a ``cnn.tmLanguage.json``."""
    return {
        "name": "cnnsize",
        "scopeName": "source.cnn",
        "fileTypes": ["cnn"],
        "patterns": list(patterns()),
    }


def patterns() -> Iterator[dict[str, str]]:
    """Yield the patterns of the tokens that have a colour."""
    for pattern, token in CnnLexer.tokens["root"]:
        scope = SCOPES.get(token)
        if scope is not None:
            match = pattern.get() if isinstance(pattern, words) else pattern
            yield {"match": f"(?i){match}", "name": f"{scope}.cnn"}
