"""The measure of extraction on a page whose figures can be counted, and Cevvo on saved pages."""

from collections import Counter

import pytest

from cevvo_evals.extraction import figures_of, table
from cevvo_evals.extraction_figures import FIGURES, measure, read_markdown, total
from cevvo_evals.extraction_pages import SITES, Page, Site, saved_pages, truth
from cevvo_evals.extractors import cevvo

PAGE = b"""<!doctype html><title>Gates</title><nav>Home and other things to see</nav>
<main><section id=gates><h1>Gates<a class=sign id=extra href="#gates">&para; Link</a></h1>
<p>Open the <b>old</b>est gate first.</p><pre><span>if x:
</span>    go()</pre><h2>Kinds <code>of</code> gates</h2>
<ul><li>Iron gates<ul><li>rusty</li></ul></li><li><p>Wooden</p></li></ul>
<table><tr><th>Gate<th>Width</tr><tr><td>Iron<td>3 m</tr></table>
<table><tr><td>layout<td><pre>y = 1</pre></table></section>
<script>var hidden = "text that counts for nothing"</script></main>
<footer>All rights reserved by nobody</footer>"""
SITE = Site("main", ".sign")


def test_the_truth_of_a_page_is_what_its_markup_says() -> None:
    page = truth(PAGE, SITE)
    assert page.headings == [(1, ("gates",)), (2, ("kinds", "of", "gates"))]
    assert page.anchors == [{"gates", "extra"}, frozenset()]
    assert page.code == Counter({"if x:": 1, "    go()": 1, "y = 1": 1})
    assert page.items == Counter([("iron", "gates"), ("rusty",), ("wooden",)])
    assert page.cells == Counter([("gate",), ("width",), ("iron",), ("3", "m")])
    assert page.words[:6] == ["gates", "open", "the", "oldest", "gate", "first"]
    assert "link" in page.boilerplate
    assert "hidden" not in (*page.words, *page.boilerplate)
    assert page.boilerplate[-5:] == ["all", "rights", "reserved", "by", "nobody"]


GOOD = """# Gates

Open the **old**est gate first.

```python
if x:
    go()
```

## Kinds `of` gates

- Iron gates
  - rusty
- Wooden

| Gate | Width |
| --- | --- |
| Iron | 3 m |

layout

```
y = 1
```
"""


def test_markdown_that_has_all_of_it_gets_full_marks() -> None:
    figures = measure(truth(PAGE, SITE), read_markdown(GOOD, ["extra", None]))
    assert figures == {
        "headings": (2, 2),
        "order": (2, 2),
        "anchors": (1, 1),
        "code": (3, 3),
        "cells": (4, 4),
        "items": (3, 3),
        "recall": (21, 21),
        "precision": (21, 21),
        "boilerplate": (0, 9),
    }


def test_what_is_lost_or_let_through_is_counted() -> None:
    bad = """## Kinds of gates

### Gates

Open the oldest gate. All rights reserved by nobody. [Iron gates](https://x.example/a/b)

    if x:
        go( )

Wooden. Gate Width Iron 3 m
"""
    figures = measure(truth(PAGE, SITE), read_markdown(bad, ["kinds", "gates"]))
    assert figures["headings"] == (1, 2)  # the other one has the wrong level
    assert figures["anchors"] == (0, 1)
    assert figures["code"] == (1, 3)
    assert figures["cells"] == (0, 4)
    assert figures["items"] == (0, 3)
    assert figures["boilerplate"][0] == 2
    assert figures["recall"][0] == figures["precision"][0] < 12


def test_order_is_the_longest_run_that_is_kept() -> None:
    page = truth(b"<main><h2>a</h2><h2>b</h2><h2>c</h2>", SITE)
    assert measure(page, read_markdown("## b\n\n## c\n\n## a"))["order"] == (2, 3)


def test_sums_and_table() -> None:
    rows = {"some": total([{"code": (1, 2)}, {"code": (2, 2), "cells": (0, 0)}])}
    assert rows["some"] == {"code": (3, 4), "cells": (0, 0)}
    header, line = table(rows, {"some": 12.4}).split("\n")
    assert header.split() == [*FIGURES, "pages/s"]
    assert line.split() == ["some", "-", "-", "-", "75.0", "-", "-", "-", "-", "-", "12"]


def test_every_saved_page_has_a_main_part() -> None:
    pages = saved_pages()
    assert len(pages) >= 60
    assert {page.generator for page in pages} == set(SITES)
    for page in pages[::8]:
        assert len(page.truth().words) > 50, page.name


# Percent. Measured over all pages (python -m cevvo_evals.extraction): 99.8 100 99.9 100 100 99.9
# 99.9 99.9, and 0.7 of boilerplate.
AT_LEAST = {
    "headings": 98,
    "order": 100,
    "anchors": 98,
    "code": 99,
    "cells": 99,
    "items": 98,
    "recall": 99,
    "precision": 99,
}


@pytest.fixture(scope="module")
def first_pages() -> list[Page]:
    """One page of each generator."""
    return list({page.generator: page for page in reversed(saved_pages())}.values())


def test_cevvo_keeps_what_it_is_known_to_keep(first_pages: list[Page]) -> None:
    by_generator = figures_of(first_pages, cevvo)
    figures = total(page for pages in by_generator.values() for page in pages)
    for name, least in AT_LEAST.items():
        some, all_ = figures[name]
        assert 100 * some >= least * all_ > 0, (name, some, all_)
    assert figures["boilerplate"][0] < 0.03 * figures["boilerplate"][1]
