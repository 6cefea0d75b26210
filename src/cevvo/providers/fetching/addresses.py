"""Which addresses fetching may reach: public ones, and those that the operator named.

Python's ``is_global`` alone says yes to NAT64, 6to4 and other forms that carry an IPv4 address
inside, to multicast and to some special blocks. So every address is first taken apart into the
addresses that a packet to it may end at, and each of those must be public.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from cevvo.errors import StartError, UrlNotAllowed
from cevvo.providers.fetching.resolver import is_this_machine
from cevvo.providers.fetching.url import IpAddress, WebUrl, literal_address, parse_host, parse_url

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# One message for every forbidden address, so that it tells nothing about what is there.
FORBIDDEN = (
    "This address is not allowed. Only public web addresses can be fetched, on port 80, 443 or "
    "one above 1023, unless the operator allows more (CEVVO_ALLOW_PRIVATE_NETWORKS)."
)

# IANA special-purpose registries, where ``is_global`` is too kind, and the address at which a
# cloud's host answers its guests although it looks public (Azure, 168.63.129.16).
_SPECIAL: tuple[IpNetwork, ...] = tuple(
    ipaddress.ip_network(block)
    for block in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
_WEB_PORTS = (80, 443)
_IPV6_UNICAST = ipaddress.ip_network("2000::/3")

# Prefixes whose last 32 bits are an IPv4 address: mapped and IPv4-compatible (RFC 4291),
# translated (RFC 2765), NAT64 well-known (RFC 6052). The local-use NAT64 prefix 64:ff9b:1::/48
# (RFC 8215) lies outside 2000::/3 and is refused as it stands.
_IPV4_AT_THE_END = tuple(
    ipaddress.ip_network(prefix)
    for prefix in ("::ffff:0:0/96", "::/96", "::ffff:0:0:0/96", "64:ff9b::/96")
)
_PORT = re.compile(r"[0-9]{1,5}")
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: upper half of the interface identifier


class AddressRules:
    """Decides on hosts, ports and addresses; connects to nothing and resolves nothing.

    ``allow_private_networks`` adds to what is public: ranges (``10.0.0.0/8``), names
    (``wiki.internal``), and host:port pairs (``wiki.internal:81``, ``127.0.0.1:8080``,
    ``[::1]:8080``). A name, with or without a port, is compared with the host as the URL writes
    it, and stands for whatever it resolves to: whoever rules over the name decides where
    fetching goes. It covers nothing below it, and without a port it opens no port that is closed.
    Raises StartError for an entry that is none of these.
    """

    def __init__(self, allow_private_networks: tuple[str, ...] = ()) -> None:
        networks: list[IpNetwork] = []
        hosts: set[tuple[str, int | None]] = set()
        for entry in allow_private_networks:
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                hosts.add(_host_and_port(entry))
        self._networks = tuple(networks)
        self._hosts = frozenset(hosts)

    def check_url(self, url: str) -> None:
        """Refuse a URL that can be seen to be forbidden before its name is resolved.

        Raises UrlNotAllowed: not an http(s) address of plain form, a forbidden port, or a host
        that is a forbidden address. A name that passes is judged again when it is resolved.
        """
        self.check_target(parse_url(url))

    def check_target(self, url: WebUrl) -> None:
        """``check_url`` for an address that was parsed before."""
        address = literal_address(url.host)
        if address is not None:
            self.check_addresses(url.host, url.port, [address])
        elif url.host == "localhost" or url.host.endswith(".localhost"):  # RFC 6761, 6.3
            self.check_addresses(url.host, url.port, [ipaddress.IPv4Address("127.0.0.1")])
        else:
            self.check_addresses(url.host, url.port, [])

    def check_addresses(self, host: str, port: int, addresses: Iterable[IpAddress]) -> None:
        """Refuse unless the port and every one of the host's addresses may be reached.

        Raises UrlNotAllowed, with the same words whatever the reason.
        """
        if (host, port) in self._hosts:
            return
        if port not in _WEB_PORTS and port < 1024:
            raise UrlNotAllowed(FORBIDDEN)
        if (host, None) in self._hosts:
            return
        for address in addresses:
            if not all(self._reachable(end, port) for end in _ends(address)):
                raise UrlNotAllowed(FORBIDDEN)

    def _reachable(self, address: IpAddress, port: int) -> bool:
        if any(address in network for network in self._networks):
            return True
        # What listens on a public address of this very machine may be hidden by a firewall that
        # the machine itself stands behind; the web's own ports are there for the world.
        return _is_public(address) and (port in _WEB_PORTS or not is_this_machine(str(address)))


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """A name of at least two labels (one alone is hardly meant), or any host with a port."""
    host, separator, port = entry.rpartition(":")
    try:
        if _PORT.fullmatch(port) and separator and 0 < int(port) < 65536:
            return parse_host(host), int(port)
        name = parse_host(entry)
        if "." in name and literal_address(name) is None:
            return name, None
    except (UrlNotAllowed, ValueError):
        pass
    raise StartError(
        f"{entry!r} is neither a range such as 10.0.0.0/8 nor a name such as wiki.internal, alone "
        "or with a port (wiki:8080)."
    )


def _ends(address: IpAddress) -> Iterator[IpAddress]:
    """The addresses that a packet to ``address`` may end at: itself, or those it carries."""
    if isinstance(address, ipaddress.IPv4Address) or int(address) <= 1:  # ``::`` and ``::1``
        yield address
        return
    tail = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in prefix for prefix in _IPV4_AT_THE_END):
        yield tail
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo
    else:
        yield address
        if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
            yield tail


def _is_public(address: IpAddress) -> bool:
    if any(address in block for block in _SPECIAL):
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _IPV6_UNICAST:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
