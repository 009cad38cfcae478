"""A finding as HTML."""

from __future__ import annotations

from html import escape

from cnnsize.render.text import excerpt_lines
from cnnsize.text.diagnostic import Diagnostic
from cnnsize.text.terminal import Style, safe

STYLE = Style(width=110)


def finding_html(diagnostic: Diagnostic) -> str:
    """Return a finding with its lines and carets, the page of its rule, its notes and its help."""
    code = escape(diagnostic.code)
    if diagnostic.url:
        code = f'<a href="{escape(diagnostic.url)}">{code}</a>'
    lines, _ = excerpt_lines(diagnostic, STYLE)
    parts = [
        f"<p><b>{diagnostic.severity} {code} {escape(diagnostic.name)}</b>: "
        f"{escape(safe(diagnostic.message))}</p>",
        preformatted("\n".join(lines)),
        *(f"<p>note: {escape(safe(note))}</p>" for note in diagnostic.notes),
        *(f"<p>help: {escape(safe(hint))}</p>" for hint in diagnostic.help),
    ]
    return f'<div class="finding {diagnostic.severity}">\n' + "\n".join(parts) + "\n</div>\n"


def preformatted(text: str) -> str:
    """Return text in lines as they are, in a font whose characters are equally wide."""
    return f"<pre><code>{escape(text)}</code></pre>"
