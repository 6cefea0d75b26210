"""PDF files."""

import zlib

import pytest

from cevvo.domain.documents import ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.pdf import parse_pdf
from made_pdf import Field, Put, Rule, pdf


def parse(content: bytes) -> ParsedDocument:
    return parse_pdf(content, name="Orchard manual.pdf")


def column(top: float, *lines: str, x: float = 72) -> list[Put]:
    return [Put(x, top - 12 * n, line) for n, line in enumerate(lines)]


PROSE = (
    "The orchard has four hundred trees of nine kinds, most of them",
    "apples, which are picked from late August on by hand and stored",
    "in the cellar until spring.",
)


def furnished(number: int, body: list[Put]) -> list[Put]:
    return [
        Put(72, 780, "Orchard manual", 9),
        *body,
        Put(300, 30, f"Page {number}", 9),
    ]


def test_a_whole_document() -> None:
    pages = [
        furnished(1, [Put(72, 740, "Trees", 18, "F2"), *column(700, *PROSE)]),
        furnished(
            2,
            [
                *column(740, "Two things matter to a tree that is to grow old and bear well:"),
                *column(
                    722,
                    "• light",
                    "• water, which it takes from the ground by roots that are",
                ),
                *column(698, "as long as its branches", x=80),
                Put(72, 670, "Tools", 18, "F2"),
                Put(72, 640, "orchard prune", 10, "F3"),
                Put(84, 628, "--tree 7", 10, "F3"),
            ],
        ),
        furnished(3, column(740, *PROSE)),
    ]
    document = parse(pdf(*pages, title="Orchard manual", catalog="/Lang(en-GB)"))
    assert (document.title, document.language, document.unit_count) == ("Orchard manual", "en", 3)
    assert [(block.page, block.text) for block in document.blocks] == [
        (1, "# Trees"),
        (1, " ".join(PROSE)),
        (2, "Two things matter to a tree that is to grow old and bear well:"),
        (
            2,
            "- light\n"
            "- water, which it takes from the ground by roots that are as long as its branches",
        ),
        (2, "# Tools"),
        (2, "```\norchard prune\n  --tree 7\n```"),
        (3, " ".join(PROSE)),
    ]


def test_headings_by_the_outline_though_type_is_no_larger() -> None:
    body = [Put(72, 740, "1.2 Grafting", 10), *column(720, *PROSE)]
    document = parse(pdf(body, outline=[("Grafting", 0)]))
    assert document.blocks[0].text == "# 1.2 Grafting"
    assert document.title == "1.2 Grafting"


def test_a_word_broken_at_the_end_of_a_line_is_made_whole() -> None:
    broken = column(
        740, "Grafting joins two plants so that they grow to-", "gether as one tree, well-"
    )
    broken += column(716, "known since antiquity. It is well-known.")
    text = parse(pdf(broken)).blocks[0].text
    assert "grow together as one tree, well-known since" in text


def test_paragraphs_by_distance_and_by_short_last_lines() -> None:
    body = [*column(740, *PROSE), *column(704, *PROSE), *column(640, *PROSE)]
    document = parse(pdf(body))
    assert [block.text for block in document.blocks] == [" ".join(PROSE)] * 3


def test_numbered_headings_are_no_page_numbers() -> None:
    pages = [
        [Put(72, 760, f"{n} Chapter", 18, "F2"), *column(700, *PROSE), Put(300, 30, str(n), 9)]
        for n in range(1, 6)
    ]
    document = parse(pdf(*pages))
    assert [b.text for b in document.blocks if b.kind == "heading"] == [
        f"# {n} Chapter" for n in range(1, 6)
    ]
    assert not any(block.text == "1" for block in document.blocks)


