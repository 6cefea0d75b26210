"""What every peer is served by: FastAPI and uvicorn, as their users would write it.

``serve(make)`` reads the command line (port, folder, ONNX file, vocabulary), lets ``make(model,
folder)`` set the peer up, which gives two functions, and answers: POST /documents {id, title, text}
once the document can be found; POST /search {question} with the passages that are found, best
first; GET /embedded with what the model was given.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn
from embedding_model import MiniLm
from fastapi import FastAPI
from pydantic import BaseModel

PASSAGES = 10


class Document(BaseModel):
    id: str
    title: str
    text: str

    @property
    def content(self) -> str:
        """Title and text, as one."""
        return f"{self.title}\n\n{self.text}"


class Search(BaseModel):
    question: str


Add = Callable[[Document], None]
Find = Callable[[str], list[dict[str, Any]]]


def serve(make: Callable[[MiniLm, Path], tuple[Add, Find]]) -> None:
    """Serve a peer until the process is ended."""
    port, folder, file, vocabulary = sys.argv[1:]
    model = MiniLm(Path(file), Path(vocabulary))
    add, find = make(model, Path(folder))
    app = FastAPI()

    @app.post("/documents")
    def documents(document: Document) -> dict[str, str]:
        add(document)
        return {"id": document.id}

    @app.post("/search")
    def search(asked: Search) -> dict[str, Any]:
        return {"passages": find(asked.question)}

    @app.get("/embedded")
    def embedded() -> dict[str, float]:
        return {"tokens": model.tokens, "texts": model.texts, "cpu_seconds": model.cpu_seconds}

    @app.get("/readyz")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")
