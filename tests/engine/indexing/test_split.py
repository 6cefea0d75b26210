"""Chunks: what they hold, what they are called, how large they are."""

import re

from cevvo.domain.documents import Block, Chunk, ParsedDocument
from cevvo.engine.indexing.split import split
from engine.indexing.splitting import MAX_TOKENS, check, heading, paragraph, split_up


def prose(words: int, ends: str = ".") -> str:
    """``words`` words in sentences of ten."""
    return " ".join(
        f"{'W' if n % 10 == 0 else 'w'}ord{n}{ends if n % 10 == 9 else ''}" for n in range(words)
    )


def bodies(result: tuple[str, tuple[Chunk, ...]]) -> list[str]:
    text, chunks = result
    return [text[chunk.span.start : chunk.span.end] for chunk in chunks]


def quotes(result: tuple[str, tuple[Chunk, ...]]) -> list[list[str]]:
    text, chunks = result
    return [[text[s.start : s.end] for s in chunk.sentences] for chunk in chunks]


def test_a_short_document_is_one_chunk() -> None:
    result = split_up(heading(1, "Title", "top"), paragraph("One thing. Another thing."))
    text, (chunk,) = result
    assert text == "# Title\n\nOne thing. Another thing."
    assert bodies(result) == [text]
    assert quotes(result) == [["One thing.", "Another thing."]]
    assert (chunk.heading_path, chunk.anchor, chunk.page) == ((), "top", None)


def test_sections_are_chunks_with_their_headings_and_anchors() -> None:
    result = split_up(
        heading(1, "Title", "top"),
        paragraph(prose(70)),
        heading(2, "The `first` part", "first"),
        paragraph(prose(80)),
        heading(3, "Detail"),
        paragraph(prose(90)),
        heading(2, "Second", "second"),
        paragraph(prose(100)),
    )
    _, chunks = result
    assert [(chunk.heading_path, chunk.anchor) for chunk in chunks] == [
        ((), "top"),
        (("The first part",), "first"),
        (("The first part", "Detail"), "first"),
        (("Second",), "second"),
    ]
    assert bodies(result)[1].startswith("## The `first` part\n\nWord0")


def test_a_heading_that_is_not_the_title_is_in_the_path() -> None:
    _, (chunk,) = split_up(heading(1, "Chapter"), paragraph("Text."), title="Book")
    assert chunk.heading_path == ("Chapter",)


def test_a_heading_without_text_goes_with_what_follows() -> None:
    result = split_up(
        heading(2, "Part"), heading(3, "Detail", "d"), paragraph(prose(80)), heading(2, "Last")
    )
    _, chunks = result
    assert bodies(result)[0].startswith("## Part\n\n### Detail\n\nWord0")
    assert (chunks[0].heading_path, chunks[0].anchor) == (("Part", "Detail"), "d")
    assert (bodies(result)[1], chunks[1].sentences) == ("## Last", ())


def test_tiny_sections_under_one_heading_share_a_chunk_that_is_called_by_it() -> None:
    terms = [
        block
        for name in ("Alpha", "Beta", "Gamma")
        for block in (heading(3, name, name.lower()), paragraph(f"{name} is a letter."))
    ]
    result = split_up(
        heading(2, "Letters", "letters"), *terms, heading(2, "Z"), paragraph(prose(80))
    )
    _, chunks = result
    assert [chunk.heading_path for chunk in chunks] == [("Letters",), ("Z",)]
    assert bodies(result)[0].startswith("## Letters\n\n### Alpha")
    assert quotes(result)[0] == ["Alpha is a letter.", "Beta is a letter.", "Gamma is a letter."]


def test_a_section_of_some_length_keeps_its_own_heading() -> None:
    _, chunks = split_up(heading(2, "A"), paragraph("Tiny."), heading(2, "B"), paragraph(prose(80)))
    assert [chunk.heading_path for chunk in chunks] == [("A",), ("B",)]


