"""Patterns of the smallest tokens of the notation."""

from __future__ import annotations

import re

SPACE = re.compile(r"(?:[ \t\r\n\f\v]|#[^\n]*)+")
WORD = re.compile(r"[^\W\d]\w*")
INTEGER = re.compile(r"[0-9]+")
