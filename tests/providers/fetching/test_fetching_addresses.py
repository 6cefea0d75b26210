"""The address rules: what counts as public, and what the operator can add."""

from collections.abc import Callable
from ipaddress import ip_address

import pytest

from cevvo.errors import StartError, UrlNotAllowed
from cevvo.providers.fetching import addresses
from cevvo.providers.fetching.addresses import FORBIDDEN, AddressRules
from cevvo.providers.fetching.resolver import is_this_machine
from cevvo.settings import load_settings

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "192.0.1.1",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:800::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]

FORBIDDEN_ADDRESSES = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1:7f00:0:100::",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::f7f7:f7f7",  # Teredo, server 127.0.0.1
    "2001:0:808:808:0:0:80ff:fffe",  # Teredo, client 127.0.0.1 (inverted)
    "2001:2::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "2a00:1450:4001:800:0:5efe:127.0.0.1",  # ISATAP
    "2a00:1450:4001:800:200:5efe:10.0.0.1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address: str) -> None:
    AddressRules().check_addresses("h.example", 443, [ip_address(address)])


@pytest.mark.parametrize("address", FORBIDDEN_ADDRESSES)
def test_any_other_address_is_refused_in_the_same_words(address: str) -> None:
    with pytest.raises(UrlNotAllowed) as caught:
        AddressRules().check_addresses("h.example", 443, [ip_address(address)])
    assert caught.value.message == FORBIDDEN


@pytest.mark.parametrize(
    "url", ["https://docs.example.com/", "http://8.8.8.8/", "http://h.example:8080/"]
)
def test_check_url_lets_pass_what_can_only_be_judged_by_resolving(url: str) -> None:
    AddressRules().check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://LOCALHOST./",
        "http://a.localhost/",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://h.example:22/",
        "http://8.8.8.8:25/",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_check_url_refuses_what_is_forbidden_at_sight(url: str) -> None:
    with pytest.raises(UrlNotAllowed, match="not allowed"):
        AddressRules().check_url(url)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/docs"),
        ("localhost:8080", "http://localhost:8080/"),
        ("LocalHost:8080", "http://localhost:8080/"),
        ("[::1]:8080", "http://[::1]:8080/"),
        ("[0:0::1]:8080", "http://[::1]:8080/"),
        ("wiki.intranet:81", "http://wiki.intranet:81/"),
        ("127.0.0.1:22", "http://127.0.0.1:22/"),
        ("10.0.0.0/8", "https://10.1.2.3/"),
        ("10.0.0.0/8", "https://[::ffff:10.1.2.3]/"),
        ("fd00::/8", "https://[fd12::1]/"),
        ("192.168.1.7", "https://192.168.1.7/"),
        ("127.0.0.0/8", "http://localhost:8080/"),
        ("wiki.internal", "https://wiki.internal/"),
        ("Wiki.Internal.", "http://wiki.internal:8080/"),
        ("docs.localhost", "http://docs.localhost/"),
        ("bücher.internal", "http://xn--bcher-kva.internal/"),
    ],
)
def test_the_operator_allows_more(entry: str, url: str) -> None:
    AddressRules((entry,)).check_url(url)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8081/"),
        ("127.0.0.1:8080", "http://localhost:8080/"),
        ("localhost:8080", "http://127.0.0.1:8080/"),
        ("10.0.0.0/8", "http://11.0.0.1:22/"),
        ("10.0.0.0/8", "http://192.168.0.1/"),
        ("10.0.0.0/8", "http://10.0.0.1:22/"),
        ("docs.localhost", "http://localhost/"),
        ("docs.localhost", "http://a.docs.localhost/"),
        ("docs.localhost", "http://docs.localhost:22/"),
        ("docs.localhost", "http://127.0.0.1/"),
    ],
)
def test_and_not_more_than_that(entry: str, url: str) -> None:
    with pytest.raises(UrlNotAllowed):
        AddressRules((entry,)).check_url(url)


