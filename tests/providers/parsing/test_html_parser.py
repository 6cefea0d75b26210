"""Pages in the manner of several generators, block by block."""

from pathlib import Path

import pytest

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.html import parse_html

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str, url: str | None = None) -> ParsedDocument:
    return parse_html((SAMPLES / f"{name}.html").read_bytes(), name=f"{name}.html", url=url)


def parse(markup: str, url: str | None = None) -> ParsedDocument:
    return parse_html(markup.encode(), name="page.html", url=url)


def texts(document: ParsedDocument) -> list[str]:
    return [block.text for block in document.blocks]


def headings(document: ParsedDocument) -> list[tuple[str, str | None]]:
    return [(b.text, b.anchor) for b in document.blocks if b.kind == "heading"]


def test_sphinx_page() -> None:
    page = sample("sphinx", url="https://docs.orchard.example/en/latest/connecting.html")
    assert page.title == "Connecting to Orchard"
    assert page.language == "en"
    assert page.canonical == "https://docs.orchard.example/en/latest/connecting.html"
    assert headings(page) == [
        ("# Connecting to Orchard", "connecting-to-orchard"),
        ("## The `Client` class", "the-client"),
        ("### class orchard.Client(host, timeout=5.0)", "orchard.Client"),
        ("#### pick(count)", "orchard.Client.pick"),
        ("## Example", "example"),
    ]
    assert texts(page)[1:4] == [
        "Orchard speaks a binary protocol on port 7410. See Ports.",
        "Warning: Never expose the port to the internet.",
        "Use a tunnel instead.",
    ]
    code = next(block for block in page.blocks if block.kind == "code")
    assert code.text == (
        '```python\nfrom orchard import Client\n\nwith Client("tree") as c:\n    c.pick(3)\n```'
    )
    table = next(block for block in page.blocks if block.kind == "table")
    assert table.text == (
        "| Name | Default |\n| --- | --- |\n| `max_conn` | 100 |\n| a \\| b | 10^6 bytes |"
    )


def test_a_code_block_in_an_item_interrupts_the_list_and_numbers_go_on() -> None:
    page = sample("sphinx")
    position = next(n for n, block in enumerate(page.blocks) if block.text.startswith("3. Open"))
    assert texts(page)[position : position + 4] == [
        "3. Open the gate.",
        "```console\n$ orchard open\n```",
        "Wait for the bell.",
        "4. Close it.\n  - first the latch\n  - then the lock",
    ]


def test_definition_lists_short_and_nested() -> None:
    page = sample("sphinx")
    assert "- scion: A shoot for grafting.\n- stock: The plant that carries it." in texts(page)
    assert "- Parameters:\n  - host – name or address\n  - timeout – seconds to wait" in texts(page)


def test_mkdocs_material_page() -> None:
    page = sample("mkdocs_material", url="https://elsewhere.example/x/")
    assert (page.title, page.language) == ("Sicherung", "de")
    assert (page.noindex, page.nofollow) == (False, True)
    assert texts(page) == [
        "# Sicherung",
        "Die Daten liegen in `/var/lib/orchard`. Drücke `Ctrl`+`C` zum Abbrechen.",
        "Nachts sichern: Dann schläft der Garten.",
        "Warum? Weil niemand schreibt.",
        "## Ablauf",
        "sichern.sh",
        "```bash\norchard stop\nif true; then\n    cp -a /var/lib/orchard /backup\nfi\n```",
        "Linux",
        "Nimm `rsync`.",
        "- Platz prüfen",
    ]
    assert "https://handbuch.orchard.example/v2/install/" in page.links  # by the base element


def test_docusaurus_page() -> None:
    page = sample("docusaurus")
    assert page.title == "Deploying"
    assert texts(page) == [
        "# Deploying",
        "Ship your orchard in two steps.",
        "## Build",
        "```bash\nnpm run build\n\n  echo done\n```",
        "```bash\nyarn build\n```",  # the other tab
        "Danger: Do not ship on Fridays.",
        "## Questions",
        "Is it free?",
        "Yes, up to ten trees.",
        "| Plan | Trees |\n| --- | --- |\n| Free | 10 |\n| Team | 500 |",
    ]
    assert headings(page)[1] == ("## Build", "build")


