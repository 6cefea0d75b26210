"""The threat model names tests that exist, and each is one of the row that it stands in."""

import re

from docs.test_pages import DOCS

PAGE = DOCS / "security.md"


def test_each_attack_is_shown_by_tests_of_its_row() -> None:
    rows = PAGE.read_text().partition("## Attacks")[2].partition("## Not")[0].splitlines()
    rows = [row for row in rows if re.search(r"\([RSC]\d", row)]
    assert len(rows) > 20
    for row in rows:
        attack, _, shown_by = row.strip("| ").split(" | ")
        names = set(re.findall(r"([rsc])(\d+)", " ".join(numbers(attack))))
        files = re.findall(r"\(\.\./(tests/[\w/.]+)\)", shown_by)
        assert files, row
        tests = "".join((DOCS.parent / file).read_text() for file in files)
        for kind, number in names:
            assert re.search(rf"def test(_\w+)?_{kind}{number}_", tests), (row, kind + number)


def numbers(attack: str) -> list[str]:
    """The rows that it names: S7–S14 are eight of them."""
    found = []
    for kind, first, last in re.findall(r"\b([RSC])(\d+)(?:–[RSC](\d+))?", attack):
        found += [f"{kind.lower()}{n}" for n in range(int(first), int(last or first) + 1)]
    return found
