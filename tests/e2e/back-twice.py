#!/usr/bin/env python3
"""back-twice.py - a rollback with no run that is killed at any point, or is still at work, is never itself taken back by the next."""
# ctest: long
import signal
import subprocess

from lib import DONE, UNKNOWN, PROGRAM, Release, check, complaints, events_of, newest_run, run_script, wait_for, work_folder

PLAN = "deploy: api, shift: api, all-clear"
IN_A_ROW = 2


def release_in(folder):
    return Release(folder, "--speed", 60, plan=PLAN, traffic="100%")


def serves(release, version):
    alias = release.aws.alias()
    return alias["version"] == version and not alias["weights"]


def is_locked(release):
    """Whatever died: a rollback that is over has locked."""
    return [e["type"] for e in events_of(release.state, "env/production")][-1:] == ["locked"]


def killed_at(folder, number):
    """v41 is bad, v40 is to return. True when there was no such point."""
    with release_in(folder / f"at-{number}") as release:
        first = release.call("rollback", "production", "--version", "40", "--yes", FLIGHTDECK_CRASH_AT=str(number))
        if first.code == DONE:
            return True
        check(first.code == -signal.SIGKILL, f"point {number}: exit {first.code}: {first.tail()}")
        was_back = serves(release, "40")
        if was_back:  # whoever asks once more, without a version, is told so
            again = release.call("rollback", "production", "--yes").expect(DONE)
            check(serves(release, "40"), f"point {number}: the bad version is back: {release.aws.alias()}: {again.tail()}")
        again = release.call("rollback", "production", "--version", "40", "--yes").expect(DONE)
        check(serves(release, "40"), f"point {number}, after {'' if was_back else 'no '}write: {release.aws.alias()}: {again.tail()}")
        check(is_locked(release), f"point {number}: whoever releases next is not told")
        left = release.call("run", "resume")
        check("no run is under way" in left.err, f"point {number}: a run is left behind: {left.tail()}")
    return False


def at_every_point(folder):
    def from_(start, step):
        def job():
            number, missed = start, 0
            while missed < IN_A_ROW:
                missed = missed + 1 if killed_at(folder, number) else 0
                number += step
            return None
        return job
    complaints([from_(start, 4) for start in range(1, 5)])


def while_it_is_at_work(folder):
    """Somebody else asks for the same while AWS is slow."""
    with release_in(folder / "slow") as release:
        release.aws.tell("latency", ms=1500)
        one = subprocess.Popen([PROGRAM, *release.words("rollback", "production", "--version", "40", "--yes")], env=release.env,
                               cwd=release.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("its intent", 30, lambda: any(e["type"] == "effect_intent" for e in release.events()), every=0.005)
        other = release.call("rollback", "production", "--yes")
        check(one.wait(timeout=60) == DONE, f"the first ended with {one.returncode}")
        release.aws.tell("latency", ms=0)
        check(serves(release, "40"), f"the bad version is back: {release.aws.alias()}: {other.tail()}")
        check(other.code == DONE or "takes it back already" in other.err, other.tail())


def an_engine_brings_it_to_its_end(folder):
    """Killed after its write: an engine that starts takes it up, finishes and locks; being stopped takes nothing back."""
    for number in range(1, 60):
        with release_in(folder / f"engine-{number}") as release:
            first = release.call("rollback", "production", "--version", "40", "--yes", FLIGHTDECK_CRASH_AT=str(number))
            if first.code == DONE:
                check(number > 5, "no crash points")
                return
            if not any(e["type"] == "effect_intent" for e in release.events()) or number % 3:
                continue
            release.call("engine").expect(DONE)
            stopped = release.call("engine", "stop", "--abort", timeout=60).expect(DONE, UNKNOWN)
            check(serves(release, "40") or release.events()[-1]["type"] != "run_ended", f"point {number}: {release.aws.alias()}: {stopped.tail()}")
            release.call("engine").expect(DONE)
            wait_for("its end", 30, lambda: release.events()[-1]["type"] == "run_ended")
            check(release.events()[-1]["status"] == "succeeded", f"point {number}: {release.events()[-1]}")
            release.call("engine", "stop", "--abort", timeout=60).expect(DONE)
            check(serves(release, "40") and is_locked(release), f"point {number}: the bad version is back: {release.aws.alias()}")


def nothing_was_moved(folder):
    """A run that only takes a snapshot, and does not answer: the traffic stays, whatever v42 once replaced."""
    plan = "{snapshot: database, only: production}, deploy: api, shift: api, all-clear"
    with Release(folder / "snapshot", "--speed", 120, plan=plan, traffic="100%") as release:
        release.fly().expect(DONE)
        first = newest_run(release.state)
        run = release.start()
        try:
            wait_for("the next run", 30, lambda: newest_run(release.state) != first)
            release.wait_for_event("the snapshot", lambda e: e["type"] == "effect_outcome" and e["step"] == "snapshot")
            run.send_signal(signal.SIGSTOP)
            answer = release.call("rollback", "production", "--yes")
            check(serves(release, "42"), f"it was moved: {release.aws.alias()}: {answer.tail()}")
            check(answer.code != DONE, f"it says that it did something: {answer.tail()}")
        finally:
            run.kill()
            run.wait()


def main():
    with work_folder() as folder:
        at_every_point(folder)
        while_it_is_at_work(folder)
        nothing_was_moved(folder)
        an_engine_brings_it_to_its_end(folder)


run_script(main)
