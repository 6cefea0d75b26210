"""Cevvo beside comparable systems, on the same documents with the same embedding model."""
