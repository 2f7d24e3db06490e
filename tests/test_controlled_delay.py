"""Queues bounded by time: simulated, with pieces of every length, and any number at work."""

import heapq
import math
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.admission.controlled_delay import CALM_AFTER, CROWD, PATIENCE, STANDING, ControlledDelay
from kb.errors import Overloaded

SERVERS = st.sampled_from([1, 2, 16])
SERVICES = st.floats(0.01, 2.0)


@pytest.fixture(scope="module")
def clock() -> Iterator["Clock"]:
    """What the queue takes for the time."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kb.admission.controlled_delay.time.monotonic", lambda: clock.now)
        yield clock


@dataclass
class Clock:
    now: float = 1_000.0


@dataclass
class Simulation:
    """First come, first served, each piece of the same length."""

    clock: Clock
    servers: int
    service: float
    waits: list[tuple[float, float]] = field(default_factory=list)
    """When each piece that was let in came, and how long it waited."""
    refused: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self.queue = ControlledDelay(self.servers, "too much")
        for _ in range(100):
            self.queue.note(self.service)
        self._free = [self.clock.now] * self.servers
        self._under_way: list[tuple[float, int, ExitStack]] = []

    def arrive(self) -> None:
        self.finish_until(self.clock.now)
        stack = ExitStack()
        try:
            stack.enter_context(self.queue.place())
        except Overloaded:
            self.refused += 1
            return
        begun = max(self.clock.now, heapq.heappop(self._free))
        heapq.heappush(self._free, begun + self.service)
        heapq.heappush(self._under_way, (begun + self.service, len(self.waits), stack))
        self.waits.append((self.clock.now, begun - self.clock.now))

    def finish_until(self, now: float) -> None:
        while self._under_way and self._under_way[0][0] <= now:
            heapq.heappop(self._under_way)[2].close()
            self.queue.note(self.service)
            self.done += 1

    def arrive_evenly(self, rate: float, seconds: float) -> None:
        until = self.clock.now + seconds
        while self.clock.now < until:
            self.arrive()
            self.clock.now += 1 / rate

    @property
    def capacity(self) -> float:
        return self.servers / self.service


@settings(max_examples=30)
@given(SERVERS, SERVICES, st.floats(1.5, 10))
def test_under_too_much_all_are_at_work_and_nobody_waits_long(
    clock: Clock, servers: int, service: float, factor: float
) -> None:
    simulation = Simulation(clock, servers, service)
    allowed = max(PATIENCE, CROWD * service)
    # Until a crowd has come, as long as it takes to be done, and as much again.
    settling = 2 * (allowed + allowed / (factor - 1))
    seconds = max(2.0, 20 * service)
    simulation.arrive_evenly(factor * simulation.capacity, settling)
    begun, before = clock.now, simulation.done
    simulation.arrive_evenly(factor * simulation.capacity, seconds)
    simulation.finish_until(clock.now)
    good = (simulation.done - before) / (clock.now - begun)
    # All of them may end just before what is measured, and just after it.
    assert good > 0.95 * simulation.capacity - 2 * servers / seconds
    assert simulation.refused
    waited = [wait for came, wait in simulation.waits if came >= begun]
    assert max(waited) <= 1.01 * math.ceil(STANDING / servers) * service


@given(SERVERS, SERVICES)
def test_a_crowd_may_wait_for_a_while(clock: Clock, servers: int, service: float) -> None:
    simulation = Simulation(clock, servers, service)
    allowed = max(PATIENCE, CROWD * service)
    crowd = math.floor(0.9 * servers * allowed / service)
    for _ in range(crowd):
        simulation.arrive()
    assert simulation.refused == 0
    for _ in range(2 * crowd + 2 * servers):
        simulation.arrive()
    assert simulation.refused
    assert max(wait for _, wait in simulation.waits) <= allowed + service


@given(SERVERS, SERVICES)
def test_what_can_be_done_is_not_refused(clock: Clock, servers: int, service: float) -> None:
    simulation = Simulation(clock, servers, service)
    simulation.arrive_evenly(0.95 * simulation.capacity, 100 * service / servers)
    assert simulation.refused == 0


def test_times_are_calm_again(clock: Clock) -> None:
    queue = ControlledDelay(1, "too much")
    queue.note(100.0)
    with ExitStack() as stack:
        for _ in range(1 + CROWD):
            stack.enter_context(queue.place())
        with pytest.raises(Overloaded):
            stack.enter_context(queue.place())
    with ExitStack() as stack:
        for _ in range(1 + STANDING):
            stack.enter_context(queue.place())
        with pytest.raises(Overloaded):
            stack.enter_context(queue.place())
        clock.now += CALM_AFTER + 100
        stack.enter_context(queue.place())
        assert (queue.present, queue.waiting) == (2 + STANDING, 1 + STANDING)
    assert queue.present == 0
