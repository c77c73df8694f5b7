"""Which addresses something may be sent to: the internet, never this network or machine."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from visavis.domain.errors import ValueInvalid

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

IpNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_SPECIAL = tuple(
    ipaddress.ip_network(one)
    for one in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/127",
        "fe80::/10",
        "ff00::/8",
        "fd00:ec2::/32",
    )
)
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, as the system resolves it. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label of more than 63 letters cannot even be asked for
        raise OSError("no such name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def allowed(
    host: str, port: int, *, private: frozenset[str], resolve_host: Resolve = resolve
) -> Sequence[str]:
    """Every address of a host, none of which is private unless the host is in `private`. Raises `ValueInvalid`,
    `OSError`."""
    found = await resolve_host(host, port)
    if not found:
        raise OSError("no address")
    if host.lower() not in private:
        for address in found:
            require_public(address)
    return found


def require_public(text: str) -> IpAddress:
    """The address; raises `ValueInvalid` for one that is not of the public internet, in whatever disguise."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError as error:
        raise ValueInvalid("This is not an IP address.") from error
    for inner in _within(address):
        local = isinstance(inner, ipaddress.IPv6Address) and inner.is_site_local
        if not inner.is_global or local or inner.is_multicast or inner.is_reserved or inner.is_unspecified:
            raise ValueInvalid(
                "The address leads into a private network, so nothing is sent there.",
                hint="Name the host in the setting webhooks.allow_hosts if it is yours.",
            )
    return address


def require_in(text: str, networks: Sequence[IpNetwork]) -> IpAddress:
    """The address; raises `ValueInvalid` unless it is in one of the networks, in whatever disguise.

    This machine, neighbours without a router (where clouds tell secrets) and the like are in a network only if that
    lies among them: 0.0.0.0/0 does not include them.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError as error:
        raise ValueInvalid("This is not an IP address.") from error
    for inner in _within(address):
        special = [one for one in _SPECIAL if inner in one]
        around = [one for one in networks if inner in one]
        if not any(all(_inside(one, other) for other in special) for one in around):
            raise ValueInvalid("The address is in none of the networks that may be reached from here.")
    return address


def _inside(network: IpNetwork, other: IpNetwork) -> bool:
    if isinstance(network, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return network.subnet_of(other)
    if isinstance(network, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network):
        return network.subnet_of(other)
    return False


def _within(address: IpAddress) -> list[IpAddress]:
    """The address and the IPv4 addresses that IPv6 can carry inside: mapped, 6to4, Teredo and NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if any(address in network for network in _NAT64):
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    carried = [address.sixtofour, *(address.teredo or ())]
    return [address, *(one for one in carried if one is not None)]
