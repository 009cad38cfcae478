"""HTML: the report of a check, and what a notebook shows. It holds no script and loads nothing."""