def test_lines_with_other_numbers_on_each_page_are_no_furniture() -> None:
    """A catalogue: what stands first and last on a page has the same words, and is no header."""
    first = [f"Item {9000 + 20 * n} costs {n * 37 % 90}.50 euros." for n in range(12)]
    last = [f"Item {9019 + 20 * n} costs {n * 53 % 90}.50 euros." for n in range(12)]
    pages = [
        [
            Put(72, 790, f"Tools of 2026, part {1 + n // 5}", 9),
            *column(740, first[n]),
            *column(700, *PROSE),
            *column(600, last[n]),
            Put(300, 30, f"{1 + n // 5}-{1 + n % 5}", 9),
        ]
        for n in range(12)
    ]
    texts = [block.text for block in parse(pdf(*pages)).blocks]
    assert texts == [text for n in range(12) for text in (first[n], " ".join(PROSE), last[n])]


def test_contents_with_dotted_lines_are_left_out() -> None:
    body = [*column(740, "Trees . . . . . . . . . . . 3", "Tools ........................ 5")]
    document = parse(pdf([*body, *column(600, *PROSE)]))
    assert [block.text for block in document.blocks] == [" ".join(PROSE)]


def test_lines_in_columns_are_a_table() -> None:
    rows = [
        ("Tree", "Height", "Use"),
        ("apple", "5 m", "cider and cake,"),
        ("pear", "9 m", "perry"),
    ]
    body = [
        Put(x, 700 - 12 * (n + (n > 1)), cell, 10, "F1" if n else "F2")
        for n, row in enumerate(rows)
        for x, cell in zip((72, 200, 300), row, strict=True)
    ]
    body.insert(6, Put(300, 676, "mostly", 10))
    document = parse(pdf([*column(740, *PROSE), *body]))
    assert document.blocks[1].text == (
        "| Tree | Height | Use |\n| --- | --- | --- |\n"
        "| apple | 5 m | cider and cake, mostly |\n| pear | 9 m | perry |"
    )


def grid(columns: list[float], rows: list[float], *, without: int | None = None) -> list[Rule]:
    """Rules around cells; ``without`` leaves out the row's rule in the first column."""
    across = [
        Rule(columns[1] if n == without else columns[0], y, columns[-1], y)
        for n, y in enumerate(rows)
    ]
    return across + [Rule(x, rows[0], x, rows[-1]) for x in columns]


def test_rules_tell_the_cells_of_a_table() -> None:
    cells = [
        *(Put(74, 690, "Tree"), Put(152, 690, "Use")),
        # Two lines in one cell, beside one: without the rules this would be three rows.
        *(Put(74, 668, "apple"), Put(152, 668, "cider and"), Put(152, 656, "cake")),
        Put(152, 638, "juice"),
    ]
    rules = grid([70, 150, 260], [700, 680, 650, 630], without=2)
    document = parse(pdf([*column(740, *PROSE), *cells, *rules, *column(600, *PROSE)]))
    assert [block.text for block in document.blocks] == [
        " ".join(PROSE),
        "| Tree | Use |\n| --- | --- |\n| apple | cider and cake |\n|  | juice |",
        " ".join(PROSE),
    ]


def test_words_that_run_across_columns_are_whole_and_stand_in_the_first() -> None:
    cells = [
        *(Put(74, 690, "All trees of the orchard"), Put(202, 690, "Use")),
        *(Put(74, 665, "apple"), Put(132, 665, "5 m"), Put(202, 665, "cider")),
        *(Put(74, 640, "pear"), Put(132, 640, "9 m"), Put(202, 640, "perry")),
    ]
    rules = [
        r for r in grid([70, 130, 200, 260], [705, 680, 655, 630]) if r.x != 130 or r.to_x > r.x
    ]
    document = parse(pdf([*cells, *rules, Rule(130, 680, 130, 630)]))
    assert document.blocks[0].text == (
        "| All trees of the orchard |  | Use |\n| --- | --- | --- |\n"
        "| apple | 5 m | cider |\n| pear | 9 m | perry |"
    )


