"""Anything wrong, in three languages."""
