"""The processes of a server: an operation in, its answer out, within limits that each request has for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from tempfile import TemporaryDirectory
from typing import Any

from matcalc import processes
from matcalc.errors import defect
from matcalc.web.limits import LimitError, Limits
from matcalc.web.service import answered, refused

QUICK = ("read", "examples", "rules", "notation")
"""Operations that only read; they have a process of their own, so that an echo never waits for a proof."""
SMALLER = "make the problem smaller, or use matcalc on your own computer, which sets no such limit"


class Workers:
    """Two pools of processes, while a server runs."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.busy = 0
        self.folder = TemporaryDirectory(prefix="matcalc", ignore_cleanup_errors=True)
        preload = ["matcalc.web.preloaded"]
        self.working: Any = processes.pool(limits.workers, preload, "web", limits.memory, self.folder.name)
        self.reading: Any = processes.pool(1, preload, "web", limits.memory, self.folder.name)

    def start(self) -> None:
        """Starts the processes, which load the package first; otherwise the first requests wait for that."""
        for pool in (self.reading, self.working):
            pool.schedule(int)

    def stop(self) -> None:
        """Ends all processes; what one that was stopped left in its folder goes, too."""
        for pool in (self.working, self.reading):
            pool.stop()
            pool.join()
        self.folder.cleanup()

    async def answer(self, name: str, request: object, left: Callable[[], Awaitable[None]] | None = None) -> Any:
        """The answer of an operation; {"error": …} where it needs more than the limits. `left`: the client has gone."""
        limits = self.limits
        if self.busy >= limits.waiting:
            return _too_much()
        quick = name in QUICK
        seconds = limits.quick if quick else limits.deadline
        pool = self.reading if quick else self.working
        self.busy += 1
        try:
            future: Any = pool.schedule(answered, args=[name, request], timeout=seconds)
            waiting: set[asyncio.Future[Any]] = {asyncio.wrap_future(future)}
            for one in waiting:
                one.add_done_callback(_seen)
            if left is not None:
                waiting.add(asyncio.ensure_future(left()))
            longest = limits.patience + seconds
            ended, others = await asyncio.wait(waiting, timeout=longest, return_when=asyncio.FIRST_COMPLETED)
            for other in others:
                other.cancel()
            if not ended:
                future.cancel()
                return _too_much()
            if not future.done():
                future.cancel()
                return refused(LimitError("nobody waits for this any more"))
            return processes.result(future)
        except TimeoutError:
            return refused(LimitError(f"this took longer than {seconds:g} seconds, and was stopped", hint=SMALLER))
        except processes.DiedError:
            return refused(LimitError("this needed more memory than there is, and was stopped", hint=SMALLER))
        except Exception as error:  # it is said, and the server goes on
            return refused(defect(type(error).__name__))
        finally:
            self.busy -= 1


def _too_much() -> dict[str, Any]:
    return refused(LimitError("the server has too much to do now", hint="try again in a minute", text="busy"))


def _seen(done: asyncio.Future[Any]) -> None:
    # What went wrong is answered; unseen, it would be logged with its message.
    if not done.cancelled():
        done.exception()
