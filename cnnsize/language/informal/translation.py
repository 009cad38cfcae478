"""Read words of other languages as the English words that the reader of informal text knows."""

from __future__ import annotations

import re
from functools import cache

from cnnsize.language.informal.languages import CJK, MAX_PHRASE, phrases, plain
from cnnsize.language.informal.tokens import Token, is_kind, is_symbol

# a word with the number or size glued to it: 卷积层1, 卷积3x3
NUMBERED = re.compile(r"(.*?)_?(\d[\dxX×_]*)?")
# English words that may be glued to a name in a script without spaces: 卷积块
SUFFIXES = frozenset({"LAYER", "BLOCK", "ACTIVATION", "FILTERS"})
# brackets, commas and letters as wide as a Chinese character, and their narrow forms
NARROW = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: " ", 0x3001: ","}
# hyphens and minus signs as PDF files and word processors have them: CONV3‑64, CONV3−64
HYPHENS: dict[int, int | str] = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2212, 0xFE63), "-")
DASH_BEFORE_NUMBER = re.compile(r"(?<=[A-Za-z0-9])\u2013(?=[0-9])")  # CONV3–64


def narrowed(text: str) -> str:
    """Return a text of the same length, with wide brackets, commas and letters as ASCII has them.

    The hyphens of typeset text are those of ASCII as well.
    """
    if text.isascii():
        return text
    return DASH_BEFORE_NUMBER.sub("-", text.translate(NARROW | HYPHENS))


def translated(tokens: list[Token]) -> list[Token]:
    """Return the tokens with every word of another language in English, in its place.

    A word for "layer" before the name of a layer is dropped: ``capa de convolución``.
    """
    result: list[Token] = []
    index = 0
    while index < len(tokens):
        end, words = translate_at(tokens, index)
        if words == ["LAYER"] and is_kind(next_word(tokens, end), "word"):
            index = end
            while is_word_of(tokens, index):
                index += 1
            continue
        if words:
            result += placed(tokens[index], tokens[end - 1], words)
        else:
            result.append(tokens[index])
        index = end
    return result


def translate_at(tokens: list[Token], index: int) -> tuple[int, list[str]]:
    """Return the end of the longest phrase that begins at ``index``, and its English words.

    No words where none begins, or where a word of joining, such as "de", is on its own.
    """
    if tokens[index].kind != "word":
        return index + 1, []
    table, longest = phrases(), first_words().get(first_key(tokens[index]), 0)
    best: tuple[int, list[str]] = (index + 1, [])
    words: list[str] = []
    end = index
    while end < len(tokens) and len(words) < longest:
        token = tokens[end]
        end += 1
        if is_symbol(token, "-") and token.glued and words:
            continue
        if token.kind != "word":
            break
        match = NUMBERED.fullmatch(token.text)
        assert match is not None
        words.append(plain(match[1]))
        english = table.get(" ".join(words))
        if english is not None and english != "OF":
            best = end, [english + (match[2] or "")]
        elif match[2]:
            break
    return best if best[1] else (index + 1, split_suffix(tokens[index].text))


def split_suffix(word: str) -> list[str]:
    """Return the English words of a name with "layer" or "block" glued to it: 卷积块. No words for
    any other word.
    """
    match = re.fullmatch(rf"([{CJK}]{{2,20}})(\d*)", word)
    if match is None:
        return []
    table, run = phrases(), plain(match[1])
    for cut in range(len(run) - 1, 0, -1):
        name, suffix = table.get(run[:cut]), table.get(run[cut:])
        if name is not None and suffix in SUFFIXES:
            return [name + match[2], suffix]
    return []


def placed(first: Token, last: Token, words: list[str]) -> list[Token]:
    """Return tokens of these words in the place of the tokens from ``first`` to ``last``."""
    name = Token("word", words[0], first.start, last.end, first.glued)
    return [name, *(Token("word", word, last.end, last.end, True) for word in words[1:])]


def next_word(tokens: list[Token], index: int) -> Token | None:
    """Return the next token after words such as "de"; None at the end."""
    while is_word_of(tokens, index):
        index += 1
    return tokens[index] if index < len(tokens) else None


def is_word_of(tokens: list[Token], index: int) -> bool:
    """Return whether the token at ``index`` is "of" in another language."""
    if index >= len(tokens) or tokens[index].kind != "word":
        return False
    return phrases().get(plain(tokens[index].text)) == "OF"


def first_key(token: Token) -> str:
    """Return the key of a word without the number glued to it."""
    match = NUMBERED.fullmatch(token.text)
    return plain(match[1] if match else token.text)


@cache
def first_words() -> dict[str, int]:
    """Return the first word of each phrase -> the number of words of the longest with it."""
    longest: dict[str, int] = {}
    for phrase in phrases():
        words = phrase.split(" ")
        longest[words[0]] = min(MAX_PHRASE, max(longest.get(words[0], 0), len(words)))
    return longest
