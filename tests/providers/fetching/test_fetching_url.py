"""The one URL parser: what it makes of addresses, and what it refuses."""

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cevvo.errors import UrlNotAllowed
from cevvo.providers.fetching.url import parse_host, parse_url


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("HTTP://Docs.Example.COM", "http://docs.example.com/"),
        ("https://h:443/a", "https://h/a"),
        ("http://h:80/a", "http://h/a"),
        ("https://h:80/a", "https://h:80/a"),
        ("http://h./", "http://h/"),
        ("http://h/a/./b/../c", "http://h/a/c"),
        ("http://h/a/%2e%2E/b", "http://h/b"),
        ("http://h/../../etc", "http://h/etc"),
        ("http://h/a/..", "http://h/"),
        ("http://h/a//b/", "http://h/a//b/"),
        ("http://h/%7euser/%c3%a9", "http://h/~user/%C3%A9"),
        ("http://h/é b", "http://h/%C3%A9%20b"),
        ("http://h/100%", "http://h/100%25"),
        ("http://h/a?q=x y&z=1#part", "http://h/a?q=x%20y&z=1"),
        ("http://h/a?", "http://h/a"),
        ("http://h?q=1", "http://h/?q=1"),
        ("http://h/@user", "http://h/@user"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://straße.example/", "http://xn--strae-oqa.example/"),
        ("http://ｅxample.com/", "http://example.com/"),
        ("http://exam\u00adple.com/", "http://example.com/"),
        ("http://[2001:DB8:0::1]:8080/", "http://[2001:db8::1]:8080/"),
        ("http://１２７.０.０.１/", "http://127.0.0.1/"),
    ],
)
def test_an_address_has_one_normal_form(text: str, normal: str) -> None:
    assert str(parse_url(text)) == normal
    assert str(parse_url(normal)) == normal


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Only http and https"),
        ("docs.example.com", "Only http and https"),
        ("//h/", "Only http and https"),
        ("ftp://h/", "Only http and https"),
        ("file:///etc/passwd", "Only http and https"),
        ("gopher://h/", "Only http and https"),
        ("javascript:alert(1)", "Only http and https"),
        ("http:/h/", "Only http and https"),
        (" http://h/", "Only http and https"),
        ("http:///path", "host is not valid"),
        ("http://user@h/", "user name"),
        ("http://user:password@h/", "user name"),
        ("http://h\\@evil/", "backslash"),
        ("http://h/a\\b", "backslash"),
        ("http://h/a\nb", "control character"),
        ("http://h\t/", "control character"),
        ("http://h/\x00", "control character"),
        ("http://h/\ud800", "control character"),
        ("http://h:/", "host or port"),
        ("http://h:+80/", "host or port"),
        ("http://h:80:80/", "host or port"),
        ("http://h:８０/", "host or port"),
        ("http://h:0/", "port is not valid"),
        ("http://h:65536/", "port is not valid"),
        ("http://h:123456/", "host or port"),
        ("http://a b/", "host is not valid"),
        ("http://a..b/", "host is not valid"),
        ("http://-a/", "host is not valid"),
        ("http://h%2eexample/", "host is not valid"),
        ("http://" + "a" * 64 + ".example/", "host is not valid"),
        ("http://" + "a." * 127 + "example/", "host is not valid"),
        ("http://[::1%25eth0]/", "host is not valid"),
        ("http://[::1/", "host or port"),
        ("http://[v1.x]/", "host is not valid"),
        ("http://2130706433/", "host is not valid"),
        ("http://0x7f.1/", "host is not valid"),
        ("http://1.2.3/", "host is not valid"),
        ("http://1.2.3.4.5/", "host is not valid"),
        ("http://0177.0.0.1/", "host is not valid"),
        ("http://example.1/", "host is not valid"),
        ("http://h/" + "a" * 9000, "longer than"),
    ],
)
def test_what_is_not_plainly_an_address_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UrlNotAllowed, match=reason) as caught:
        parse_url(text)
    assert caught.value.reason == "url_not_allowed"


@pytest.mark.parametrize("host", ["h", "xn--bcher-kva.example", "192.0.2.1", "a_b.example"])
def test_a_host_in_normal_form_stays_as_it_is(host: str) -> None:
    assert parse_host(host) == host


@given(
    st.text("htps:/@#?\\.%[]0123456789abcxX-_１。é \t", max_size=30).map(lambda t: "http://" + t)
)
def test_the_http_client_reads_the_same_host_or_nothing(text: str) -> None:
    try:
        parsed = parse_url(text)
    except UrlNotAllowed:
        return
    read = httpx2.URL(str(parsed))
    assert read.raw_host == parsed.host.encode()
    assert (read.port or 80) == parsed.port
    assert read.userinfo == b""
    assert str(parse_url(str(parsed))) == str(parsed)
