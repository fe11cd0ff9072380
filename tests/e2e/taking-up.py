#!/usr/bin/env python3
"""taking-up.py - what is asked of a run, whether somebody drives it or not, is done or refused, and said."""
import os
import pathlib
import signal
import subprocess
import time

from lib import DONE, FAILED, PROGRAM, UNKNOWN, USAGE, Release, check, newest_run, run_script, wait_for, work_folder

PLAN = "deploy: api, {run: test -e allowed}, shift: api, all-clear"
SPEED = 3600


def refused(release, words, why, codes=(FAILED,)):
    answer = release.call("run", *words).expect(*codes)
    check(why in answer.err, f"{words}: it says {answer.err}")


def decided_after_its_process_ended(folder, verb):
    """A run that gave up waiting at its deadline: the decision takes it up."""
    with Release(folder, "--speed", SPEED, plan=PLAN, traffic="100%") as release:
        release.fly().expect(UNKNOWN)
        run = newest_run(release.state)
        if verb == "skip":
            refused(release, ["skip", run], "--reason", [USAGE])
        else:
            (release.folder / "allowed").touch()
        answer = release.call("run", verb, run, "--reason", "seen by hand").expect(DONE)
        check("v42" in answer.out or release.aws.alias()["version"] == "42", f"it is at {release.aws.alias()}")
        check("went away: its" not in answer.out, answer.out)


def left_running(folder, verb):
    """kill -9 in the middle of a command, which runs on: whoever resumes awaits it, whoever aborts ends it."""
    plan = "deploy: api, {run: 'echo x >>begun; until test -e enough; do sleep 0.1; done; echo x >>done'}, shift: api, all-clear"
    with Release(folder, "--speed", SPEED, plan=plan, traffic="100%") as release:
        process = release.start()
        wait_for("the command", 60, (release.folder / "begun").exists)
        process.kill()
        process.wait()
        run = newest_run(release.state)
        if verb == "abort":
            release.call("run", "abort", run)
            check(not is_running(release), "it runs on")
            outcome = [e for e in release.events() if e["type"] == "effect_outcome" and e["step"] == "run"][-1]
            check(outcome["state"] == "unknown" and "still ran, and was ended" in outcome["reason"], f"{outcome}")
            check(release.events()[-1]["status"] == "aborted", f"{release.events()[-1]}")
        else:
            again = subprocess.Popen([PROGRAM, "run", "resume", run, *release.words()], env=release.env, cwd=release.folder)
            release.wait_for_event("the run to go on", lambda event: event["type"] == "resumed")
            check(is_running(release), "it was not left alone")
            (release.folder / "enough").touch()
            check(again.wait(120) == DONE, "it did not go on")
            check((release.folder / "done").read_text(encoding="utf-8") == "x\n", "it ran twice")
        check((release.folder / "begun").read_text(encoding="utf-8") == "x\n", "it was begun twice")


def is_running(release):
    """The shell of the command: its last word is the file for its exit code, in the state folder."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cmdline").read_bytes().rstrip(b"\0").endswith(b".exit") and str(release.state).encode() in (folder / "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


def ends(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def verdicts(folder):
    """Who asks a living run hears what came of it; nobody guesses which run is meant."""
    with Release(folder, "--speed", 60, plan="wait: 1h, " + PLAN, traffic="100%") as release:
        process = release.start()
        try:
            release.wait_for_event("the wait", lambda event: event["type"] == "step_started")
            refused(release, ["promote"], "nothing waits to be promoted")
            refused(release, ["skip", "--reason", "x"], "no step has stopped")
            answer = release.call("run", "pause").expect(DONE)
            check("production r-0001" in answer.out, f"it says {answer.out}")
            began = time.monotonic()
            os.kill(release.sandbox.process.pid, signal.SIGSTOP)
            try:
                release.call("run", "resume").expect(DONE)
                check(time.monotonic() - began < 8, "a stopped AWS makes commands wait")
                seen = release.call("status", "production").expect(FAILED)
                check("could not read it: no answer within" in seen.out, f"status says {seen.out}")
                check(time.monotonic() - began < 25, "a stopped AWS makes status wait")
            finally:
                os.kill(release.sandbox.process.pid, signal.SIGCONT)
        finally:
            ends(process)
        check("NOBODY DRIVES IT since" in release.call("status", "production").out, "status does not say it")
        refused(release, ["skip", "wait", "--reason", "x"], "wait has not stopped: nobody drives r-0001")


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        for verb in ("retry", "skip"):
            decided_after_its_process_ended(folder / verb, verb)
        verdicts(folder / "verdicts")
        for verb in ("resume", "abort"):
            left_running(folder / f"left-{verb}", verb)


run_script(main)
