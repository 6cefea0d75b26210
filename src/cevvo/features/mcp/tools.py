"""What an agent can do, apart from the protocol that it does it by."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cevvo.domain.access import Principal, Scope
from cevvo.engine.retrieval.retriever import Retriever
from cevvo.errors import CevvoError, InsufficientScope, InvalidRequest
from cevvo.features.chat.service import ChatService
from cevvo.features.chat.turns import Ask
from cevvo.features.settings.service import SettingsService
from cevvo.features.sources.documents import Document
from cevvo.features.sources.service import SourcesService

DOCUMENT_URI = "cevvo://documents/"
_CHARACTERS = 20_000  # of a document in one piece: what a model can well take in
_PAGE = 100  # documents that one list names


class AskInput(BaseModel):
    """What ``ask`` takes."""

    model_config = ConfigDict(strict=True, extra="forbid")

    question: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)
    ] = Field(description="The question, as a person would ask it.")
    thread_id: str | None = Field(
        None, description="The thread_id of an earlier answer, for a follow-up to it."
    )


class SearchInput(BaseModel):
    """What ``search`` takes."""

    model_config = ConfigDict(strict=True, extra="forbid")

    query: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)
    ] = Field(description="A question or keywords.")
    limit: int = Field(8, ge=1, le=20, description="Passages at most.")


class GetDocumentInput(BaseModel):
    """What ``get_document`` takes."""

    model_config = ConfigDict(strict=True, extra="forbid")

    document_id: str = Field(description="The document_id of a passage.")
    offset: int = Field(0, ge=0, description="The next_offset of the piece before.")


class ListSourcesInput(BaseModel):
    """What ``list_sources`` takes: nothing."""

    model_config = ConfigDict(strict=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: ``run`` gets the caller and a valid ``input`` and returns an object of JSON."""

    name: str
    description: str
    scope: Scope
    input: type[BaseModel]
    run: Callable[[Principal, Any], Awaitable[dict[str, Any]]]


class Tools:
    """All tools, and the documents as resources."""

    def __init__(
        self,
        chat: ChatService,
        sources: SourcesService,
        retriever: Retriever,
        settings: SettingsService,
    ) -> None:
        self._chat = chat
        self._sources = sources
        self._retriever = retriever
        self._settings = settings
        self.all = (
            Tool(
                "ask",
                "Answer a question from the knowledge base, with citations. When `answered` is "
                "false the knowledge base does not say: do not answer from elsewhere in its name.",
                "chat",
                AskInput,
                self._ask,
            ),
            Tool(
                "search",
                "Find the passages of the knowledge base that fit a question or keywords best.",
                "read",
                SearchInput,
                self._search,
            ),
            Tool(
                "get_document",
                "Read a document of the knowledge base as Markdown, in pieces if it is long.",
                "read",
                GetDocumentInput,
                self._get_document,
            ),
            Tool(
                "list_sources",
                "List where the knowledge base comes from: websites, files and texts.",
                "read",
                ListSourcesInput,
                self._list_sources,
            ),
        )

    async def call(
        self, principal: Principal, name: str, arguments: dict[str, Any]
    ) -> dict[str, Any]:
        """What the tool of that name returns.

        Raises InvalidRequest for no such tool or arguments that do not fit, InsufficientScope, and
        what the tool raises.
        """
        tool = next((tool for tool in self.all if tool.name == name), None)
        if tool is None:
            names = ", ".join(tool.name for tool in self.all)
            raise InvalidRequest(f"There is no tool {name[:80]!r}. There are: {names}.")
        _require(principal, tool.scope)
        try:
            given = tool.input.model_validate(arguments)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise InvalidRequest(f"`{where}`: {first['msg']}.", param=where) from None
        return await tool.run(principal, given)

    async def documents(
        self, principal: Principal, offset: int
    ) -> tuple[list[Document], int | None]:
        """Some documents, newest first, from ``offset`` on, and where the next ones begin."""
        _require(principal, "read")
        found, total = await self._sources.all_documents(
            principal.workspace, offset=offset, limit=_PAGE
        )
        after = offset + len(found)
        return found, after if found and after < total else None

    async def read(self, principal: Principal, uri: str) -> tuple[Document, str]:
        """The document that a resource's URI names, with its whole text.

        Raises NotFound, and InvalidRequest for a URI of another kind.
        """
        _require(principal, "read")
        if not uri.startswith(DOCUMENT_URI):
            raise InvalidRequest(f"Resources are documents: {DOCUMENT_URI}{{document_id}}.")
        return await self._sources.read_document(
            principal.workspace, uri.removeprefix(DOCUMENT_URI)
        )

    async def _ask(self, principal: Principal, given: AskInput) -> dict[str, Any]:
        turn = await self._chat.open(principal, Ask(given.question, given.thread_id))
        answer = (await self._chat.whole_reply(turn)).answer
        return {
            "answer": answer.text,
            "answered": answer.answered,
            "confidence": answer.confidence,
            "sources": [{"title": s.title, "url": s.url} for s in answer.sources],
            "citations": [
                {"document_id": c.document_id, "quote": c.quote, "url": c.url}
                for c in answer.citations
            ],
            "thread_id": turn.thread_id,
        }

    async def _search(self, principal: Principal, given: SearchInput) -> dict[str, Any]:
        settings = await self._settings.answers(principal.workspace)
        found = await self._retriever.retrieve(
            principal.workspace, given.query, synonyms=settings.synonyms, limit=given.limit
        )
        return {
            "passages": [
                {
                    "document_id": passage.document_id,
                    "title": passage.title,
                    "url": passage.url,
                    "headings": list(passage.heading_path),
                    "text": passage.text,
                    "score": round(passage.score, 3),
                }
                for passage in found.passages
            ]
        }

    async def _get_document(self, principal: Principal, given: GetDocumentInput) -> dict[str, Any]:
        document, text = await self._sources.read_document(principal.workspace, given.document_id)
        end = given.offset + _CHARACTERS
        return {
            "document_id": document.id,
            "title": document.title,
            "url": document.url,
            "text": text[given.offset : end],
            "characters": len(text),
            "next_offset": end if end < len(text) else None,
        }

    async def _list_sources(self, principal: Principal, _: ListSourcesInput) -> dict[str, Any]:
        found, total = await self._sources.list_sources(
            principal.workspace, type=None, offset=0, limit=_PAGE
        )
        return {
            "sources": [
                {
                    "source_id": source.id,
                    "name": source.name,
                    "type": source.type,
                    "url": source.url,
                    "status": source.status,
                    "document_count": source.document_count,
                }
                for source in found
            ],
            "total": total,
        }


def _require(principal: Principal, scope: Scope) -> None:
    if not principal.may(scope):
        raise InsufficientScope(
            f"This needs the scope `{scope}`. Use an API key that was made with it."
        )


def spoken(error: CevvoError) -> str:
    """An error as an agent is told it."""
    return f"{error.code}: {error.message}"
