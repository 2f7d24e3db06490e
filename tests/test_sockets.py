"""Addresses to serve on: bound before anything is prepared, and refused in one sentence."""

import errno
import socket

import pytest

from kb.errors import AddressError
from kb.process import listeners
from tests.support.service import free_port


def refusal(host: str, port: int) -> str:
    with pytest.raises(AddressError) as raised, listeners.bind(host, port):
        pytest.fail("it was bound")
    assert raised.value.code == "BAD_ADDRESS"
    return str(raised.value)


def test_any_free_port_is_told_as_the_one_that_it_is() -> None:
    with listeners.bind("127.0.0.1", 0) as bound:
        address = listeners.url("127.0.0.1", bound)
        assert address == f"http://127.0.0.1:{bound[0].getsockname()[1]}"
        assert not address.endswith(":0")


def test_a_name_is_served_on_all_its_addresses_on_one_port() -> None:
    with listeners.bind("localhost", 0) as bound:
        assert len({listener.getsockname()[1] for listener in bound}) == 1
        assert listeners.url("localhost", bound).startswith("http://localhost:")


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        assert listeners.url("::1", [bound]) == f"http://[::1]:{port}"
        assert listeners.url("fe80::1%eth0", [bound]) == f"http://[fe80::1%25eth0]:{port}"


def test_a_taken_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert refusal("127.0.0.1", port).startswith(
            f"port {port} of 127.0.0.1 is taken by another program; name another in KB_PORT"
        )


def test_a_port_that_is_taken_between_is_told_too() -> None:
    """Two may be bound to an address as long as neither listens."""
    port = free_port()
    with listeners.bind("127.0.0.1", port) as first, listeners.bind("127.0.0.1", port) as second:
        listeners.listen(first, "127.0.0.1")
        with pytest.raises(AddressError, match="taken by another program"):
            listeners.listen(second, "127.0.0.1")


@pytest.mark.parametrize("host", ["nowhere.invalid", "a" * 64 + ".example"])
def test_a_host_that_is_not_known(host: str) -> None:
    assert refusal(host, 0) == f"the host {host} is not known; name another in KB_HOST or by --host"


def test_an_address_of_another_machine() -> None:
    assert refusal("192.0.2.1", 0).startswith("192.0.2.1 is no address of this machine; name")


def test_what_a_user_may_not_open() -> None:
    """Root may, and on some systems everybody."""
    for number in (errno.EACCES, errno.EPERM):
        told = str(listeners.address_error(OSError(number, "no"), "127.0.0.1", 80))
        assert told.startswith("port 80 is not for this user to serve on; name another")


def test_what_nobody_foresaw_keeps_the_systems_words_apart() -> None:
    error = listeners.address_error(OSError(errno.EMFILE, "Too many open files"), "127.0.0.1", 80)
    assert str(error).startswith("port 80 of 127.0.0.1 cannot be served on; ")
    assert error.whole().endswith("\nToo many open files")
