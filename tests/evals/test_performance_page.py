"""Sections of docs/performance.md, and what the figures of growth say."""

from pathlib import Path

from cevvo_evals import growth
from cevvo_evals.performance_page import put


def test_a_section_takes_the_place_of_what_was_measured_before(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text("# Performance\n\nWords.\n")
    put(tmp_path, "one", "first figures", {"one.svg": "<svg/>"})
    put(tmp_path, "two", "others", {})
    put(tmp_path, "one", r"second \1 figures", {})
    assert page.read_text() == (
        "# Performance\n\nWords.\n\n<!-- one: written by cevvo_evals.one -->\n"
        "second \\1 figures\n<!-- end of one -->\n\n<!-- two: written by cevvo_evals.two -->\n"
        "others\n<!-- end of two -->\n"
    )
    assert (tmp_path / "images" / "one.svg").read_text() == "<svg/>"


def test_growth_is_told_by_row_and_drawn() -> None:
    figures = [
        {
            "chunks": chunks,
            **_asked(10.0 * n),
            "least_ms": {"p50": 2.5},
            "p50_over_least": 4.0 * n,
            "p99_over_least": 5.0,
            "database_mb": 1234,
            "without_reader": {**_asked(5.0 * n), "p50_over_least": 2.0 * n, "p99_over_least": 3.0},
        }
        for n, chunks in ((1, 1_000), (2, 10_000))
    ]
    section = growth.section_of(figures, "2 cores")
    with_reader, without = section.split("CEVVO_READER_MODEL=off")
    row = "| 10,000 | {} ms | 13.0 ms | 9.0 ms | 2.00 | 2.5 ms | {} | 33.3 | 240.0 ms |"
    assert row.format("20.0", "8.0, 5.0") in with_reader
    assert row.format("10.0", "4.0, 3.0") in without
    assert "| 1.83 s | 80.0 ms | 30.0 ms | 84.0 ms | 190 MB | 200 MB | 1,234 MB |" in without
    assert growth.drawn(figures).count("<circle") == 8


def _asked(p50: float) -> dict[str, object]:
    return {
        "seconds_to_ready": 1.83,
        "first_question_ms": 80.0,
        "memory_mb_idle": 190,
        "memory_mb": 200,
        "chat_ms": {"p50": p50, "p95": 12.0, "p99": 13.0},
        "chat_cpu_ms": 9.0,
        "together_per_second": 33.3,
        "together_ms": {"p99": 240.0},
        "first_byte_ms": {"p50": 30.0},
        "upload_searchable_ms": {"p50": 84.0},
    }
