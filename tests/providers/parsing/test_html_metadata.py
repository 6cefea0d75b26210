"""What a page says of itself: where it leads, which address is its own, what robots may do."""

import pytest

from cevvo.domain.documents import ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.html import parse_html

URL = "https://docs.acme.example/guide/page.html"


def parse(markup: str, *, url: str | None = URL, selector: str | None = None) -> ParsedDocument:
    return parse_html(markup.encode(), name="page.html", url=url, selector=selector)


def test_frames_are_followed_as_links() -> None:
    frames = '<frameset cols="20%,*"><frame src="toc.html" name=toc><frame src="/start.html#top">'
    page = parse(f"<title>Manual</title>{frames}</frameset>")
    assert page.title == "Manual"
    assert page.blocks == ()
    assert page.links == (
        "https://docs.acme.example/guide/toc.html",
        "https://docs.acme.example/start.html",
    )


def test_pages_in_iframes_are_followed_in_their_turn() -> None:
    page = parse(
        '<p>Text <a href=a.html>a</a><iframe src="../b.html"></iframe><a href=c.html>c</a>'
        '<iframe src="about:blank"></iframe><iframe srcdoc="<p>x"></iframe><img src=d.png>'
        '<script src=e.js></script><iframe src="javascript:void(0)"></iframe>'
    )
    assert page.links == (
        "https://docs.acme.example/guide/a.html",
        "https://docs.acme.example/b.html",
        "https://docs.acme.example/guide/c.html",
    )


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=next.html", "https://docs.acme.example/guide/next.html"),
        ("5;URL='/next.html#there'", "https://docs.acme.example/next.html"),
        ('0; url="https://other.example/x"', "https://other.example/x"),
        ("0, next.html", "https://docs.acme.example/guide/next.html"),
        ("300", None),
        ("0; url=", None),
        ("0; url=javascript:alert(1)", None),
        ("0; url=file:///etc/passwd", None),
        ("0; url=data:text/html,x", None),
        ("next.html", None),
        ("0; url" + " " * 100_000 + "=", None),
    ],
)
def test_s11_meta_refresh_is_a_link_to_a_web_address(content: str, target: str | None) -> None:
    page = parse(f"<meta http-equiv=Refresh content='{content.replace(chr(39), '&#39;')}'><p>Text.")
    assert page.links == ((target,) if target else ())


def test_what_only_the_head_names_is_not_followed() -> None:
    page = parse(
        '<link rel=alternate hreflang=de href="/de/page.html"><link rel=stylesheet href="/s.css">'
        '<link rel=next href="/next.html"><link rel=alternate type="application/rss+xml" href=/f>'
        '<p>Text. <a hreflang=fr href="/fr/page.html">Français</a>'
    )
    assert page.links == ("https://docs.acme.example/fr/page.html",)


@pytest.mark.parametrize(
    ("base", "link"),
    [
        ("<base href='/v2/'>", "https://docs.acme.example/v2/a"),
        ("<base href='../'>", "https://docs.acme.example/a"),
        ("<base href='https://cdn.example/x/'>", "https://cdn.example/x/a"),
        (
            "<base target=_top><base href='/v2/'><base href='/v3/'>",
            "https://docs.acme.example/v2/a",
        ),
        ("<base href='javascript:x'>", "https://docs.acme.example/guide/a"),
        ("<base href='file:///usr/share/doc/'>", "https://docs.acme.example/guide/a"),
        ("<base href=''>", "https://docs.acme.example/guide/a"),
        ("<base href='https://[bad'>", "https://docs.acme.example/guide/a"),
    ],
)
def test_the_base_element_decides_unless_it_is_no_web_address(base: str, link: str) -> None:
    page = parse(f"<head>{base}</head><p>Text. <a href=a>a</a><iframe src=a></iframe>")
    assert page.links == (link,)


