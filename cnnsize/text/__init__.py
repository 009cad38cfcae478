"""Everything that knows only characters: spans, sources, diagnostics, edits, suggestions."""
