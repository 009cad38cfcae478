"""Find the lines of a text that may hold a chain: with the name of a layer, and an arrow or a dash.

Most texts have none, so this is light: it does not load the informal reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Every chain holds one of these words, in lower case, as its pattern wants it.
SEEDS = {
    seed: re.compile(pattern)
    for seed, pattern in {
        "conv": r"conv(?![ei])",  # no conversion
        "fc": r"(?<![a-z])fc(?:s|l|layers?|conn[a-z]*)?\d{0,6}(?![a-z0-9])",  # no commit's hash
        "dense": r"(?<![a-z])dense(?!ly|r|st)",
        "linear": r"(?<![a-z])linear(?!ly|i[tsz])",
        "affine": r"(?<![a-z])affine",
        "fully": r"fully[\s_-]{0,3}conn",
        "inner": r"inner[\s_-]{0,3}prod",
    }.items()
}
ARROW = (
    r"(?:[-=─━–—]{1,16} ?(?:>|&gt;|►|▶|➤)|[→⇒⟶➡➔➜➝⟹⇨↦]|\\(?:long)?(?:[rR]ightarrow|to)\b|&r(?:arr|Arr);"
    r"|&#(?:8594|x2192);)"
)
# joins two layers of a line
ONLY_DOWN = "↓⇓▼⬇"
LINK = re.compile(
    rf"{ARROW}|[{ONLY_DOWN}]|[\w)\]?`*][ \t]+(?:[-–—+]|>>?)[ \t]+(?=[\w(\[`*])"
    r"|[^\W_\d]{2}\d?[)\]]?[-–—](?=[(\[]*[^\W\d_]{2})"
)
MAX_LINE = 4_000  # characters of a line that are searched at once


def has_seed(text: str) -> bool:
    """Return whether a word of ``SEEDS`` is in a text."""
    lowered = text.lower()
    return any(
        seed in lowered and (seed not in SEEDS or SEEDS[seed].search(lowered))
        for seed in _seeds(text)
    )


def _seeds(text: str) -> tuple[str, ...]:
    """Return the seeds that a text may hold."""
    if text.isascii():
        return tuple(SEEDS)
    from cnnsize.files.extract import foreign_words  # late: it loads the words of all languages

    return (*SEEDS, *foreign_words.seeds())


def lines_with_links(text: str) -> Iterator[tuple[int, int]]:
    """Yield the lines with the name of a layer and an arrow, or next to a line of an arrow."""
    has_down_arrows = any(sign in text for sign in ONLY_DOWN)
    for start, end in _lines_with_seeds(text):
        if LINK.search(text, start, end):
            yield start, end
        elif has_down_arrows:
            above = text.rfind("\n", 0, max(0, start - 1)) + 1
            if re.search(f"[{ONLY_DOWN}]", text[above : line_end(text, end + 1)][:MAX_LINE]):
                yield start, end


def _lines_with_seeds(text: str) -> list[tuple[int, int]]:
    """Return where each line begins and ends that holds a word of ``SEEDS``.

    Of a long line it is only what is around the word.
    """
    lowered = text.lower()
    if len(lowered) != len(text):  # as for a capital I with a dot
        lowered = "".join(letter.lower() if letter.isascii() else letter for letter in text)
    lines: set[tuple[int, int]] = set()
    for seed in _seeds(text):
        word = SEEDS.get(seed)
        offset = lowered.find(seed)
        while offset >= 0:
            if word is not None and word.match(lowered, offset) is None:
                offset = lowered.find(seed, offset + 1)
                continue
            start, end = text.rfind("\n", 0, offset) + 1, line_end(text, offset)
            if end - start > MAX_LINE:
                start, end = max(start, offset - MAX_LINE // 4), min(end, offset + MAX_LINE)
            lines.add((start, end))
            offset = lowered.find(seed, end)
    return sorted(lines)


def line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
