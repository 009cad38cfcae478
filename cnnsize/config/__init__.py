"""Configuration: pyproject.toml, cnnsize.toml, environment and flags become one Config."""

FORMATS = ("full", "concise", "json", "github", "gitlab", "junit", "sarif", "html")  # of `check`
