"""Index terms as a tsvector of Postgres holds them, and as it is asked for them.

What BM25 needs of a chunk is how often it has a term: the number of the lexeme's places. A term of
the title or a heading has two places for each time that it stands there, as it weighs twice a term
of the body. Lexemes that begin with "=" are scopes: the chunk's workspace and its source. No index
term begins so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from cevvo.domain.documents import IndexedChunk
from cevvo.domain.ids import WorkspaceId

# https://www.postgresql.org/docs/current/textsearch-limitations.html
_LAST_PLACE = 16_383
_MOST_PLACES = 256


def tsvector_of(chunk: IndexedChunk, workspace: WorkspaceId, source_id: str) -> str:
    """The text of the chunk's tsvector. Terms that follow each other have places that do."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    place = 0
    title, heading = chunk.title_terms.split(), chunk.heading_terms.split()
    for field in (title, title, heading, heading, chunk.body_terms.split()):
        for term in field:
            place += 1
            places[term].append(min(place, _LAST_PLACE))
        place += 1  # no phrase goes from one field into the next
    lexemes = [
        f"{_quoted(term)}:{','.join(map(str, dict.fromkeys(each[:_MOST_PLACES])))}"
        for term, each in places.items()
    ]
    return " ".join([*lexemes, _quoted(f"={workspace}"), _quoted(f"={source_id}")])


def terms_of(chunk: IndexedChunk) -> list[str]:
    """The chunk's terms, as often as they stand there."""
    return [*chunk.title_terms.split(), *chunk.heading_terms.split(), *chunk.body_terms.split()]


def is_scope(lexeme: str) -> bool:
    """Whether it is no index term."""
    return lexeme.startswith("=")


def within(workspace: WorkspaceId, source_ids: Sequence[str] | None) -> str:
    """The tsquery for the chunks of the workspace, of these sources only where some are given."""
    scope = _quoted(f"={workspace}")
    if source_ids is None:
        return scope
    return f"{scope} & ({' | '.join(_quoted(f'={id}') for id in source_ids)})"


def having(phrase: str) -> str:
    """The tsquery for the chunks that have the phrase: index terms parted by single blanks."""
    return " <-> ".join(_quoted(term) for term in phrase.split(" "))


def searchable(phrases: Iterable[str]) -> Iterator[str]:
    """Those that can be a query at all, each once: of index terms parted by single blanks."""
    for phrase in dict.fromkeys(phrases):
        terms = phrase.split(" ")
        if all(terms) and "\0" not in phrase and not is_scope(phrase):
            yield phrase


def _quoted(lexeme: str) -> str:
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
