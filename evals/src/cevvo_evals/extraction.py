"""How well the main part of a web page comes out, beside well-known extractors.

    uv sync --all-packages --extra extraction     (the extractors to compare with)
    python -m cevvo_evals.extraction

reads the pages in ``evals/pages`` (see LICENCES.md there) with each extractor that is installed and
compares the Markdown with what the page's own markup says (``extraction_pages``). Figures are
shares over all pages: 90 % of cells is 90 % of all cells of all tables. The last figure, the lower
the better, is what of menus, headers and footers got through. Speed is one thread's CPU time.

Cevvo's reader was developed on pages of the same generators, and adjusted on some of these very
pages; it knows where most of them put the text, and the extractors beside it do not. Its row says
how it does on sites like these, not on any site.
"""

import argparse
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from cevvo_evals.extraction_figures import FIGURES, Share, measure, read_markdown, total
from cevvo_evals.extraction_pages import PAGES, Page, saved_pages
from cevvo_evals.extractors import Extractor, cevvo, extractors

Figures = dict[str, Share]


def figures_of(pages: Iterable[Page], extract: Extractor) -> dict[str, list[Figures]]:
    """By generator, the figures of each page."""
    figures: dict[str, list[Figures]] = {}
    for page in pages:
        extracted = read_markdown(*extract(page.content))
        figures.setdefault(page.generator, []).append(measure(page.truth(), extracted))
    return figures


def pages_per_second(pages: Sequence[Page], extract: Extractor) -> float:
    """By CPU time, after a first page."""
    extract(pages[0].content)
    started = time.process_time()
    for page in pages:
        extract(page.content)
    return len(pages) / (time.process_time() - started)


def all_of(figures: Mapping[str, list[Figures]]) -> Figures:
    """Over all generators."""
    return total(page for pages in figures.values() for page in pages)


def table(rows: Mapping[str, Figures], speeds: Mapping[str, float]) -> str:
    """A row per extractor or generator, shares in percent."""
    width = max(map(len, rows), default=0)
    lines = [" ".join([" " * width, *(f"{name:>11}" for name in FIGURES), f"{'pages/s':>11}"])]
    for row, figures in rows.items():
        cells = [_percent(figures.get(name, (0, 0))) for name in FIGURES]
        speed = f"{speeds[row]:.0f}" if row in speeds else ""
        lines.append(" ".join([f"{row:<{width}}", *(f"{c:>11}" for c in (*cells, speed))]))
    return "\n".join(lines)


def _percent(share: Share) -> str:
    return f"{100 * share[0] / share[1]:.1f}" if share[1] else "-"


def worst(pages: Sequence[Page], figure: str, count: int) -> list[tuple[str, Share]]:
    """Pages on which Cevvo misses most (or, of boilerplate, lets most through)."""
    found = []
    for page in pages:
        share = measure(page.truth(), read_markdown(*cevvo(page.content))).get(figure, (0, 0))
        missed = share[0] if figure == "boilerplate" else share[1] - share[0]
        found.append((missed, f"{page.generator}/{page.name}", share))
    return [(name, share) for missed, name, share in sorted(found, reverse=True)[:count] if missed]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--pages", type=Path, default=PAGES, help="folder of the saved pages")
    parser.add_argument("--worst", choices=FIGURES, help="show the pages that lose most of this")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    arguments = parser.parse_args()
    pages = saved_pages(arguments.pages)
    if arguments.worst:
        for name, (some, all_) in worst(pages, arguments.worst, 20):
            print(f"{some:>6} of {all_:>6}  {name}")
        return
    results = {name: figures_of(pages, extract) for name, extract in extractors().items()}
    speeds = {name: pages_per_second(pages, extract) for name, extract in extractors().items()}
    rows = {name: all_of(figures) for name, figures in results.items()}
    own = {generator: total(figures) for generator, figures in results["cevvo"].items()}
    if arguments.json:
        print(json.dumps({"extractors": rows, "cevvo": own, "pages_per_second": speeds}, indent=2))
        return
    sizes = {name: all_ for name, (_, all_) in rows["cevvo"].items()}
    print(f"{len(pages)} pages of {len(own)} generators, percent of what is on the page\n")
    print(table(rows, speeds))
    print("\n" + table(own, {}).replace(" " * 7, "cevvo, ", 1) + "\n")
    for name, meaning in FIGURES.items():
        print(f"{name:>12}: {meaning} ({sizes.get(name, 0):,})")


if __name__ == "__main__":
    main()