def test_rules_without_words_between_are_a_drawing() -> None:
    rules = grid([70 + 20 * n for n in range(9)], [700 - 20 * n for n in range(9)])
    document = parse(pdf([*column(740, *PROSE), Put(75, 685, "0"), *rules]))
    assert all(block.kind == "paragraph" for block in document.blocks)


def test_columns_are_read_one_after_the_other_and_paragraphs_go_on() -> None:
    left = [
        *("The orchard has four hundred", "trees of nine kinds, most of", "them apples."),
        *("They are picked from late", "August on by hand and then"),
    ]
    right = ["stored in the cellar until", "spring."]
    body = [*column(700, *left), *column(700, *right, x=320)]
    texts = [block.text for block in parse(pdf(body)).blocks]
    assert texts == [
        " ".join(left[:3]),
        " ".join(left[3:] + right),
    ]


def test_items_within_items_and_bullets_of_word_processors() -> None:
    items = ((72, "light"), (90, "water"), (90, "from the ground"), (72, "time"))
    body = [Put(x, 740 - 12 * n, f"• {text}") for n, (x, text) in enumerate(items)]
    document = parse(pdf([*column(780, *PROSE), *body]))
    assert document.blocks[1].text == "- light\n  - water\n  - from the ground\n- time"


def test_titles_of_boxes_in_any_language_are_no_headings() -> None:
    pages = [
        [
            Put(72, 760, f"{n} Chapter", 18, "F2"),
            *column(720, *PROSE),
            Put(72, 660, "Hinweis", 12, "F2"),
            *column(642, *PROSE),
            *column(580, f"The {'very ' * n}last line", f"of the {'very ' * n}page."),
        ]
        for n in range(1, 6)
    ]
    document = parse(pdf(*pages, outline=[(f"{n} Chapter", n - 1) for n in range(1, 6)]))
    assert [b.text for b in document.blocks if b.kind == "heading"] == [
        f"# {n} Chapter" for n in range(1, 6)
    ]
    assert document.blocks[2].text == "Hinweis: " + " ".join(PROSE)


def test_the_number_of_a_chapter_stands_with_its_title() -> None:
    page = [Put(72, 780, "CHAPTER", 10), Put(72, 765, "TWO", 14), Put(72, 730, "Tools", 20, "F2")]
    document = parse(pdf([*page, *column(700, *PROSE)], outline=[("Tools", 0)]))
    assert [block.text for block in document.blocks] == ["# CHAPTER TWO Tools", " ".join(PROSE)]


def test_a_contents_list_without_dots_is_left_out() -> None:
    contents = [Put(72, 740, "Trees 2"), Put(72, 725, "Tools and ladders 3")]
    pages = [
        [*contents, *column(600, *PROSE)],
        *([Put(72, 740, title), *column(700, *PROSE)] for title in ("Trees", "Tools and ladders")),
    ]
    document = parse(pdf(*pages, outline=[("Trees", 1), ("Tools and ladders", 2)]))
    assert [block.text for block in document.blocks if block.page == 1] == [" ".join(PROSE)]


def test_a_sentence_that_begins_with_code_is_no_code() -> None:
    first = [Put(72, 740, "orchard prune", 10, "F3"), Put(160, 740, "cuts what has died, and", 10)]
    body = [*first, Put(72, 728, "leaves the rest alone for another year.")]
    assert [block.kind for block in parse(pdf(body)).blocks] == ["paragraph"]


def test_the_title_of_a_box_goes_before_its_text() -> None:
    body = [Put(72, 740, "Warning", 10, "F2"), *column(722, *PROSE)]
    assert parse(pdf(body)).blocks[0].text == "Warning: " + " ".join(PROSE)


@pytest.mark.parametrize(
    ("written", "title"),
    [("", "Orchard manual"), ("Microsoft Word - x.doc", "Orchard manual"), ("Real", "Real")],
)
def test_title(written: str, title: str) -> None:
    assert parse(pdf(column(740, *PROSE), title=written)).title == title


