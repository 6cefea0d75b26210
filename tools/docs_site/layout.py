"""The frame around every page: navigation, search, contents of the page, what comes next."""

from dataclasses import dataclass, field
from html import escape

from docs_site.contents import Group, Place
from docs_site.markdown import Heading


@dataclass(frozen=True, slots=True)
class Page:
    """A page without its frame. ``wide`` pages have no contents at the side."""

    url: str
    title: str
    html: str
    about: str = ""
    headings: list[Heading] = field(default_factory=list)
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages have in common. The addresses are those of the built files."""

    groups: list[Group]
    version: str
    style: str
    script: str
    search: str
    icon: str
    font: str

    def around(self, page: Page) -> str:
        """The whole page."""
        title = "Cevvo documentation" if page.url == "/docs" else f"{page.title} · Cevvo"
        return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{escape(page.about or page.title)}">
<title>{escape(title)}</title>
<link rel="preload" href="{self.font}" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="{self.style}">
<link rel="icon" href="{self.icon}" type="image/svg+xml">
<script src="{self.script}" data-search="{self.search}"></script>
</head>
<body>
<a class="skip" href="#site-main">Skip to the content</a>
<header class="bar">
<a class="wordmark" href="/docs">Cevvo<sup aria-hidden="true">1</sup><span>Docs</span></a>
<button type="button" class="search-open" hidden>{_SEARCH} Search <kbd>/</kbd></button>
<button type="button" class="menu-open" popovertarget="site-pages">{_MENU} Menu</button>
</header>
<nav id="site-pages" class="pages" popover aria-label="Documentation">
<button type="button" class="menu-close" popovertarget="site-pages">{_CLOSE} Close</button>
{self._navigation(page)}
{_THEMES}
<p class="foot"><a href="/">Dashboard</a> <a href="/openapi.json">openapi.json</a>
<span>{escape(self.version)}</span></p>
</nav>
<div class="middle{" wide" if page.wide else ""}">
<main id="site-main" tabindex="-1"{' class="home"' if page.url == "/docs" else ""}>
{page.html}
{self._neighbours(page)}
</main>
{"" if page.wide else _on_this_page(page.headings)}
</div>
<dialog class="search" aria-label="Search the documentation">
<input type="search" aria-label="Search the documentation" placeholder="Search the documentation"
 autocomplete="off" spellcheck="false">
<p role="status"></p>
<ol></ol>
</dialog>
</body>
</html>
"""

    def _navigation(self, page: Page) -> str:
        shown = {place.url for group in self.groups for place in group.places}
        here = page.url
        while here not in shown and here != "/docs":  # below a page that the navigation shows
            here = here.rpartition("/")[0] or "/docs"
        return "\n".join(
            f'<div><h2>{escape(group.title)}</h2><ul role="list">'
            + "".join(_entry(place, page, here) for place in group.places)
            + "</ul></div>"
            for group in self.groups
        )

    def _neighbours(self, page: Page) -> str:
        places = [place for group in self.groups for place in group.places]
        at = next((n for n, place in enumerate(places) if place.url == page.url), None)
        if at is None:
            return ""
        links = [("Previous", places[at - 1])] if at else []
        links += [("Next", places[at + 1])] if at + 1 < len(places) else []
        return (
            '<nav class="neighbours" aria-label="Neighbouring pages">'
            + "".join(
                f'<a class="{way.lower()}" href="{place.url}"><small>{way}</small> '
                f"{escape(place.title)}</a>"
                for way, place in links
            )
            + "</nav>"
        )


def _entry(place: Place, page: Page, here: str) -> str:
    current = ""
    if place.url == here:
        current = f' aria-current="{"page" if here == page.url else "true"}"'
    parts = _parts(page) if here == page.url == place.url and page.wide else ""
    return f'<li><a href="{place.url}"{current}>{escape(place.title)}</a>{parts}</li>'


def _parts(page: Page) -> str:
    """The operations of a page of the reference stand in the navigation."""
    items = "".join(
        f'<li><a href="#{escape(each.anchor)}">{escape(each.text)}</a></li>'
        for each in page.headings
    )
    return f'<ul role="list">{items}</ul>'


def _on_this_page(headings: list[Heading]) -> str:
    shown = [heading for heading in headings if heading.level < 4]
    if len(shown) < 2:
        return "<div></div>"
    items = "".join(
        f'<li class="level-{each.level}"><a href="#{escape(each.anchor)}">{escape(each.text)}</a>'
        for each in shown
    )
    return (
        '<nav class="on-page" aria-label="On this page"><h2>On this page</h2>'
        f'<ul role="list">{items}</ul></nav>'
    )


def _icon(path: str) -> str:
    return (
        '<svg width="18" height="18" viewBox="0 0 20 20" fill="none" stroke="currentColor" '
        'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        f'<path d="{path}"/></svg>'
    )


_SEARCH = _icon("M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4")
_MENU = _icon("M3 6h14M3 10h14M3 14h14")
_CLOSE = _icon("M5 5l10 10M15 5L5 15")
_SUN = (
    "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18"
    "M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1"
)
_THEMES = (
    '<div class="themes" role="radiogroup" aria-label="Appearance" hidden>'
    + "".join(
        f'<label title="{name}"><input class="visually-hidden" type="radio" name="theme" '
        f'value="{name}">{_icon(path)}<span class="visually-hidden">{name}</span></label>'
        for name, path in (
            ("system", "M3 4h14v9H3zM7 16h6"),
            ("light", _SUN),
            ("dark", "M16 11.5A6.5 6.5 0 0 1 8.5 4a6.5 6.5 0 1 0 7.5 7.5z"),
        )
    )
    + "</div>"
)
