"""Attempts to make fetching reach what it must not (server-side request forgery).

No test opens a socket to anything but 127.0.0.1: the recording network notes which address is
asked for and answers itself.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpcore2
import pytest

from cevvo.errors import Permanent, Transient, UrlNotAllowed
from cevvo.providers.fetching.addresses import FORBIDDEN, AddressRules
from cevvo.providers.fetching.base import Fetched
from cevvo.providers.fetching.http import HttpFetcher
from faults.recording_network import OTHER_PUBLIC, PUBLIC, RecordingNetwork, Stream, redirect


@pytest.fixture(scope="module", autouse=True)
def _certificates_loaded_once() -> Iterator[None]:
    """Loading the system's certificates takes longer than a test."""
    with pytest.MonkeyPatch.context() as patch:
        context = ssl.create_default_context()
        patch.setattr(ssl, "create_default_context", lambda: context)
        yield


def run(
    network: RecordingNetwork,
    use: Callable[[HttpFetcher], Coroutine[Any, Any, Fetched]],
    allow: tuple[str, ...] = (),
) -> Fetched:
    async def main() -> Fetched:
        fetcher = HttpFetcher(AddressRules(allow), resolve=network.resolve, connect=network.connect)
        try:
            return await use(fetcher)
        finally:
            await fetcher.close()

    return asyncio.run(main())


def fetch(network: RecordingNetwork, url: str, allow: tuple[str, ...] = ()) -> Fetched:
    return run(network, lambda fetcher: fetcher.fetch(url), allow)


LITERALS = [
    "http://127.0.0.1/",
    "http://127.0.0.1:8080/",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0X7F.0.0.1/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.01/",
    "http://127.0.0.1./",
    "http://0/",
    "http://0.0.0.0/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::f7f7:f7f7]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fd00:ec2::254]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://localhost/",
    "http://LOCALHOST/",
    "http://ⓛocalhost/",
    "http://x.localhost/",
    "http://user@127.0.0.1/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1#@example.com/",
]


@pytest.mark.parametrize("url", LITERALS)
def test_s7_literal_addresses(url: str) -> None:
    network = RecordingNetwork()
    with pytest.raises(UrlNotAllowed):
        fetch(network, url)
    assert network.opened == []
    assert network.resolved == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
)
def test_s7_a_name_that_resolves_to_a_forbidden_address(address: str) -> None:
    network = RecordingNetwork({"h.example": [[address]]})
    with pytest.raises(UrlNotAllowed) as caught:
        fetch(network, "http://h.example/")
    assert caught.value.message == FORBIDDEN
    assert network.opened == []


DIFFERENTIALS = [
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com\\.evil.example/",
    "http://example.com#@127.0.0.1/",
    "http://127.0.0.1#@example.com/",
    "http://example.com?@127.0.0.1/",
    "http://example.com/@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://example.com@127.0.0.1:80@example.com/",
    "http://127.0.0.1:80\\@example.com:80/",
    "http://127.0.0.1 @example.com/",
    "http://example.com\t@127.0.0.1/",
    "http://exam\nple.com/",
    "http://127.0.0.1%2f@example.com/",
    "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1%2eexample.com/",
    "http://example.com%23@127.0.0.1/",
    "http://example。com/",
    "http://example．com/",
    "http://ⓔⓧⓐⓜⓟⓛⓔ.ⓒⓞⓜ/",
    "http://example.com／@127.0.0.1/",
    "http://example.com＠127.0.0.1/",
    "http://example.com:80:90/",
    "http://example.com:８０/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http:///127.0.0.1/",
    "http:/127.0.0.1/",
    "http:127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "//127.0.0.1/",
    "http://[::1]@example.com/",
    "http://[::1].example.com/",
    "http://example.com[::1]/",
    "http://[example.com]/",
    "http://example.com\u2028@127.0.0.1/",
    "http://ex\u200dample.com/",
    "http://straße.example/",
    "jar:http://127.0.0.1!/",
    "url:http://127.0.0.1/",
    "http:// 127.0.0.1/",
]


@pytest.mark.parametrize("url", DIFFERENTIALS)
def test_s8_parser_differentials(url: str) -> None:
    """Refused, or the host that was resolved and checked is the one that is asked."""
    network = RecordingNetwork()
    try:
        answer = fetch(network, url)
    except UrlNotAllowed:
        assert network.opened == []
        return
    assert network.opened == [(PUBLIC, 80)]
    assert network.resolved == network.asked
    assert network.asked[0] in {"example.com", "xn--strae-oqa.example"}
    assert answer.url.startswith(f"http://{network.asked[0]}/")


def test_s9_rebinding() -> None:
    """The connection goes to the address that was checked: nothing is resolved a second time."""
    network = RecordingNetwork({"h.example": [[PUBLIC], ["127.0.0.1"]]})
    assert fetch(network, "http://h.example/").body == b"ok"
    assert network.resolved == ["h.example"]
    assert network.opened == [(PUBLIC, 80)]


