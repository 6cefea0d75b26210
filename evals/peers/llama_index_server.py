"""LlamaIndex: its vector index and its BM25 retriever, fused by reciprocal rank."""

import threading
from pathlib import Path
from typing import Any

from embedding_model import MiniLm
from llama_index.core import Document as LlamaDocument
from llama_index.core import Settings, StorageContext, VectorStoreIndex
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.retrievers.bm25 import BM25Retriever
from service import PASSAGES, Add, Document, Find, serve


def make(model: MiniLm, _: Path) -> tuple[Add, Find]:
    class Embedding(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return model.embed([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return model.embed(texts)

        def _get_query_embedding(self, query: str) -> list[float]:
            return model.embed([query])[0]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return model.embed([query])[0]

    Settings.llm = MockLLM()  # no question is written anew, so none is asked
    Settings.embed_model = Embedding()
    # to fit the model; their 1,024 tokens would mostly not reach a vector
    splitter = SentenceSplitter(chunk_size=240, chunk_overlap=20, tokenizer=model.pieces)
    pipeline = IngestionPipeline(transformations=[splitter, Settings.embed_model])
    store = SimpleDocumentStore()
    index = VectorStoreIndex([], storage_context=StorageContext.from_defaults(docstore=store))
    lock = threading.Lock()
    retriever: list[QueryFusionRetriever] = []  # BM25's index is made anew after documents came

    def add(document: Document) -> None:
        whole = LlamaDocument(
            text=document.text,
            metadata={"title": document.title, "id": document.id},
            excluded_embed_metadata_keys=["id"],
        )
        nodes = pipeline.run(documents=[whole])
        with lock:
            index.insert_nodes(nodes)
            retriever.clear()

    def fused() -> QueryFusionRetriever:
        with lock:
            if not retriever:
                dense = index.as_retriever(similarity_top_k=PASSAGES)
                few = min(PASSAGES, len(store.docs))
                words = BM25Retriever.from_defaults(docstore=store, similarity_top_k=few)
                retriever.append(
                    QueryFusionRetriever(
                        [dense, words],
                        similarity_top_k=PASSAGES,
                        num_queries=1,
                        mode="reciprocal_rerank",
                        use_async=False,
                    )
                )
            return retriever[0]

    def find(question: str) -> list[dict[str, Any]]:
        return [
            {"id": each.metadata["id"], "text": each.text, "score": each.score}
            for each in fused().retrieve(question)
        ]

    return add, find


serve(make)
