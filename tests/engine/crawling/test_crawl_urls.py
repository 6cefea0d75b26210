"""One address for one page, and the scope of a crawl."""

import time

import pytest

from cevvo.engine.crawling.traps import MAX_VARIANTS, Traps
from cevvo.engine.crawling.urls import Scope, normalize
from cevvo.errors import UrlNotAllowed


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (" https://H/a#top\n", "https://h/a"),
        ("https://h:443/a/../b", "https://h/b"),
        ("https://h/a?utm_source=x&utm_medium=y", "https://h/a"),
        ("https://h/a?UTM_Source=x&b=1&gclid=2&a=2&fbclid=3", "https://h/a?b=1&a=2"),
        ("https://h/a;jsessionid=1F?x=1", "https://h/a?x=1"),
        ("https://h/a;JSESSIONID=1F/b", "https://h/a/b"),
        ("https://h/(S(lit3py55t21z5v55vlm25s55))/a", "https://h/a"),
        ("https://h/(S(lit3py55t21z5v55vlm25s55))", "https://h/"),
        ("https://h/f(x(1))/(see(a)", "https://h/f(x(1))/(see(a)"),
        ("https://h/a?PHPSESSID=1&sid=2&q=sid", "https://h/a?q=sid"),
        ("https://h/a?z=1&&a=2&", "https://h/a?z=1&a=2"),
        ("https://h/a?sidebar=1&gclid2=1", "https://h/a?sidebar=1&gclid2=1"),
        ("https://h/%7Ea/%e9", "https://h/~a/%E9"),
    ],
)
def test_a_page_has_one_address(url: str, page: str) -> None:
    assert normalize(url) == page
    assert normalize(page) == page


@pytest.mark.parametrize("url", ["", "mailto:a@h", "javascript:void(0)", "/a", "http://", "#top"])
def test_what_is_no_address_of_a_page(url: str) -> None:
    assert normalize(url) is None


@pytest.mark.parametrize(
    ("start", "inside", "outside"),
    [
        ("https://h/", ["https://h/", "https://h/a/b?c=1"], ["https://www.h/", "https://h:8443/"]),
        ("https://h", ["https://h/x"], ["https://g/x"]),
        ("https://h/docs/", ["https://h/docs/", "https://h/docs", "https://h/docs/a"],
         ["https://h/", "https://h/docs2/", "https://h/doc", "https://h/docs/../x"]),
        ("https://h/docs", ["https://h/docs", "https://h/docs/a"], ["https://h/docsx", "https://h/"]),
        ("https://h/docs/index.html", ["https://h/docs/", "https://h/docs/a.html"], ["https://h/"]),
        ("https://h/index.php?id=1", ["https://h/x"], ["https://g/"]),
        ("https://h/docs/v1.2", ["https://h/docs/v1.2/a"], ["https://h/docs/v1.3/a"]),
        ("http://h:8080/a/", ["http://h:8080/a/b"], ["http://h/a/b", "https://h/a/b"]),
    ],
)  # fmt: skip
def test_scope(start: str, inside: list[str], outside: list[str]) -> None:
    scope = Scope.around(start)
    assert [scope.admit(url) for url in inside] == [normalize(url) for url in inside]
    assert [scope.admit(url) for url in outside] == [None] * len(outside)


def test_http_and_https_are_one_site() -> None:
    assert Scope.around("https://h/").admit("http://h/a") == "https://h/a"
    assert Scope.around("http://h/").admit("https://h:443/a") == "http://h/a"


def test_a_start_that_is_no_address() -> None:
    with pytest.raises(UrlNotAllowed, match="http and https"):
        Scope.around("docs")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://h/" + "a" * 2000, "longer than 2000"),
        ("https://h/?" + "&".join(f"a{n}=1" for n in range(9)), "more than 8 query parameters"),
        ("https://h/a/b/a/b/a/b", "occurs 3 times"),
        ("https://h/" + "/".join(map(str, range(21))), "more than 20 path segments"),
        ("https://h/logo.PNG", r"not a document \(.png\)"),
        ("https://h/download/tool.tar.gz?x=1", r"not a document \(.gz\)"),
    ],
)
def test_addresses_that_are_refused_unseen(url: str, reason: str) -> None:
    found = Traps().reason(url)
    assert found is not None
    assert reason.replace("\\", "") in found


