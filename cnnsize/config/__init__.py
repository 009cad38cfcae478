"""Configuration: pyproject.toml, cnnsize.toml, environment and flags become one Config."""