def test_s9_rebinding_between_a_page_and_its_redirect() -> None:
    network = RecordingNetwork(
        {"h.example": [[PUBLIC], ["127.0.0.1"]]},
        {"h.example/": redirect("https://h.example/next")},
    )
    with pytest.raises(UrlNotAllowed):
        fetch(network, "http://h.example/")
    assert network.opened == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "records",
    [
        [PUBLIC, "127.0.0.1"],
        ["10.0.0.1", PUBLIC],
        [PUBLIC, OTHER_PUBLIC, "::1"],
        ["2606:4700:4700::1111", "::ffff:192.168.0.1"],
    ],
)
def test_s10_mixed_records(records: list[str]) -> None:
    network = RecordingNetwork({"h.example": [records]})
    with pytest.raises(UrlNotAllowed):
        fetch(network, "https://h.example/")
    assert network.opened == []


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:8080/",
        "//127.0.0.1/",
        "http://inside.example/",
        "http://user:password@h.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "ftp://h.example/",
        "javascript:alert(1)",
        "http://h.example:22/",
        "\\\\127.0.0.1\\",
        "http://[bad/",
    ],
)
def test_s11_redirects(location: str) -> None:
    network = RecordingNetwork(
        {"inside.example": [["10.0.0.1"]]}, {"h.example/": redirect(location)}
    )
    with pytest.raises(UrlNotAllowed):
        fetch(network, "http://h.example/")
    assert network.opened == [(PUBLIC, 80)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_s11_every_kind_of_redirect(status: int) -> None:
    answers = {"h.example/": redirect("http://127.0.0.1/", status)}
    network = RecordingNetwork(answers=answers)
    with pytest.raises(UrlNotAllowed):
        fetch(network, "http://h.example/")
    assert network.opened == [(PUBLIC, 80)]


def test_s11_at_most_five_hops() -> None:
    answers = {f"h.example/{n}": redirect(f"/{n + 1}") for n in range(10)}
    network = RecordingNetwork(answers=answers)
    assert fetch(network, "http://h.example/5").url == "http://h.example/10"
    with pytest.raises(Permanent, match="5 redirects"):
        fetch(network, "http://h.example/4")


def test_s12_an_address_is_judged_again_at_each_fetch() -> None:
    network = RecordingNetwork({"h.example": [[PUBLIC], ["127.0.0.1"]]})
    assert fetch(network, "http://h.example/").status == 200
    with pytest.raises(UrlNotAllowed):
        fetch(network, "http://h.example/")


def test_s14_error_oracle() -> None:
    """Whether something listens inside cannot be told from the error."""
    messages = set()
    with_listener, without = 0, 1
    for kind in (with_listener, without):

        async def main(kind: int = kind) -> None:
            listener = await asyncio.start_server(lambda _, w: w.close(), "127.0.0.1", 0)
            port = listener.sockets[0].getsockname()[1]
            if kind == without:
                listener.close()
                await listener.wait_closed()
            fetcher = HttpFetcher(AddressRules())
            for url in (f"http://127.0.0.1:{port}/", f"http://localhost:{port}/"):
                try:
                    await fetcher.fetch(url)
                except UrlNotAllowed as error:
                    messages.add(error.message)
            listener.close()
            await fetcher.close()

        asyncio.run(main())
    assert messages == {FORBIDDEN}


def test_s14_no_address_is_told() -> None:
    async def refuse(
        address: str, port: int, seconds: float | None
    ) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError(f"[Errno 111] Connect call failed ({address!r}, {port})")

    network = RecordingNetwork({"wiki.intranet": [["10.9.8.7"]]})
    network.connect = refuse  # type: ignore[method-assign]
    with pytest.raises(Transient) as caught:
        fetch(network, "http://wiki.intranet/", allow=("10.0.0.0/8",))
    assert caught.value.message == "wiki.intranet could not be reached."
    with pytest.raises(UrlNotAllowed) as refused:
        fetch(network, "http://wiki.intranet/")
    assert "10.9.8.7" not in refused.value.message


def test_the_operators_ranges_are_reached_by_name() -> None:
    network = RecordingNetwork({"wiki.intranet": [["10.9.8.7"]]})
    assert fetch(network, "http://wiki.intranet/", allow=("10.0.0.0/8",)).status == 200
    assert network.opened == [("10.9.8.7", 80)]


def test_addresses_are_tried_in_order() -> None:
    network = RecordingNetwork({"h.example": [["2606:4700:4700::1111", PUBLIC]]})
    opened: list[str] = []

    async def only_ipv4(
        address: str, port: int, seconds: float | None
    ) -> httpcore2.AsyncNetworkStream:
        opened.append(address)
        if ":" in address:
            raise httpcore2.ConnectTimeout("no route")
        return Stream(network)

    network.connect = only_ipv4  # type: ignore[method-assign]
    assert fetch(network, "http://h.example/").status == 200
    assert opened == ["2606:4700:4700::1111", PUBLIC]
