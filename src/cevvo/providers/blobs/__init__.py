"""Uploaded originals, kept as files named by their SHA-256."""