@pytest.mark.parametrize(
    "url",
    [
        "https://h/",
        "https://h/?" + "&".join(f"a{n}=1" for n in range(8)),
        "https://h/1/1/1/1",
        "https://h/" + "/".join(map(str, range(20))),
        "https://h/api/v1/api",
        "https://h/manual.pdf",
        "https://h/v1.2",
        "https://h/release-2.0.zip/notes",
        "https://h/wiki/Node.js",
        "https://h/wiki/Libc.so",
        "https://h/configuring/package.json",
        "https://h/reference/pom.xml",
        "https://h/wiki/Source.map",
        "https://h/wiki/Thumbs.db",
    ],
)
def test_addresses_that_are_not(url: str) -> None:
    assert Traps().reason(url) is None


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://h/events?month={}",
            "https://h/events?day=May+17+20{:02}",
            "https://h/list?visit=5f2b8c0d9e{:06}",
            "https://h/login?next=/page/{}",
            "https://h/calendar/20{:02}/05/",
            "https://h/on/20{:02}-01-31",
        ),
        *(
            "https://h/calendar/20{:02}/may/list",
            "https://h/20{:02}-W07",
            "https://h/on/20{:02}0131/x",
        ),
    ],
)
def test_a_calendar_has_an_end(url: str) -> None:
    traps = Traps()
    reasons = [traps.reason(url.format(n)) for n in range(MAX_VARIANTS + 5)]
    assert reasons[:MAX_VARIANTS] == [None] * MAX_VARIANTS
    assert all(r and "differ only in a date or query" in r for r in reasons[MAX_VARIANTS:])
    assert traps.reason("https://h/elsewhere?month=1") is None


@pytest.mark.parametrize(
    "url",
    [
        "https://h/s/5f2b8c0d9e{:06}/guide",
        "https://h/s/00000000-0000-0000-0000-000000{:06}/guide",
        "https://h/k3j4h5k6j7h8g9f0q{:06}z/guide",
    ],
)
def test_session_ids_in_the_path_have_an_end(url: str) -> None:
    traps = Traps()
    reasons = [traps.reason(url.format(n)) for n in range(MAX_VARIANTS + 1)]
    assert reasons[:MAX_VARIANTS] == [None] * MAX_VARIANTS
    assert reasons[MAX_VARIANTS] == "more than 50 addresses that differ only in a session id"


@pytest.mark.parametrize(
    "url",
    [
        "https://h/2024/05/17/post-{}",
        "https://h/articles/36000{:09}",
        "https://h/articles/getting-started-with-version-{}/install",
        "https://h/pages/5f2b8c0d9e{:06}",
        "https://h/topic/1234/{}",
        "https://h/5f2b8c0d9e123456/page{}",
        "https://h/doku.php?id=howto:step{}",
        "https://h/index.php?title=Knot_{}",
        "https://h/index.php?lang=en&page=knot-{}",
        "https://h/index.php?option=content&view=article&id={}:knots",
        "https://h/wiki?Knot{}",
        "https://h/index.php?title=%D0%A3%D0%B7%D0%B5%D0%BB_{}",
    ],
)
def test_what_only_looks_like_a_trap_is_not_counted(url: str) -> None:
    traps = Traps()
    assert {traps.reason(url.format(n)) for n in range(3 * MAX_VARIANTS)} == {None}


def test_the_same_parameters_in_another_order_are_the_same_page() -> None:
    traps = Traps()
    assert traps.reason("https://h/a?x=1&y=2&z=3") is None
    assert traps.reason("https://h/a?y=2&z=3&x=1") == "the same query parameters in another order"
    assert traps.reason("https://h/b?y=2&z=3&x=1") is None
    assert traps.reason("https://h/a?y=3&z=2&x=1") is None
    assert traps.reason("https://h/a?tag=1&tag=2") is None
    assert traps.reason("https://h/a?tag=2&tag=1") is None


@pytest.mark.parametrize(
    "url",
    [
        "https://h/events?view=list&date=20{:02}-05-17T00%3A00",
        "https://h/list?sort=name&order=up&page={}",
        "https://h/doku.php?id=start&rev=17000000{:02}",
    ],
)
def test_a_name_beside_a_number_does_not_make_it_endless(url: str) -> None:
    traps = Traps()
    reasons = [traps.reason(url.format(n)) for n in range(MAX_VARIANTS + 5)]
    assert reasons.count(None) == MAX_VARIANTS + 1  # the first names a page
    assert all(reasons[MAX_VARIANTS + 1 :])


def test_pages_of_a_wiki_are_not_counted_and_their_tools_are() -> None:
    traps = Traps()
    tools = []
    for n in range(3 * MAX_VARIANTS):
        page = f"https://h/index.php?title=Knot_{n}"
        if n:
            assert traps.reason(page) is None
        tools += [traps.reason(f"{page}&action={name}") for name in ("history", "edit")]
        if not n:  # seen after what belongs to it
            assert traps.reason(page) is None
    assert tools.count(None) <= MAX_VARIANTS + 2
    assert tools[-1] == "more than 50 addresses that differ only in a date or query"


def test_filters_of_a_list_do_not_multiply() -> None:
    traps = Traps()
    reasons = [
        traps.reason(f"https://h/shop?colour={colour}&size={size}&sort={sort}")
        for colour in ("red", "green", "blue", "black")
        for size in ("small", "medium", "large", "huge")
        for sort in ("name", "price", "age", "rating", "sales", "stock", "brand", "weight")
    ]
    assert reasons.count(None) <= MAX_VARIANTS + 4 + 4 + 8


def test_a_long_value_is_judged_in_linear_time() -> None:
    started = time.process_time()
    for value in ("may" * 600, "1" * 1900, "T-" * 900 + "x", "a1" * 900):
        Traps().reason(f"https://h/a?b={value}")
    assert time.process_time() - started < 0.5
