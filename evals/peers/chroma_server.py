"""Chroma in the process that asks it: dense vectors alone, as it comes.

Its own server does not embed: there the asker's process does, and sends vectors over HTTP. In one
process there is one request less.
"""

from pathlib import Path
from typing import Any

import chromadb
from chromadb import EmbeddingFunction
from chromadb.config import Settings
from embedding_model import MiniLm
from service import PASSAGES, Add, Document, Find, serve

WORDS, OVERLAP = 180, 20  # of a passage; it leaves splitting to its users


def make(model: MiniLm, folder: Path) -> tuple[Add, Find]:
    class Embedding(EmbeddingFunction):
        def __init__(self) -> None:
            pass

        def __call__(self, input: list[str]) -> list[list[float]]:
            return model.embed(list(input))

        @staticmethod
        def name() -> str:
            return "minilm-int8"

        def get_config(self) -> dict[str, Any]:
            return {}

        @staticmethod
        def build_from_config(config: dict[str, Any]) -> EmbeddingFunction:
            return Embedding()

    client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
    collection = client.create_collection(
        "documents",
        embedding_function=Embedding(),
        configuration={"hnsw": {"space": "cosine"}},
    )

    def add(document: Document) -> None:
        words = document.text.split()
        starts = range(0, max(len(words) - OVERLAP, 1), WORDS - OVERLAP)
        parts = [f"{document.title}\n\n{' '.join(words[n : n + WORDS])}" for n in starts]
        collection.add(
            ids=[f"{document.id}#{n}" for n in range(len(parts))],
            documents=parts,
            metadatas=[{"document": document.id} for _ in parts],
        )

    def find(question: str) -> list[dict[str, Any]]:
        found = collection.query(query_texts=[question], n_results=PASSAGES)
        rows = zip(found["metadatas"][0], found["documents"][0], found["distances"][0], strict=True)
        return [{"id": m["document"], "text": text, "score": 1 - far} for m, text, far in rows]

    return add, find


serve(make)
