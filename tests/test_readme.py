"""What the README says about settings is what the code takes."""

import re
from pathlib import Path

from cevvo.settings import Settings, variable

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_every_setting_is_in_the_readme_with_its_default_and_meaning() -> None:
    rows = dict(re.findall(r"^\| `([A-Z]+_\w+)` \| (.+) \|$", README, re.MULTILINE))
    expected = {}
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "none" if default in ((), None) else f"`{default}`"
        expected[variable(name)] = f"{shown} | {field.description}"
    assert rows == expected


def test_every_path_that_the_readme_links_to_exists() -> None:
    root = Path(__file__).parent.parent
    links = re.findall(r"\]\(([^)#]+)\)|(?:src|srcset)=\"([^\"]+)\"", README)
    paths = [one or other for one, other in links]
    assert len(paths) > 4
    assert [path for path in paths if not (root / path).exists()] == []