def test_an_allowed_name_may_resolve_to_anything_on_its_port_only() -> None:
    rules = AddressRules(("wiki.intranet:8080",))
    rules.check_addresses("wiki.intranet", 8080, [ip_address("10.0.0.5")])
    with pytest.raises(UrlNotAllowed):
        rules.check_addresses("wiki.intranet", 8081, [ip_address("10.0.0.5")])
    with pytest.raises(UrlNotAllowed):
        rules.check_addresses("evil.example", 8080, [ip_address("10.0.0.5")])


def test_an_allowed_name_without_a_port_is_that_very_name() -> None:
    rules = AddressRules(("wiki.internal",))
    inside = [ip_address("10.0.0.5")]
    rules.check_addresses("wiki.internal", 443, inside)
    rules.check_addresses("wiki.internal", 8080, inside)
    for host, port in [
        *(("wiki.internal", 22), ("a.wiki.internal", 443), ("internal", 443)),
        *(("wiki.internal.evil.example", 443), ("wiki-internal", 443), ("10.0.0.5", 443)),
    ]:
        with pytest.raises(UrlNotAllowed):
            rules.check_addresses(host, port, inside)


def test_a_public_address_of_this_machine_is_public_on_the_webs_ports_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(addresses, "is_this_machine", "8.8.8.8".__eq__)
    own, other = [ip_address("8.8.8.8")], [ip_address("9.9.9.9")]
    AddressRules().check_addresses("h.example", 443, own)
    AddressRules().check_addresses("h.example", 9200, other)
    for address in (*own, ip_address("::ffff:8.8.8.8")):
        with pytest.raises(UrlNotAllowed) as caught:
            AddressRules().check_addresses("h.example", 9200, [address])
        assert caught.value.message == FORBIDDEN
    for entry in ("8.8.8.8", "h.example", "h.example:9200"):
        AddressRules((entry,)).check_addresses("h.example", 9200, own)


def test_the_machines_own_addresses() -> None:
    assert is_this_machine("127.0.0.1")
    assert not is_this_machine("no address")


@pytest.mark.parametrize(
    "entry",
    [
        *("10.0.0.0/99", "h", "h:port", "a b:80", "", "true", "*.internal", "wiki..internal"),
        *("10.0.0", "http://wiki.internal", "wiki.internal/"),
    ],
)
def test_an_entry_that_means_nothing_is_refused_at_start(entry: str) -> None:
    with pytest.raises(StartError, match=r"neither a range such as 10\.0\.0\.0/8 nor"):
        AddressRules((entry,))


@pytest.mark.parametrize(
    "entry",
    [
        *("10.0.0.0/8", "192.168.1.7", "fd00::/8", "wiki.internal", "Wiki.Internal.", "wiki:8080"),
        *("[::1]:8080", "bücher.internal", "h", "true", "10.0.0", "10.0.0.0/99", "*.internal"),
        *("http://wiki.internal", "wiki.internal/", "h:port", "a b:80", "a b.c", ":80", "h:"),
        *("h:0", "h:65535", "h:65536", "h:+80", "h:-80", "h: 80", "h:8_0", "h:٨٠", "h:000080"),
        *("::1", "[::1]", "::1:80", "[::1%1]:80", "[h]:80", "[::]:80", "[::1:80", "10.0.0.1:80"),
        *("10.0.0.1.", "10.0.0.1.:80", "10.0.0:80", "0x7f.1:80", "x.0x7f", "x.1", "1:80", "0:80"),
        *("-a.b", "a-.b", "a_b.c", "_a.b", "a..b:80", ".", ".:80", "h.:80", "h.", "a.b..", "*:80"),
        *("a" * 63 + ".b", "a" * 64 + ".b", "a." * 126 + "b", "a." * 127 + "b", "user@h:80"),
        *("0.0.0.0:80", "[::ffff:10.0.0.1]", "bücher:80", "Ａ.internal", "h:80:80"),
    ],
)
def test_the_setting_takes_what_the_rules_take(entry: str) -> None:
    def taken(by: Callable[[], object]) -> bool:
        try:
            by()
        except StartError:
            return False
        return True

    assert taken(lambda: load_settings(allow_private_networks=entry)) == taken(
        lambda: AddressRules((entry,))
    )
