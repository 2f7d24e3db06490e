"""Work beside the event loop: done once for all who ask the same, and not without end."""

import asyncio
import threading

from kb.background import Background
from kb.errors import Overloaded


class Work:
    """Work of a background that waits for its gate, once it is done, and how often it was begun."""

    def __init__(self, *, kept: bool) -> None:
        self.background, self.gate = Background(), threading.Event()
        self._kept, self._found, self.begun = kept, dict[int, int](), 0

    async def ask(self, number: int) -> int:
        async def make() -> int:
            self.begun += 1
            await self.background.run(self.gate.wait)
            if self._kept:
                self._found[number] = number
            return number

        return await self.background.once(number, lambda: self._found.get(number), make)


def test_a_crowd_that_asks_the_same_waits_for_one_piece_of_work() -> None:
    """As after a restart, where all clients begin with the operation that all of them have."""

    async def run() -> None:
        work = Work(kept=True)
        crowd = [asyncio.create_task(work.ask(1)) for _ in range(500)]
        other = asyncio.create_task(work.ask(2))
        await asyncio.sleep(0)
        assert work.background.waiting == 1
        work.gate.set()
        assert await asyncio.gather(*crowd, other) == [1] * 500 + [2]
        assert work.begun == 2
        work.background.close()

    asyncio.run(run())


def test_what_cannot_be_kept_is_done_for_each_and_not_without_end() -> None:
    """An operation with a fault is read for each who sends it."""

    async def run() -> None:
        work = Work(kept=False)
        crowd = [asyncio.create_task(work.ask(1)) for _ in range(500)]
        await asyncio.sleep(0)
        work.gate.set()
        outcomes = await asyncio.gather(*crowd, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {int, Overloaded}
        assert work.begun == sum(isinstance(outcome, int) for outcome in outcomes)
        work.background.close()

    asyncio.run(run())


def test_work_beside_the_loop_is_done_once_and_not_without_end() -> None:
    """As much waits as is done soon, at the pace of late."""

    async def run() -> None:
        background, done = Background(), list[int]()
        gate = threading.Event()

        async def plan() -> None:
            async with background.turn():
                if not done:
                    await background.run(gate.wait)
                    done.append(1)

        waiting = [asyncio.create_task(plan()) for _ in range(20)]
        await asyncio.sleep(0)
        assert background.waiting == 19
        many = await asyncio.gather(
            *(asyncio.wait_for(plan(), 0.1) for _ in range(200)), return_exceptions=True
        )
        assert {type(outcome) for outcome in many} == {Overloaded, TimeoutError}
        gate.set()
        await asyncio.gather(*waiting)
        assert done == [1]
        await plan()
        background.close()

    asyncio.run(run())
