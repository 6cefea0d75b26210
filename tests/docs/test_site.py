"""The documentation site: built from what is there, complete, and every link leads somewhere."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from cevvo import errors
from cevvo.foundation.http.documentation import install_documentation
from cevvo.settings import Settings, variable
from docs_site import contents
from docs_site.__main__ import Site
from docs_site.contents import DOCS, ROOT, BrokenLink, read_groups, sources


class Page(HTMLParser):
    """What links, pictures, ids and headings a page has, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        elif tag in ("img", "script", "link"):
            self.loads.append(given.get("src") or given["href"])
        elif re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built from this checkout."""
    into = tmp_path_factory.mktemp("site")
    Site(into).build()
    return into


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Page]:
    """All of its pages by address."""
    found = {}
    for path in folder.rglob("*.html"):
        name = path.relative_to(folder).with_suffix("").as_posix()
        found["/docs" if name == "index" else f"/docs/{name}"] = Page(path.read_text())
    return found


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    app = FastAPI(docs_url=None)
    install_documentation(app, folder)
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


def test_every_link_and_anchor_leads_somewhere(pages: dict[str, Page], folder: Path) -> None:
    checked = 0
    for url, page in pages.items():
        for link in page.links:
            path, _, anchor = link.partition("#")
            target = path or url
            if target in ("/", "/openapi.json") or re.match(r"[a-z]+:", target):
                continue
            assert target in pages, (url, link)
            assert not anchor or unquote(anchor) in pages[target].ids, (url, link)
            checked += 1
    assert checked > 2000


def test_nothing_is_loaded_from_elsewhere_or_written_inline(
    pages: dict[str, Page], folder: Path
) -> None:
    for url, page in pages.items():
        for load in page.loads:
            assert (folder / load.removeprefix("/docs/")).is_file(), (url, load)
        assert page.inline == [], url
    (style,) = (folder / "assets").glob("site-*.css")
    for font in re.findall(r"url\('([^']+)'\)", style.read_text()):
        assert (folder / font.removeprefix("/docs/")).is_file()


def test_a_page_has_one_title_and_no_id_twice(pages: dict[str, Page]) -> None:
    for url, page in pages.items():
        assert page.headings.count(1) == 1, url
        assert len(page.ids) == len(set(page.ids)), url


def test_every_page_of_docs_is_in_the_navigation_once() -> None:
    listed = [place.source for group in read_groups() for place in group.places]
    guides = set(DOCS.glob("*.md")) - {DOCS / "README.md"}
    assert guides - set(listed) == set(), "add a row to docs/README.md"
    assert len(listed) == len(set(listed)), "docs/README.md lists a page twice"


def test_every_operation_is_in_the_reference(pages: dict[str, Page]) -> None:
    document = json.loads((ROOT / "openapi.json").read_text())
    ids = {id for url, page in pages.items() if url.startswith("/docs/api/") for id in page.ids}
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["operationId"] in ids


def test_every_setting_is_described(folder: Path, pages: dict[str, Page]) -> None:
    text = (folder / "configuration.html").read_text()
    for name, field in Settings.model_fields.items():
        assert variable(name).lower() in pages["/docs/configuration"].ids
        section = text.partition(f'id="{variable(name).lower()}"')[2].partition("<h3")[0]
        default = "none" if field.default in ((), None) else f"<code>{field.default}</code>"
        assert f"Default: {default}" in section, name
        assert str(field.description)[:20] in section, name


def test_every_error_code_is_described(folder: Path) -> None:
    drawn = str(errors.__doc__)
    codes = set(re.findall(r"\d{3} (\w+)$", drawn, re.MULTILINE))
    assert len(codes) > 15
    text = (folder / "api.html").read_text()
    for code in codes:
        assert f"<code>{code}</code>" in text, code


def test_the_search_knows_every_page(folder: Path, pages: dict[str, Page]) -> None:
    (index,) = (folder / "assets").glob("search-*.json")
    known = {url.partition("#")[0] for _, _, url, _ in json.loads(index.read_text())}
    assert known == set(pages) - {"/docs/404"}


def test_how_pages_are_served(client: TestClient) -> None:
    for path in ("/docs", "/docs/websites", "/docs/sdks/python", "/docs/api/chat"):
        response = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert response.status_code == 200, path
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["cache-control"] == "no-cache"
        assert "'unsafe-inline'" not in response.headers["content-security-policy"]
    for path, there in (("/docs/", "/docs"), ("/docs/websites/", "/docs/websites")):
        assert client.get(path).headers["location"] == there
    style = re.search(r'href="(/docs/assets/site-\w+.css)"', client.get("/docs").text)
    assert style is not None
    assert "immutable" in client.get(style[1]).headers["cache-control"]
    for path in ("/docs/nothing", "/docs/assets/nothing.js", "/docs/../app.py", "/docs/%2e%2e/x"):
        assert client.get(path).status_code == 404, path
    assert "No such page" in client.get("/docs/nothing").text


def test_without_the_site_docs_says_how_to_build_it(tmp_path: Path) -> None:
    app = FastAPI(docs_url=None)
    install_documentation(app, tmp_path / "none")
    with TestClient(app) as opened:
        assert "make docs" in opened.get("/docs").text


def test_a_broken_link_stops_the_build(tmp_path: Path) -> None:
    site = Site(tmp_path / "out")
    with pytest.raises(BrokenLink, match="which does not exist"):
        site._link(DOCS / "files.md", "nowhere.md#x")
    with pytest.raises(BrokenLink, match="files"):
        site._link(DOCS / "files.md", "../../../etc/passwd")
    index = tmp_path / "README.md"
    index.write_text("## Start\n\n| page | what for |\n|---|---|\n| [Gone](gone.md) | It |\n")
    with pytest.raises(BrokenLink, match=r"lists gone\.md"):
        contents.read_groups(index)
    assert site._link(DOCS / "files.md", "jobs.md#errors") == "/docs/jobs#errors"
    assert site._link(DOCS / "README.md", "../openapi.json") == "/openapi.json"
    assert site._link(DOCS / "README.md", "../sdks/go/README.md") == "/docs/sdks/go"
    assert site._link(DOCS / "keys.md", "../README.md#settings") == "/docs/configuration"
    assert site._link(DOCS / "security.md", "../SECURITY.md").startswith("https://github.com/")
    assert DOCS / "decisions" / "0001-one-sqlite-file.md" in sources(read_groups())
