"""The parsing port: bytes in, structure out."""

from typing import Literal, Protocol

from cevvo.domain.documents import ParsedDocument

MediaType = Literal[
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/html",
    "text/markdown",
    "text/plain",
]


class Parser(Protocol):
    """Reads a document of any supported type, away from the server's own process.

    Raises Permanent with a reason (``empty``, ``encrypted``, ``scanned``, ``unreadable``,
    ``too_complex``, ``no_content``) when the document is at fault, Transient (``internal``) when
    the parser is. A document that kills or stalls the parser is ``too_complex``.
    """

    async def parse(
        self,
        content: bytes,
        media_type: MediaType,
        *,
        name: str,
        url: str | None = None,
        selector: str | None = None,
    ) -> ParsedDocument:
        """Parse ``content``. ``name`` (a file name or URL) stands in where no title is found;
        ``url`` is what relative links are resolved against. Of HTML, only what the CSS ``selector``
        matches is read, where one is given: ``invalid_selector`` if it is none. A page without text
        is ``no_content``, unless it leads on to others: then it has links, a ``refusal`` and no
        blocks."""
        ...

    async def close(self) -> None:
        """Stop the parser's processes."""
        ...
