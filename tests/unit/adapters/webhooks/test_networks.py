"""Which networks an address is in, whatever it is written as."""

import ipaddress

import pytest

from visavis.adapters.webhooks.addresses import require_in
from visavis.domain.errors import ValueInvalid

PRIVATE = [ipaddress.ip_network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
ALL = [ipaddress.ip_network(one) for one in ("0.0.0.0/0", "::/0")]


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.1.20", "::ffff:10.1.2.3", "fd12:3456::1"])
def test_inside(address: str) -> None:
    require_in(address, PRIVATE)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "169.254.169.254",
        "8.8.8.8",
        "0.0.0.0",  # noqa: S104
        "::1",
        "::",
        "fe80::1%eth0",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fd00:ec2::254",
        "224.0.0.1",
        "2001:4860:4860::8888",
        "no address",
    ],
)
def test_outside(address: str) -> None:
    with pytest.raises(ValueInvalid):
        require_in(address, PRIVATE)


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "::1", "0.0.0.1", "fd00:ec2::254"])
def test_everything_does_not_include_this_machine(address: str) -> None:
    require_in("8.8.8.8", ALL)
    with pytest.raises(ValueInvalid):
        require_in(address, ALL)


def test_this_machine_is_included_by_name_only() -> None:
    require_in("127.0.0.1", [ipaddress.ip_network("127.0.0.0/8")])
    require_in("127.0.0.1", [*ALL, ipaddress.ip_network("127.0.0.1/32")])
