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
            "chat_ms": {"p50": 10.0 * n, "p95": 12.0, "p99": 13.0},
            "chat_cpu_ms": 9.0,
            "least_ms": {"p50": 2.5},
            "p50_over_least": 4.0 * n,
            "p50_over_first_size": float(n),
            "memory_mb": 200,
            "database_mb": 1234,
            "without_reader": {
                "chat_ms": {"p50": 5.0 * n, "p99": 7.0},
                "chat_cpu_ms": 6.0,
                "p50_over_least": 2.0 * n,
            },
        }
        for n, chunks in ((1, 1_000), (2, 10_000))
    ]
    section = growth.section_of(figures, "2 cores")
    assert "| 10,000 | 20.0 ms | 12.0 ms | 13.0 ms | 9.0 ms | 2.0 | 200 MB |" in section
    assert "| 10.0 ms | 7.0 ms | 6.0 ms | 2.00 | 2.5 ms | 8.0, 4.0 | 1,234 MB |" in section
    assert growth.drawn(figures).count("<circle") == 8