def test_docbook_page_in_latin_1() -> None:
    page = sample("docbook")
    assert page.title == "Chapter 4. Configuration"
    assert headings(page) == [
        ("## Chapter 4. Configuration", "config"),
        ("## 4.1. The file", "config-file"),
        ("### `port` (`integer`)", "opt-port"),
        ("### `host`", "opt-host"),
        ("## 4.2. Units", "config-units"),
    ]
    assert "The server reads `orchard.conf`. André wrote it." in texts(page)
    assert "Note: Restart after a change." in texts(page)
    assert "```\n# comment\n[server]\n  port = 7410\n```" in texts(page)
    assert texts(page)[-2:] == [
        "| Unit | Bytes |\n| --- | --- |\n| small | 1 |\n| small | 2 |\n| big |  |",
        "> Measure twice.\n> Cut once.",
    ]
    assert not any("Prev" in text or "Table of Contents" in text for text in texts(page))


def test_asciidoctor_page() -> None:
    page = sample("asciidoctor")
    assert (page.title, page.language) == ("Guide du verger", "fr")
    assert headings(page) == [("## 1. Taille", "_taille")]
    assert texts(page)[2:7] == [
        "Important: Taillez en hiver.",
        "Prudence: Mettez des gants.",
        "Listing 1. Un script",
        "```ruby\narbre.tailler (1)\n```",
        "|  |  |\n| --- | --- |\n| 1 | Coupe nette |",
    ]
    assert texts(page)[7] == "- Sécateur: Pour les petites branches\n- Scie: Pour les grosses"
    assert texts(page)[8] == "- un\n  - deux"


def test_help_center_page_without_what_is_hidden() -> None:
    page = sample("helpcenter", url="https://help.orchard.example/hc/1")
    assert page.title == "How do I cancel my plan?"
    assert texts(page) == [
        "You can cancel at any time. Open Settings > Billing.\nThe plan ends with the month.",
        "Refunds take five days.",
        "### Can I come back?",
        "Yes, within 90 days.",  # hidden at first, but a button shows it
        "zerowidth and softhyphens",
    ]
    assert page.links == ("https://help.orchard.example/hc",)


def test_handwritten_page() -> None:
    page = sample("handwritten")
    assert page.title == "Opening hours"
    assert texts(page) == [
        "# Opening hours",
        "## Summer",
        "Monday to Friday\n9 to 5",
        "Saturday 10 to 4",
        "Closed on Sunday.",
        "Call us.",
        "## Winter",
        "Short days.",
    ]
    assert headings(page)[1] == ("## Summer", "summer")


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Setup | Acme Docs</title>", "<p>x", "Setup"),
        ("<title>Acme — Setup</title><meta property=og:site_name content=Acme>", "<p>x", "Setup"),
        ("<title>A | B</title><meta property=og:title content='From og'>", "<p>x", "From og"),
        ("<title>Only</title>", "<p>x", "Only"),
        ("", "<p>x", "page"),
        ("<title>T</title>", "<h1>The `real` <code>one</code></h1><p>x", "The real one"),
        ("<title>Real - Site</title>", "<h1>Site</h1><main><h1>Real</h1><p>x</main>", "Real"),
    ],
)
def test_title(head: str, body: str, title: str) -> None:
    assert parse(f"<html><head>{head}</head><body>{body}").title == title


def test_links_are_absolute_without_fragment_and_once() -> None:
    page = parse(
        '<p><a href="b#x">b</a><a href="b#y">b</a><a href="//c.example/d">c</a><a href="#top">t</a>'
        '<a href="https://[bad/">bad</a><a href="javascript:x()">j</a><area href="/e?q=1">'
        '<a rel="noopener NoFollow" href="/f">f</a>',
        url="https://a.example/dir/page",
    )
    assert page.links == (
        "https://a.example/dir/b",
        "https://c.example/d",
        "https://a.example/e?q=1",
    )


def test_relative_links_lead_nowhere_without_a_url() -> None:
    assert parse('<p>x<a href="b">b</a><a href="https://c.example/">c</a>').links == (
        "https://c.example/",
    )


def test_text_after_a_definition_list_does_not_stand_under_its_last_term() -> None:
    entry = "<dt id=a>alpha</dt><dd><p>First.</p><pre>x</pre></dd>"
    followed = parse(f"<h2>Options</h2><dl>{entry}</dl><p>About all of them.</p>")
    assert [b.kind for b in followed.blocks] == ["heading", "paragraph", "code", "paragraph"]
    assert followed.blocks[1] == Block("paragraph", "alpha: First.", anchor="a")
    last = parse(f"<section><h2>Options</h2><dl>{entry}</dl></section><h2>Next</h2><p>x")
    assert last.blocks[1] == Block("heading", "### alpha", 3, "a")


