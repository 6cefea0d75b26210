"""The pages an answer cites, numbered as they come up."""

from cevvo.domain.answers import CitedSource
from cevvo.domain.documents import Passage
from cevvo.engine.answering.citations import page_url


class CitedPages:
    """Pages in order of first use; documents with the same address are one page.

    None scores above the one before: what is cited first is what the answer rests on most.
    """

    def __init__(self) -> None:
        self._pages: dict[str, CitedSource] = {}

    @property
    def sources(self) -> tuple[CitedSource, ...]:
        """The pages, best first."""
        return tuple(self._pages.values())

    def number(self, passage: Passage, score: float) -> int:
        """The 1-based number of the passage's page. ``score`` (0..1) counts at its first use."""
        url = page_url(passage)
        page = url or passage.document_id
        if page not in self._pages:
            highest = self.sources[-1].score if self._pages else 1.0
            self._pages[page] = CitedSource(passage.title, url, min(score, highest))
        return list(self._pages).index(page) + 1
