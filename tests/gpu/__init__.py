"""The zoo on a CUDA device: ``python -m tests.gpu`` runs it and writes TABLE.md here."""