def test_long_text_is_cut_between_paragraphs_into_even_pieces() -> None:
    result = split_up(*(paragraph(prose(60)) for _ in range(8)))
    assert [body.count("Word0") for body in bodies(result)] == [3, 3, 2]


def test_one_long_paragraph_is_cut_between_sentences() -> None:
    result = split_up(paragraph(prose(600)))
    assert len(bodies(result)) >= 3
    assert all(body.endswith(".") and body.startswith("Word") for body in bodies(result))
    assert sum(len(found) for found in quotes(result)) == 60


def test_a_code_block_that_fits_is_whole_and_stays_with_what_announces_it() -> None:
    code = "```python\n" + "\n".join(f"line{n} = {n}" for n in range(50)) + "\n```"
    result = split_up(paragraph(prose(150)), paragraph("Do it like this:"), Block("code", code))
    assert bodies(result)[1] == f"Do it like this:\n\n{code}"
    assert quotes(result)[1] == ["Do it like this:", code]


def test_a_code_block_that_is_too_large_is_cut_by_lines() -> None:
    code = "```\n" + "\n".join(f"    line{n} = {n}" for n in range(300)) + "\n```"
    result = split_up(Block("code", code))
    assert len(bodies(result)) > 3
    assert all(
        re.fullmatch(r"(```|    line\d+ = \d+)(\n(```|    line\d+ = \d+))*", body)
        for body in bodies(result)
    )
    assert quotes(result) == [[body] for body in bodies(result)]


def test_long_code_stays_with_what_announces_it_and_is_cut_at_blank_lines() -> None:
    functions = [
        "\n".join([f"def f{n}():", *(f"    line{n} = {k}" for k in range(12 + n % 3))])
        for n in range(12)
    ]
    code = "```python\n" + "\n\n".join(functions) + "\n```"
    result = split_up(paragraph(prose(150)), paragraph("Do it like this:"), Block("code", code))
    parts = bodies(result)[1:]
    assert parts[0].startswith("Do it like this:\n\n```python\ndef f0")
    assert all(part.startswith("def ") for part in parts[1:])
    assert parts[-1].endswith("\n```")
    assert quotes(result)[1] == ["Do it like this:", parts[0].partition("\n\n")[2]]
    assert quotes(result)[2:] == [[part] for part in parts[1:]]


def test_nested_items_stay_with_theirs() -> None:
    nested = "\n".join(f"  - {prose(7, ',')} of {n}" for n in range(6))
    items = "\n".join(f"- {prose(20)} These too\n{nested}" for _ in range(12))
    result = split_up(Block("list", items))
    assert len(bodies(result)) > 3
    assert all(body.startswith("- Word0") for body in bodies(result))


def test_lists_are_quoted_by_item_without_the_marker() -> None:
    long = " ".join(f"Sentence number {n} of a long item goes on." for n in range(9))
    result = split_up(Block("list", f"1. One. Two.\n  - nested\n    more\n2. {long}"))
    assert quotes(result)[0][:2] == ["One. Two.", "nested\n    more"]
    assert quotes(result)[0][2:] == [
        f"Sentence number {n} of a long item goes on." for n in range(9)
    ]


def test_sentences_of_a_few_letters_are_quoted_with_the_next() -> None:
    assert quotes(split_up(paragraph("Yes. It is so. OK. Then go on. Ok")))[0] == [
        "Yes. It is so.",
        "OK. Then go on. Ok",
    ]
    assert quotes(split_up(paragraph("Does it work? Yes. It works for everybody.")))[0] == [
        "Does it work?",
        "Yes. It works for everybody.",
    ]


def test_quotations_are_quoted_without_the_mark() -> None:
    result = split_up(Block("quote", "> Measure twice. Cut once.\n> Then glue."))
    assert quotes(result) == [["Measure twice.", "Cut once.", "Then glue."]]


