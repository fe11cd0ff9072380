#!/usr/bin/env python3
"""crash-walk.py - a run that is killed at any point, and taken up, leaves the same world as one that was not.

FLIGHTDECK_CRASH_AT=N ends the process at the N-th crash point (core/crash.h). Every N of a plan with every kind of step is
walked until several runs in a row have no such point; then 100 runs are killed at random instants.
"""
# ctest: long
# ctest: serial
import os
import random
import signal
import subprocess
import threading
import time

from lib import (DONE, IS_SANITIZED, WHOLE_PLAN, Answer, Failure, Release, check, check_effects, complaints,
                 in_parallel, run_script, skip, step_states, work_folder)

SPEED, SEED = 3600, 11
AT_ONCE = 8
# What the example's production goes through, and a wait and a command of its own.
PLAN = f"approval: release-managers, wait: 1m, {{run: 'true', idempotent: true}}, {WHOLE_PLAN}"
PLAN = PLAN.replace("watch: 30m", "watch: 10m")  # more looks of the judge are more of the same points
LADDER = "1% 5m, 10% 10m, 50% 10m, 100%"
# At this speed an hour of the world is a second, which a busy machine may take to answer: nothing here is about deadlines.
PATIENCE = "judge: {deadline: 48h}\nrollback: {silent-for: 48h}"
# A killed process loses nothing that it wrote, also not in memory, where a thousand journals cost no disk.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
INSTANTS = 10 if IS_SANITIZED else 100
STRIDE = int(os.environ.get("CRASH_WALK_STRIDE", 25 if IS_SANITIZED else 1))
# The number of polls varies from run to run, and with it that of the points: one run that had none is not yet the end.
IN_A_ROW = 5


def release_in(folder):
    return Release(folder, "--speed", SPEED, "--seed", SEED, plan=PLAN, traffic=LADDER, more=PATIENCE)


def make_ready(release):
    release.tick()
    release.approve()


def remains(release):
    """The world, and the steps of the run as they ended."""
    events = release.events()
    check_effects(events)
    world = release.aws.everything()
    # The dead-man switch is put off with each look, and of these a run that was taken up has more.
    effects = {call: count for call, count in world["effects"].items() if not call.startswith("UpdateSchedule ")}
    return {**world, "effects": effects, "steps": step_states(events)}


def difference(found, wanted):
    parts = [f"{key}: {found[key]} instead of {wanted[key]}" for key in wanted if found[key] != wanted[key]]
    return "; ".join(parts)


def take_up(release):
    """Resumes the run until it is over; one that was killed before it began is begun, one that was over is over."""
    types = {event["type"] for event in release.events()}
    if "run_ended" in types:
        return Answer(DONE, "", "")
    if "run_started" not in types:
        return release.fly()
    return release.call("run", "resume", "--json", timeout=120)


def finish(release, name, wanted):
    answer = take_up(release)
    if answer.code != DONE:
        return f"{name}: the resumed run exits with {answer.code}: {answer.tail()}"
    try:
        different = difference(remains(release), wanted)
    except Failure as failure:
        return f"{name}: {failure}"
    return f"{name}: {different}" if different else None


class End:
    """Where the points end: beyond the counted ones, after IN_A_ROW numbers that no run came to."""

    def __init__(self, count):
        self.count, self.missed, self.lock = count, set(), threading.Lock()

    def miss(self, number):
        with self.lock:
            self.missed.add(number)

    def is_before(self, number):
        """Whether the IN_A_ROW numbers before this one were all missed, and were beyond the counted ones."""
        row = [number - STRIDE * i for i in range(1, IN_A_ROW + 1)]
        with self.lock:
            return row[-1] > self.count and self.missed.issuperset(row)


def crash_at(folder, number, wanted, end):
    """None, or a complaint. Tells the end when the run passed fewer points."""
    def job():
        if end.is_before(number):
            end.miss(number)
            return None
        with release_in(folder / f"at-{number}") as release:
            make_ready(release)
            answer = release.fly(FLIGHTDECK_CRASH_AT=str(number))
            if answer.code == DONE:
                end.miss(number)
                return None if number > end.count * 3 // 4 else f"point {number} of {end.count}: not reached"
            if answer.code != -signal.SIGKILL:
                return f"point {number}: exit {answer.code}: {answer.tail()}"
            return finish(release, f"point {number} ({answer.err.strip().splitlines()[-1]})", wanted)
    return job


def kill_at(folder, number, seconds, wanted):
    def job():
        with release_in(folder / f"kill-{number}") as release:
            make_ready(release)
            process = release.start()
            try:
                process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.returncode == DONE:
                return difference(remains(release), wanted) or None
            return finish(release, f"killed after {seconds:.2f} s", wanted)
    return job


def count_of(folder, number):
    """Points, seconds and what remains of a run that nobody disturbs, with as many beside it as later."""
    def job():
        with release_in(folder / f"undisturbed-{number}") as release:
            make_ready(release)
            counted, began = folder / f"count-{number}", time.monotonic()
            release.fly(FLIGHTDECK_CRASH_COUNT=str(counted)).expect(DONE)
            seconds = time.monotonic() - began
            return int(counted.read_text()) if counted.exists() else None, seconds, remains(release)
    return job


def main():
    with work_folder(MEMORY) as work:
        undisturbed = in_parallel([count_of(work, number) for number in range(AT_ONCE)], AT_ONCE)
        if undisturbed[0][0] is None:
            skip("this build has no crash points")
        count = min(points for points, _, _ in undisturbed)
        _, seconds, wanted = undisturbed[0]
        check(count > 100, f"only {count} crash points")

        began, end = time.monotonic(), End(count)
        numbers = range(1, count + count // 2 + STRIDE * 2 * IN_A_ROW, STRIDE)
        complaints([crash_at(work, number, wanted, end) for number in numbers], AT_ONCE)
        check(end.is_before(numbers[-1] + STRIDE), "no runs came to their end")
        walked = time.monotonic() - began
        instants = random.Random(SEED)
        complaints([kill_at(work, number, instants.uniform(0.02, seconds), wanted) for number in range(INSTANTS)],
                   AT_ONCE)
        print(f"{count} crash points (each {STRIDE}.) walked in {walked:.0f} s, {len(end.missed)} numbers beyond the last; "
              f"{INSTANTS} instants; an undisturbed run takes {seconds:.1f} s")


run_script(main)
