"""The committed graph of the embedding model is the one that its program builds."""

import onnx

from cevvo_evals.embedding_graph import TEMPLATE, build


def test_committed_graph_is_current() -> None:
    """Run ``python -m cevvo_evals.embedding_graph`` when this fails."""
    assert onnx.load(TEMPLATE, load_external_data=False) == build()