def test_a_table_is_quoted_by_row_and_its_header_is_never_alone() -> None:
    rows = [f"| name{n} | {n} |" for n in range(5)]
    table = "\n".join(["| Name | Value |", "| --- | --- |", *rows])
    for words in range(100, 240, 10):
        result = split_up(paragraph(prose(words)), Block("table", table))
        assert [row for found in quotes(result) for row in found][-5:] == rows
        assert all(("| Name" in body) == ("| name0" in body) for body in bodies(result))


def test_rows_of_a_long_table_stand_under_its_header_in_every_chunk() -> None:
    rows = [f"| name{n} | value {n} of the table |" for n in range(100)]
    table = "\n".join(["| Name | `Value` |", "| --- | --- |", *rows])
    result = split_up(heading(2, "Limits"), Block("table", table))
    _, chunks = result
    assert len(chunks) > 4
    assert chunks[0].heading_path == ("Limits",)
    assert all(chunk.heading_path == ("Limits", "Name | Value") for chunk in chunks[1:])
    assert [row for found in quotes(result) for row in found] == rows


def test_a_pipe_in_a_header_is_no_end_of_its_cell() -> None:
    rows = [f"| name{n} | value {n} of the table |" for n in range(100)]
    table = "\n".join(["| `a\\|b` | Value |", "| --- | --- |", *rows])
    _, chunks = split_up(Block("table", table))
    assert chunks[-1].heading_path == ("a|b | Value",)


def test_r25_a_header_without_end_is_not_repeated_in_every_chunk() -> None:
    rows = ["| value | of the table |"] * 100
    table = "\n".join([f"| {'x' * 2000} | {'y' * 2000} | {'z' * 2000} |", "| --- |", *rows])
    parsed = ParsedDocument("Title", (Block("table", table),))
    # A tokenizer sees one unknown token in a word without end.
    _, chunks = split(parsed, count_tokens=lambda text: len(text.split()), max_tokens=MAX_TOKENS)
    assert len(chunks) > 2
    assert {chunk.heading_path for chunk in chunks} == {()}


def test_no_chunk_crosses_a_page() -> None:
    result = split_up(
        heading(1, "One", page=1),
        paragraph("On page one.", page=1),
        paragraph("On page two.", page=2),
        heading(1, "Two", page=2),
        paragraph("Also there.", page=2),
        heading(1, "Three", page=2),
        paragraph("On page three.", page=3),
        title="Book",
    )
    text, chunks = result
    check(text, chunks, "Book")
    assert [(chunk.page, chunk.heading_path) for chunk in chunks] == [
        (1, ("One",)),
        (2, ()),
        (3, ("Three",)),
    ]
    assert bodies(result)[1].endswith("# Three")


def test_words_without_end_are_cut() -> None:
    for text in ("word " * 5000, "x" * 50_000, "日本語" * 5000):
        stored, chunks = split_up(paragraph(text.strip()))
        check(stored, chunks, "Title")
        assert all(chunk.span.end - chunk.span.start <= 16 * MAX_TOKENS for chunk in chunks)
        assert all(chunk.sentences for chunk in chunks)


def test_headings_beyond_measure_leave_room_for_text() -> None:
    deep = [heading(level, f"Level {level} " + "with many words " * 9) for level in range(1, 7)]
    text, chunks = split_up(*deep, paragraph(prose(400)), title="A title " * 10)
    check(text, chunks, "A title " * 10)
    text, chunks = split_up(heading(1, "endless " * 400), paragraph("Text."))
    check(text, chunks, "Title")


def test_anchors_in_a_section_lead_nearer() -> None:
    _, chunks = split_up(
        heading(2, "Section", "section"),
        paragraph(prose(150)),
        paragraph(prose(150), anchor="middle"),
        paragraph(prose(150)),
        paragraph(prose(150)),
    )
    assert [chunk.anchor for chunk in chunks] == ["section", "middle", "middle", "middle"]


def test_nothing_makes_no_chunk() -> None:
    assert split_up() == ("", ())
    assert split_up(paragraph(" ")) == ("", ())
