"""Writes the site into the folder that is its argument."""

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from cevvo import __version__
from docs_site.configuration import MARK as SETTINGS
from docs_site.configuration import settings_reference
from docs_site.contents import DOCS, ROOT, BrokenLink, Group, Place, read_groups, sources, url_of
from docs_site.errors import MARK as ERRORS
from docs_site.errors import error_table
from docs_site.layout import Frame, Page
from docs_site.markdown import Heading, render
from docs_site.reference import MARK as OPERATIONS
from docs_site.reference import operation_table, reference_group, reference_pages
from docs_site.schemas import Description

HERE = Path(__file__).parent
STYLES = ROOT / "dashboard" / "src" / "styles"
FONTS = ROOT / "dashboard" / "src" / "fonts"
REPOSITORY = "https://github.com/cevvo/cevvo/blob/main/"
_FONT = re.compile(r"\.\./fonts/([\w.-]+)")
_GROUP = re.compile(r'<h2 [^\n]*</h2>\n<div class="table".*?</table></div>', re.DOTALL)
_PICTURE = (".png", ".svg")
_NOT_FOUND = Page(
    "/docs/404", "No such page", "<h1>No such page</h1><p>The <a href='/docs'>documentation</a> "
    "lists what there is; the search finds the rest.</p>"
)  # fmt: skip


class Site:
    """A folder that the site is written into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.groups = read_groups()
        self.sources = sources(self.groups)
        self.pages: list[Page] = []
        self.index: list[tuple[str, str, str, str]] = []
        self.description = Description(json.loads((ROOT / "openapi.json").read_text()))
        self.generated: dict[str, Callable[[], str]] = {
            SETTINGS: settings_reference,
            ERRORS: error_table,
            OPERATIONS: partial(operation_table, self.description),
        }

    def build(self) -> None:
        """Write all of it. Raises BrokenLink for a link to a file that is not there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "assets").mkdir(parents=True)
        description = self.description
        places = {place.source: place for group in self.groups for place in group.places}
        for source in self.sources:
            self._guide(source, places.get(source))
        self.groups = _with_reference(self.groups, description)
        for page, texts in reference_pages(description):
            self.pages.append(page)
            self.index += [(page.title, h.text, f"{page.url}#{h.anchor}", t) for h, t in texts]
        frame = self._frame()
        for page in [*self.pages, _NOT_FOUND]:
            path = self.folder / f"{page.url.removeprefix('/docs').strip('/') or 'index'}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(frame.around(page))

    def _guide(self, source: Path, place: Place | None) -> None:
        text = source.read_text()
        for mark, generate in self.generated.items():
            if mark in text:
                text = text.replace(mark, generate())
        rendered = render(text, partial(self._link, source))
        url = url_of(source)
        title = rendered.title or source.stem
        name = place.title if place else title
        page = Page(url, title, rendered.html, place.about if place else "", rendered.headings)
        self.pages.append(_as_index(page) if url == "/docs" else page)
        for heading, words in rendered.sections:
            self.index.append((name, _text(heading), _address(url, heading), words))

    def _link(self, source: Path, target: str) -> str:
        """Where a link of a page leads on the site."""
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path) or target.startswith(("#", "/")):
            return target
        found = (source.parent / path).resolve()
        if not found.exists() or not found.is_relative_to(ROOT):
            raise BrokenLink(f"{source.relative_to(ROOT)} links to {path}, which does not exist")
        if found.suffix in _PICTURE:
            return self._asset(found.name, found.read_bytes())
        if found == ROOT / "openapi.json":
            return "/openapi.json"
        if (found, anchor) == (ROOT / "README.md", "settings"):
            return "/docs/configuration"  # where there is more of them
        if found in self.sources:
            return url_of(found) + (f"#{anchor}" if anchor else "")
        return REPOSITORY + found.relative_to(ROOT).as_posix() + (f"#{anchor}" if anchor else "")

    def _frame(self) -> Frame:
        style = "".join((STYLES / f"{name}.css").read_text() for name in ("tokens", "base"))
        style += (HERE / "site.css").read_text()
        fonts: list[str] = []

        def font(found: re.Match[str]) -> str:
            fonts.append(self._asset(found[1], (FONTS / found[1]).read_bytes()))
            return fonts[-1]

        style = _FONT.sub(font, style)
        self._asset("font-license.txt", (FONTS / "LICENSE").read_bytes())
        index = json.dumps(self.index, ensure_ascii=False, separators=(",", ":"))
        icon = ROOT / "dashboard" / "src" / "favicon.svg"
        return Frame(
            groups=self.groups,
            version=__version__,
            style=self._asset("site.css", style.encode()),
            script=self._asset("site.js", (HERE / "site.js").read_bytes()),
            search=self._asset("search.json", index.encode()),
            icon=self._asset("favicon.svg", icon.read_bytes()),
            font=fonts[0],
        )

    def _asset(self, name: str, content: bytes) -> str:
        """The address of a file whose name changes with its content."""
        stem, _, kind = name.rpartition(".")
        name = f"{stem}-{hashlib.sha256(content).hexdigest()[:10]}.{kind}"
        (self.folder / "assets" / name).write_bytes(content)
        return f"/docs/assets/{name}"


def _as_index(page: Page) -> Page:
    """The first page shows its tables of pages side by side."""
    groups = [found[0] for found in _GROUP.finditer(page.html)]
    shown = "".join(f"<section>{group}</section>" for group in groups)
    before, _, rest = page.html.partition(groups[0])
    after = rest.rpartition(groups[-1])[2]
    html = f'{before}<div class="index">{shown}</div>{after}'
    return replace(page, html=html, headings=[], wide=True)


def _with_reference(groups: list[Group], description: Description) -> list[Group]:
    """The group of the API's own pages comes after the one that lists its overview."""
    found: list[Group] = []
    for group in groups:
        overview = next((p for p in group.places if p.source == DOCS / "api.md"), None)
        rest = [place for place in group.places if place is not overview]
        found.append(Group(group.title, rest))
        if overview is not None:
            found.append(reference_group(description, overview))
    return found


def _text(heading: Heading | None) -> str:
    return heading.text if heading else ""


def _address(url: str, heading: Heading | None) -> str:
    return f"{url}#{heading.anchor}" if heading else url


if __name__ == "__main__":
    try:
        Site(Path(sys.argv[1])).build()
    except BrokenLink as error:
        sys.exit(f"docs_site: {error}")
