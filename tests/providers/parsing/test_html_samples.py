"""Saved pages of further generators, block by block: MkDocs, VitePress, Publican, frames."""

from pathlib import Path

from cevvo.domain.documents import Block, ParsedDocument
from cevvo.providers.parsing.html import parse_html

SAMPLES = Path(__file__).parent / "samples"
URL = "https://orchard.example/guide/"


def sample(name: str) -> ParsedDocument:
    content = (SAMPLES / f"{name}.html").read_bytes()
    return parse_html(content, name=f"{name}.html", url=URL)


def test_mkdocs_page() -> None:
    page = sample("mkdocs")
    assert (page.title, page.language, page.refusal) == ("Pruning", "en", None)
    assert page.canonical == "https://orchard.example/"
    assert page.links == (
        "https://orchard.example/guide/",
        "https://orchard.example/guide/tools/",
        "https://www.mkdocs.org/",
    )
    assert page.blocks == (
        Block("heading", "# Pruning", 1, "pruning"),
        Block("paragraph", "Prune with `orchard prune`. See tools."),
        Block("heading", "## When", 2, "when"),
        Block("paragraph", "In winter: Trees sleep from December on."),
        Block("list", "1. Look at the tree.\n2. Cut."),
        Block("code", "```python\nimport orchard\n\norchard.prune(tree=3)\n```"),
        Block("table", "| Tree | Month |\n| --- | --- |\n| Apple | 1 |\n| Plum \\| cherry | 7 |"),
        Block("heading", "### Rules", 3, "rules"),
        Block("list", "- Scion: A shoot for grafting."),
        Block("paragraph", "Text with a footnote."),
        Block("list", "1. Said by the gardener."),
    )


def test_vitepress_page() -> None:
    page = sample("vitepress")
    assert (page.title, page.language, page.refusal) == ("Pruning 2.0", "en", None)
    assert page.blocks == (
        Block("heading", "# Pruning 2.0", 1, "pruning"),
        Block("paragraph", "Prune with `orchard prune`."),
        Block("heading", "## When to prune", 2, "when-to-prune"),
        Block("paragraph", "Mind the birds: They nest until July."),
        Block("paragraph", "Why? Because of the sap."),
        Block("paragraph", "config.js config.ts"),  # the tabs of the next two
        Block("code", "```js\nexport default {\n  trees: 3,\n}\n```"),
        Block("code", "```ts\nconst trees: number = 3\n```"),
        Block("table", "| Tree | Month |\n| --- | --- |\n| Apple | 1 |"),
        Block("paragraph", "TIP: Sharpen first."),
        Block("list", "1. Look.\n2. Cut."),
    )


def test_publican_page() -> None:
    page = sample("publican")
    assert (page.title, page.refusal) == ("7.2. Grafting", None)
    assert [block.text for block in page.blocks] == [
        "## 7.2. Grafting",
        "Grafting joins two plants; see Section 7.1, “Soil”.",
        "VOCABULARY Scion",
        "A shoot that is cut for grafting.",
        "### 7.2.1. Tools",
        "- `knife`: sharp\n- tape",
        "Example 7.1. Asking for a graft",
        "```\n# orchard graft --tree=3\ndone\n```",
        "Table 7.1. Months",
        "| Tree | Month |\n| --- | --- |\n| Apple | `3` |",
    ]
    anchors = [block.anchor for block in page.blocks if block.kind == "heading"]
    assert anchors == ["sect.grafting", "sect.tools"]


def test_a_page_of_frames_leads_to_its_frames() -> None:
    page = sample("frames")
    assert (page.title, page.blocks) == ("Orchard 1.4 Manual", ())
    assert page.refusal == "empty: the page's text is in frames, which are pages of their own."
    assert page.links == (
        "https://orchard.example/guide/overview-frame.html",
        "https://orchard.example/guide/allclasses-frame.html",
        "https://orchard.example/guide/manual/start.htm",
    )


def test_the_page_in_a_frame_as_the_nineties_wrote_it() -> None:
    page = sample("framed")
    assert (page.title, page.refusal) == ("Getting Started", None)
    assert page.blocks == (
        Block("paragraph", "Start Tools Index", anchor="top"),
        Block("heading", "# Getting Started", 1),
        Block("paragraph", "Plant the tree deep enough.\nWater it."),
        Block("paragraph", "Then wait."),
        Block("heading", "## Care", 2, "care"),
        Block("paragraph", "What to do each year:"),  # a table that only lays out
        Block("list", "- Prune in winter.\n- Feed:\n  - compost\n  - ash"),
        Block("table", "| Tree | Metres |\n| --- | --- |\n| Apple | 4 |\n| Plum | 3 |"),
        Block("code", "```\norchard plant apple\n    --depth 60\n```"),
        Block("list", "- Scion: A shoot.\n- Stock: What bears it."),
        Block("paragraph", "Mail | Top"),
    )
    assert page.links == tuple(f"{URL}{name}.htm" for name in ("start", "tools", "index"))


def test_menus_of_a_page_without_a_main_part_go() -> None:
    links = "<a href=a>Home</a> <a href=b>Download</a> <a href=c>Support</a> |"
    page = parse_html(
        f"""<body><div class="menu mainmenu">{links}</div><table class=header><td>{links}</table>
        <h2 id=a>Menus</h2><div class="menu">A menu is a list of <a href=d>dishes</a>.</div>
        <div class=fancy_toc><a href=#a>Menus</a></div></body>""".encode(),
        name="x",
    )
    assert [block.text for block in page.blocks] == ["## Menus", "A menu is a list of dishes."]


def test_fragments_of_headings() -> None:
    """A link in a heading is its permalink if it is a sign or all of the heading."""
    page = parse_html(
        b"""<main><h2><a href="#top" name="pod">From POD</a></h2><p>x
        <section id=own><h3>type <a href="#other">Output</a> = bool</h3><p>x</section>
        <h3><button id=copy></button>Copied</h3><p>x
        <h3 id=old>Signed <a href="#new" class=headerlink>Permalink</a></h3><p>x
        <h3><a href="#whole">All of it</a></h3><p>x
        <h3><a href="#sign"></a>Icon</h3><p>x<a id=late></a><h3>After</h3></main>""",
        name="x",
    )
    headings = {b.text.lstrip("# "): b.anchor for b in page.blocks if b.kind == "heading"}
    assert headings == {
        "From POD": "pod",
        "type Output = bool": "own",
        "Copied": None,
        "Signed": "new",
        "All of it": "whole",
        "Icon": "sign",
        "After": None,
    }
