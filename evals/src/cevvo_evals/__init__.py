"""Benchmarks of Cevvo: run `python -m cevvo_evals.<name>`."""