def test_pages_without_text_are_counted_and_reported() -> None:
    document = parse(pdf(column(740, *PROSE), [], title="x"))
    assert document.unit_count == 2
    assert document.warnings == ("1 of 2 pages hold no text (pictures only?): 2",)


def test_type_scaled_by_the_text_matrix_is_measured_as_printed() -> None:
    stream = b"BT /F1 1 Tf 24 0 0 24 72 740 Tm (Scaled title) Tj 10 0 0 10 72 700 Tm (%s) Tj ET"
    plain = pdf(column(740, "x"))
    old = plain[plain.index(b"BT ") : plain.index(b"\nendstream")]
    new = stream % PROSE[0].encode()
    content = plain.replace(b"/Length %d" % len(old), b"/Length %d" % len(new)).replace(old, new)
    assert [block.kind for block in parse(content).blocks] == ["heading", "paragraph"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf([], []), "scanned"),
        (pdf(column(740, "- - -")), "scanned"),
        (
            pdf(
                column(740, *PROSE),
                trailer="/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4"
                f"/O<{'00' * 32}>/U<{'00' * 32}>>>",
            ),
            "encrypted",
        ),
        (b"%PDF-1.7 and nothing else", "unreadable"),
        (pdf(column(740, *PROSE))[:200], "unreadable"),
        (b"", "unreadable"),
        (pdf(), "unreadable"),
    ],
    ids=["pictures", "no letters", "encrypted", "header only", "half", "nothing", "no pages"],
)
def test_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Permanent) as caught:
        parse(content)
    assert caught.value.reason == reason


def test_compressed_pages() -> None:
    plain = pdf(column(740, *PROSE))
    start, end = plain.index(b"BT "), plain.index(b"\nendstream")
    packed = zlib.compress(plain[start:end])
    header = b"<</Length %d>>" % (end - start)
    content = (plain[:start] + packed + plain[end:]).replace(
        header, b"<</Filter/FlateDecode/Length %d>>" % len(packed)
    )
    assert parse(content).blocks[0].text == " ".join(PROSE)


def test_characters_beyond_the_basic_plane_are_whole() -> None:
    page = [Put(72, 700, "Let x be y.")]
    assert parse(pdf(page, letters={"x": "𝔸", "y": "😀"})).blocks[0].text == "Let 𝔸 be 😀."


def test_words_of_joined_arabic_letters_are_read_from_the_right() -> None:
    drawn = "ابحرم"  # from the left, each letter's form marked as what it stands for
    page = [Put(72 + 5 * n, 700, "x", actual=letter) for n, letter in enumerate(drawn)]
    assert parse(pdf(page)).blocks[0].text == "مرحبا"


def test_words_broken_with_the_hyphen_of_unicode_are_whole() -> None:
    lines = column(700, "The harbour and the shipping company have an agree~", "ment about it.")
    text = "The harbour and the shipping company have an agreement about it."
    assert parse(pdf(lines, letters={"~": "\u2010"})).blocks[0].text == text
    lines = column(700, "Donau~", "dampfschifffahrts~", "gesellschaft")
    text = "Donaudampfschifffahrtsgesellschaft"
    assert parse(pdf(lines, letters={"~": "\u2010"})).blocks[0].text == text


def test_what_is_filled_into_a_form_is_read_behind_its_label() -> None:
    page: list[Put | Field] = [
        *(Put(72, 700, "Name:"), Field(120, 697, 220, "Ada")),
        *(Put(230, 700, "Boat:"), Field(270, 697, 400, "Heron")),
        *(Put(72, 600, "Remarks"), Field(72, 570, 400, "Berth 12 is free.")),
        *(Put(72, 500, "Signed"), Field(120, 497, 400, "not shown", flags=2)),
    ]
    texts = [block.text for block in parse(pdf(page)).blocks]
    assert " ".join(texts) == "Name: Ada Boat: Heron Remarks Berth 12 is free. Signed"
