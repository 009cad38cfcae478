"""Sizing faults put into words, with fixes that were verified."""