def test_page_of_contents_keeps_them_as_there_is_nothing_else() -> None:
    page = parse("<h1>Manual</h1><div class=toc><ul><li><a href=a>One</a></li></ul></div>")
    assert texts(page) == ["# Manual", "- One"]


@pytest.mark.parametrize(
    "junk",
    [
        '<div class="toc-macro"><ul><li><a href="#a">Fees</a></ul></div>',
        '<div class="page-metadata">Created by Jane Roe, last modified on May 02, 2024</div>',
        '<div id="ez-toc-container"><p>Table of Contents<ul><li><a href="#a">Fees</a></ul></div>',
        '<div class="sharedaddy sd-block"><h3>Share this:</h3><ul><li>Facebook</ul></div>',
        '<div id="jp-relatedposts"><h3>Related</h3><p>Another post</div>',
    ],
)
def test_what_wikis_and_blogs_put_around_their_text_is_left_out(junk: str) -> None:
    page = parse(f"<main><h1>Port</h1>{junk}<h2 id=a>Fees</h2><p>A berth costs 250 euro.</main>")
    assert texts(page) == ["# Port", "## Fees", "A berth costs 250 euro."]


@pytest.mark.parametrize("empty", ['<script src="a.js"/>', "<textarea />", "<title/>"])
def test_xhtml_closes_elements_at_once(empty: str) -> None:
    page = parse(f'<?xml version="1.0"?><html><body>{empty}<h1>Port</h1><p>Open.</body></html>')
    assert texts(page) == ["# Port", "Open."]


def test_cookies_may_be_a_subject() -> None:
    page = parse("<main><div class=section id=cookie-notice><h2>Cookie notice</h2><p>Text.</div>")
    assert texts(page) == ["## Cookie notice", "Text."]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>secret</p>",
        "<p aria-hidden=true>secret</p>",
        "<p style='color:red; DISPLAY : none'>secret</p>",
        "<p style='visibility:hidden'>secret</p>",
        "<p style='position:absolute;left:-9999px'>secret</p>",
        "<p style='opacity: 0;'>secret</p>",
        "<!-- secret -->",
        "<template><p>secret</template>",
        "<noscript>secret</noscript>",
        "<p>\U000e0073\U000e0065</p>",
    ],
)
def test_hidden_text_is_left_out(hidden: str) -> None:
    assert texts(parse(f"<main><p>Seen.</p>{hidden}</main>")) == ["Seen."]


def test_opacity_that_shows_is_kept() -> None:
    assert texts(parse("<p style='opacity:0.8'>Seen.</p>")) == ["Seen."]


def test_fence_is_longer_than_those_inside() -> None:
    page = parse("<pre>```js\nx\n```</pre>")
    assert texts(page) == ["````\n```js\nx\n```\n````"]


def test_wide_cells_cannot_blow_up_a_table() -> None:
    page = parse("<table><tr><td colspan=9999>a<td rowspan=9999>b<tr><td>c</table>")
    assert max(len(text) for text in texts(page)) < 2000


@pytest.mark.parametrize(
    "markup", ["", "<html><body></body>", "<div id=root></div><noscript>Enable JS</noscript>", "<"]
)
def test_nothing_to_read(markup: str) -> None:
    with pytest.raises(Permanent) as caught:
        parse(markup)
    assert caught.value.reason == "no_content"


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 1_000_000, "<div>" * 4000 + "x" + "</div>" * 4000, "<b></i>" * 5000 + "x"],
    ids=["a million", "closed again", "closed wrongly"],
)
def test_endless_nesting_is_refused_at_once(markup: str) -> None:
    with pytest.raises(Permanent) as caught:
        parse(markup)
    assert caught.value.reason == "too_complex"


@pytest.mark.parametrize(
    "markup",
    [
        f"<SCRIPT>{'if(a<b){c()}' * 4000}</script>",
        f"<style>{'/* <b> */' * 4000}</style>",
        f"<!-- {'<div>' * 4000} -- -->",
        "<Font>a</font>" * 4000,
    ],
    ids=["script", "style", "comment", "capitals"],
)
def test_what_is_not_nested_is_read(markup: str) -> None:
    page = parse(f"<h1>Title</h1>{markup}<p>Text.</p>")
    assert texts(page)[-1].endswith("Text.")


@pytest.mark.parametrize(
    "before", ["<!-->", "<!--->", "<!-- --!>", "<script>a</script>", "<script-x>", "<svg><style>"]
)
def test_what_is_nested_behind_a_script_or_comment_is_refused_at_once(before: str) -> None:
    with pytest.raises(Permanent) as caught:
        parse(before + "<div>" * 1_000_000)
    assert caught.value.reason == "too_complex"
