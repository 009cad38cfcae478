"""Tests that need a CUDA device; ``python -m tests.gpu`` runs them and writes TABLE.md here."""