@pytest.mark.parametrize(
    "rel", ["nofollow", "NoFollow", "noopener nofollow", "ugc\nnofollow", "external nofollow noref"]
)
def test_links_that_ask_not_to_be_followed(rel: str) -> None:
    page = parse(f"<p>Text. <a rel='{rel}' href=a>a</a><a rel=nofollower href=b>b</a>")
    assert page.links == ("https://docs.acme.example/guide/b",)


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("href='/guide/page.html'", URL),
        ("href='other.html#part'", "https://docs.acme.example/guide/other.html"),
        ("href='//docs.acme.example/x'", "https://docs.acme.example/x"),
        ("href='https://elsewhere.example/x'", "https://elsewhere.example/x"),
        ("href='http://docs.acme.example/x'", "http://docs.acme.example/x"),
        ("href='file:///srv/build/page.html'", None),
        ("href='javascript:void(0)'", None),
        ("href='data:text/html,x'", None),
        ("href='mailto:me@acme.example'", None),
        ("href=''", None),
        ("", None),
    ],
)
def test_s11_canonical_is_a_web_address_or_nothing(link: str, canonical: str | None) -> None:
    assert parse(f"<head><link rel='Canonical' {link}></head><p>Text.").canonical == canonical


def test_a_canonical_is_believed_only_in_the_head_and_without_contradiction() -> None:
    assert parse("<body><p>Text.<link rel=canonical href=/x>").canonical is None
    twice = "<head><link rel=canonical href=/x><link rel=canonical href='{}'></head><p>Text."
    assert parse(twice.format("/x#y")).canonical == "https://docs.acme.example/x"
    assert parse(twice.format("/y")).canonical is None
    assert parse(twice.format("file:///y")).canonical is None


def test_relative_canonicals_mean_nothing_without_a_url() -> None:
    page = parse("<head><link rel=canonical href=/x></head><p>Text.", url=None)
    assert page.canonical is None


@pytest.mark.parametrize(
    ("tags", "asked"),
    [
        ("<meta name=robots content='noindex'>", (True, False)),
        ("<meta name=ROBOTS content=' NoFollow , NoIndex'>", (True, True)),
        ("<meta name=robots content=none>", (True, True)),
        ("<meta name=robots content='index, follow'>", (False, False)),
        ("<meta name=cevvo content=noindex>", (True, False)),
        ("<meta name=Cevvo content=nofollow><meta name=robots content=all>", (False, True)),
        ("<meta name=robots content=nofollow><meta name=robots content=noindex>", (True, True)),
        ("<meta name=googlebot content=noindex>", (False, False)),
        ("<meta name=robots><meta property=robots content=noindex>", (False, False)),
        ("<meta name=robots content='max-snippet:-1, noindexes'>", (False, False)),
    ],
)
def test_robots(tags: str, asked: tuple[bool, bool]) -> None:
    page = parse(f"<head>{tags}</head><p>Text.")
    assert (page.noindex, page.nofollow) == asked


ARTICLE = """<title>Guide</title><h1>Guide</h1><nav class=toc>Contents</nav>
<div class="box outer"><p>One.</p><div class="box inner"><p>Two.</p></div></div>
<p>Between.</p><section class=box id=s><h2>Three</h2><pre>3</pre></section>"""


@pytest.mark.parametrize(
    ("selector", "texts"),
    [
        (".box", ["One.", "Two.", "## Three", "```\n3\n```"]),  # what is within a match, once
        (".inner, .outer", ["One.", "Two."]),
        ("#s", ["## Three", "```\n3\n```"]),
        ("body > p, h1, pre", ["# Guide", "Between.", "```\n3\n```"]),
        ("div:has(> .inner) p", ["One.", "Two."]),
        ("nav", ["Contents"]),
    ],
)
def test_a_selector_takes_what_it_matches(selector: str, texts: list[str]) -> None:
    assert [block.text for block in parse(ARTICLE, selector=selector).blocks] == texts


@pytest.mark.parametrize("selector", ["", " ", "##", "div[", "p,,a", ":unknown(", "p::before", ">"])
def test_an_invalid_selector(selector: str) -> None:
    with pytest.raises(Permanent) as caught:
        parse(ARTICLE, selector=selector)
    assert caught.value.reason == "invalid_selector"
    assert repr(selector) in caught.value.message


def test_a_selector_that_matches_everything_takes_linear_time() -> None:
    nested = "<div>" * 400 + "<p>x</p>" * 20_000
    assert len(parse(nested, selector="div, p").blocks) == 20_000
