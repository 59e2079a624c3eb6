"""Carries out a plan: engines side by side, each within its time, expected failures as outcomes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed

from scanner.model.errors import AssetError, EngineError
from scanner.model.outcome import EngineRun, Failed, FailureKind, Outcome
from scanner.model.plan import Plan, Task
from scanner.model.protocols import Engine, ScanContext, Tally
from scanner.model.values import Value


class Progress(Value, kw_only=True):
    """Something that happened to an engine: it said something, counted, or `ended`."""

    engine: str
    text: str = ""
    tally: Tally | None = None
    ended: EngineRun | None = None


def carry_out(
    plan: Plan,
    engines: Mapping[str, Engine],
    observe: Callable[[Progress], None],
    cancelled: threading.Event,
) -> tuple[EngineRun, ...]:
    """Run every task of the plan at once; the answer keeps the plan's order.

    An `EngineError` or a broken rule of ours becomes `Failed`; any other exception is a bug and is
    raised. `observe` is called from the engines' threads, and of no end once `cancelled` is set.
    """
    began = time.monotonic()
    if not plan.tasks:
        return ()
    done: dict[str, EngineRun] = {}
    with ThreadPoolExecutor(len(plan.tasks), thread_name_prefix="engine") as pool:
        futures = [
            pool.submit(_run_one, task, engines[task.engine], observe, cancelled, began)
            for task in plan.tasks
        ]
        try:
            for future in as_completed(futures):
                run = future.result()
                done[run.engine] = run
                if not cancelled.is_set():
                    observe(Progress(engine=run.engine, ended=run))
        except BaseException:
            cancelled.set()
            raise
    return tuple(done[task.engine] for task in plan.tasks)


def _run_one(
    task: Task,
    engine: Engine,
    observe: Callable[[Progress], None],
    cancelled: threading.Event,
    began: float,
) -> EngineRun:
    started = time.monotonic()
    observe(Progress(engine=task.engine, text="starting"))
    context = ScanContext(
        progress=lambda text: observe(Progress(engine=task.engine, text=text)),
        cancelled=cancelled,
        tally=lambda tally: observe(Progress(engine=task.engine, tally=tally)),
    )
    outcome: Outcome
    try:
        outcome = engine.scan(task, context)
    except EngineError as error:
        outcome = Failed(kind=error.kind, reason=str(error), detail=error.detail)
    except AssetError as error:
        outcome = Failed(kind=FailureKind.RULES, reason=str(error))
    return EngineRun(
        engine=task.engine,
        stage=task.stage,
        outcome=outcome,
        started=round(started - began, 3),
        seconds=round(time.monotonic() - started, 3),
    )
