"""Haystack: its store in memory, asked by vectors and by BM25, fused by reciprocal rank."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from embedding_model import MiniLm
from haystack import Document as HaystackDocument
from haystack import Pipeline, component
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from service import PASSAGES, Add, Document, Find, serve

WORDS, OVERLAP = 180, 20  # of a passage, so that it fits the model


def make(model: MiniLm, _: Path) -> tuple[Add, Find]:
    @component
    class TextEmbedder:
        @component.output_types(embedding=list[float])
        def run(self, text: str) -> dict[str, Any]:
            return {"embedding": model.embed([text])[0]}

    @component
    class DocumentEmbedder:
        @component.output_types(documents=list[HaystackDocument])
        def run(self, documents: list[HaystackDocument]) -> dict[str, Any]:
            vectors = model.embed([each.content for each in documents])
            found = zip(documents, vectors, strict=True)
            return {"documents": [replace(each, embedding=vector) for each, vector in found]}

    reading = Pipeline()
    reading.add_component(
        "split", DocumentSplitter(split_by="word", split_length=WORDS, split_overlap=OVERLAP)
    )
    reading.add_component("embed", DocumentEmbedder())
    reading.connect("split", "embed")
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")

    asking = Pipeline()
    asking.add_component("embed", TextEmbedder())
    asking.add_component("dense", InMemoryEmbeddingRetriever(store, top_k=PASSAGES))
    asking.add_component("words", InMemoryBM25Retriever(store, top_k=PASSAGES))
    asking.add_component("join", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=PASSAGES))
    asking.connect("embed.embedding", "dense.query_embedding")
    asking.connect("dense", "join")
    asking.connect("words", "join")
    lock = threading.Lock()

    def add(document: Document) -> None:
        whole = HaystackDocument(content=document.content, meta={"id": document.id})
        read = reading.run({"split": {"documents": [whole]}})["embed"]["documents"]
        with lock:
            store.write_documents(read)

    def find(question: str) -> list[dict[str, Any]]:
        found = asking.run({"embed": {"text": question}, "words": {"query": question}})
        return [
            {"id": each.meta["id"], "text": each.content, "score": each.score}
            for each in found["join"]["documents"]
        ]

    return add, find


serve(make)
