"""What passes between the parent and its workers: whole, in order, and without waiting."""

import os
import socket

import pytest

from kb.process.channel import MOST_AT_ONCE, Channel, Message, Word, channel
from kb.process.worker_processes import Pauses, Worker


def received(end: Channel) -> Message:
    message = end.receive()
    assert message is not None
    return message


def test_numbers_and_sockets_arrive_whole() -> None:
    ours, theirs = channel()
    first, second = socket.socketpair()
    numbers = [2**64 - 1, *range(MOST_AT_ONCE - 1)]
    assert ours.send(Word.CONNECTIONS, numbers, [first] * MOST_AT_ONCE)
    message = received(theirs)
    assert (message.word, message.numbers) == (Word.CONNECTIONS, tuple(numbers))
    assert len(message.sockets) == MOST_AT_ONCE
    message.sockets[-1].send(b"hello")
    assert second.recv(5) == b"hello"
    for each in (first, second, *message.sockets):
        each.close()
    ours.close()
    theirs.close()


def test_nobody_waits_for_who_does_not_read() -> None:
    ours, theirs = channel()
    assert theirs.receive() is None
    sent = 0
    while ours.send(Word.GONE, [sent]):
        sent += 1
    assert [received(theirs).numbers for _ in range(sent)] == [(number,) for number in range(sent)]
    assert theirs.receive() is None
    assert ours.send(Word.LAST)
    ours.close()
    assert received(theirs).word is Word.LAST
    with pytest.raises(EOFError):
        theirs.receive()
    assert not theirs.send(Word.READY)
    theirs.close()


def test_who_dies_again_and_again_is_waited_for() -> None:
    ends = [*channel(), *channel()]
    worker, pauses = Worker(0, os.getpid(), ends[0], ends[2]), Pauses()
    assert [pauses.after(worker, 1) for _ in range(4)] == [0.1, 0.2, 0.4, 0.8]
    assert [pauses.after(worker, -9) for _ in range(9)][-1] == 30
    worker.begun -= 60
    assert pauses.after(worker, 1) == 0
    worker.begun += 60
    assert pauses.after(worker, 1) == 0.1
    for end in ends:
        end.close()
