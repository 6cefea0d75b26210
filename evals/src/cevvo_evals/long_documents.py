"""Long documents with known places of the answers, built from collections of short ones.

Judgements are kept: what answered a question still does, at a span of a longer document.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cevvo.domain.documents import Block, ParsedDocument, Span
from cevvo.providers.parsing.html import parse_html
from cevvo_evals.collections import Collection, Document, Query, load_collection, rows

_SEPARATOR = "\n\n"
_BLANK_LINES = re.compile(r"\n{2,}")
_HEADING = re.compile(r" ?\w[^\n]{1,99} ")
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\s]*\)")
_ITEM = re.compile(r"[*-] |\d+\. ")


@dataclass(frozen=True, slots=True)
class Gold:
    """Where a question is answered: a span of the stored text of a document of the collection."""

    document: str
    span: Span


@dataclass(frozen=True, slots=True)
class LongCollection:
    """A collection with the blocks of its documents, by document, and the golds, by query."""

    collection: Collection
    parsed: Mapping[str, ParsedDocument]
    gold: Mapping[str, tuple[Gold, ...]]


def articles(folder: Path) -> LongCollection:
    """SQuAD's paragraphs put together to articles again; gold are the answers' characters."""
    collection = load_collection(folder)
    parts: defaultdict[str, list[Document]] = defaultdict(list)
    for paragraph in collection.documents:
        parts[paragraph.title].append(paragraph)
    starts = {
        paragraph.id: start
        for paragraphs in parts.values()
        for paragraph, start in zip(paragraphs, _starts([p.text for p in paragraphs]), strict=True)
    }
    titles = {paragraph.id: paragraph.title for paragraph in collection.documents}
    texts = {paragraph.id: paragraph.text for paragraph in collection.documents}
    parsed = {
        title: ParsedDocument(title, tuple(Block("paragraph", p.text) for p in paragraphs))
        for title, paragraphs in parts.items()
    }
    gold = {}
    for row in rows(folder / "queries.jsonl"):
        passage = row.get("passage")
        spans = {
            Span(starts[passage] + start, starts[passage] + start + len(answer))
            for start in row.get("starts", ())
            for answer in row["answers"]
            if texts[passage].startswith(answer, start)
        }
        gold[row["_id"]] = tuple(Gold(titles[passage], span) for span in spans)
    return _long("squad_articles", collection.queries, parsed, gold)


def sources(folder: Path) -> LongCollection:
    """MTRAG's passages put together to the pages they were cut from; gold are the passages.

    A passage's id ends with its start and end in the page. Headings lost their marks in the
    collection but for the blanks around them.
    """
    collection = load_collection(folder)
    passages: defaultdict[str, list[tuple[int, Document]]] = defaultdict(list)
    for passage in collection.documents:
        page, start, _ = passage.id.rsplit("-", 2)
        passages[page].append((int(start), passage))
    parsed: dict[str, ParsedDocument] = {}
    places: dict[str, Gold] = {}
    for page, parts in passages.items():
        blocks, spans = _page(sorted(parts, key=lambda part: part[0]))
        if not blocks:
            continue
        title = blocks[0].text.lstrip("# ") if blocks[0].kind == "heading" else ""
        parsed[page] = ParsedDocument(title, tuple(blocks))
        places |= {id: Gold(page, span) for id, span in spans.items()}
    gold = {
        query.id: tuple(places[id] for id in query.relevant if id in places)
        for query in collection.queries
    }
    return _long("mtrag_pages", collection.queries, parsed, gold)


def pages(folder: Path, questions: Path) -> LongCollection:
    """The pages of a documentation, through the parser for HTML. ``questions`` is a JSON file of
    {question, page, gold}; gold is a text of that page. Release notes and indices are left out.

    Raises ValueError for a gold that its page does not have.
    """
    parsed = {}
    for file in sorted(folder.rglob("*.html")):
        name = str(file.relative_to(folder))
        if not name.startswith(("releases/", "_", "genindex", "search", "py-modindex", "contents")):
            parsed[name] = parse_html(file.read_bytes(), name=name)
    queries, gold = [], {}
    for row in json.loads(questions.read_text()):
        text = _text(parsed[row["page"]])
        spans = [Span(m.start(), m.end()) for m in re.finditer(re.escape(row["gold"]), text)]
        if not spans:
            raise ValueError(f"{row['page']} has no text {row['gold']!r}.")
        queries.append(Query(row["question"], row["question"], {}))
        gold[row["question"]] = tuple(Gold(row["page"], span) for span in spans)
    return _long(questions.stem, queries, parsed, gold)


def _long(
    name: str,
    queries: Sequence[Query],
    parsed: Mapping[str, ParsedDocument],
    gold: Mapping[str, tuple[Gold, ...]],
) -> LongCollection:
    """Relevant are the documents that hold a gold."""
    documents = tuple(Document(id, each.title, _text(each)) for id, each in parsed.items())
    asked = tuple(
        Query(query.id, query.text, {each.document: 1 for each in gold[query.id]})
        for query in queries
        if gold[query.id]
    )
    return LongCollection(Collection(name, documents, asked), parsed, gold)


def _page(parts: Sequence[tuple[int, Document]]) -> tuple[list[Block], dict[str, Span]]:
    """The blocks of a page, and where each of its passages stands in the stored text.

    ``parts`` have their start in the page. What two passages have in common is taken once.
    """
    blocks: list[Block] = []
    places: dict[str, Span] = {}
    end = 0  # in the page
    length = 0  # of the stored text
    recent: list[tuple[int, int]] = []  # starts of the blocks: in the page, in the stored text
    for start, passage in parts:
        new = passage.text[max(0, end - start) :]
        first = length
        for offset, block in _blocks(new):
            recent.append((max(start, end) + offset, length))
            blocks.append(block)
            length += len(block.text) + len(_SEPARATOR)
        if start < end:
            first = next((at for raw, at in recent if raw >= start), first)
        if length > first:
            places[passage.id] = Span(first, length - len(_SEPARATOR))
        end = max(end, start + len(passage.text))
    return blocks, places


def _blocks(text: str) -> Iterator[tuple[int, Block]]:
    """Blocks with their offsets in ``text``, without the targets of links."""
    offset = 0
    for part in _BLANK_LINES.split(text):
        at = text.index(part, offset)
        offset = at + len(part)
        content = _LINK.sub(r"\1", part.strip())
        if not content:
            continue
        if (at == 0 or part[0] == " ") and _HEADING.fullmatch(part):
            level = 1 if at == 0 else 2
            yield at, Block("heading", f"{'#' * level} {content}", level)
        else:
            yield at, Block("list" if _ITEM.match(content) else "paragraph", content)


def _starts(texts: Sequence[str]) -> list[int]:
    starts, position = [], 0
    for text in texts:
        starts.append(position)
        position += len(text) + len(_SEPARATOR)
    return starts


def _text(parsed: ParsedDocument) -> str:
    """The text that the splitter stores."""
    return _SEPARATOR.join(block.text for block in parsed.blocks if block.text.strip())
