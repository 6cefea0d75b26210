"""The table of faults has every row, and each names a test of its own or says why there is none."""

import re

from docs.test_pages import DOCS

ROWS = [f"R{n}" for n in range(1, 41)] + [f"S{n}" for n in range(1, 49)] + ["C1", "C2", "C3"]


def test_each_row_is_shown_by_a_test_that_has_its_name() -> None:
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (DOCS / "faults.md").read_text().splitlines()
        if re.match(r"\| [RSC]\d+ \|", line)
    ]
    assert [row for row, *_ in table] == ROWS
    for row, *_, shown_by, state in table:
        files = re.findall(r"\[([\w.]+)\]\(\.\./(tests/[\w/.]+)\)", shown_by)
        if not files:
            assert state.startswith("not here: "), row
            continue
        assert state == "passes", row
        for name, path in files:
            test = DOCS.parent / path
            assert (row, test.name) == (row, name)
            found = re.search(rf"def test(_\w+)?_{row.lower()}_", test.read_text())
            assert found, f"{path} has no test of {row}"
