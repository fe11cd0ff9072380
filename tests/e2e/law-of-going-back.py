#!/usr/bin/env python3
"""law-of-going-back.py - no lock, no run at a gate and no dead process stands in the way of a rollback, nor another configuration."""
# ctest: long
import pathlib
import signal
import sqlite3
import subprocess
import threading
import time

from lib import DONE, FAILED, PROGRAM, ROLLED_BACK, Release, check, journal_rows, run_script, wait_for, work_folder

WAITS = "wait: 8h, deploy: api, shift: api, all-clear"
SHIFTS = "deploy: api, shift: api, all-clear"


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def other_version(release):
    now = release.aws.alias()["version"]
    return next(v for v, _ in reversed(release.aws.versions()) if v not in ("$LATEST", now))


def inbox(release):
    return journal_rows(release.state, "SELECT count(*) FROM inbox")[0][0]


def stop_between_commits(process, release):
    """Stopped in the middle of one it would keep everybody from the journal."""
    while True:
        process.send_signal(signal.SIGSTOP)
        database = sqlite3.connect(release.state / "journal.sqlite", timeout=0.2, isolation_level=None)
        try:
            database.execute("BEGIN EXCLUSIVE")
            database.execute("ROLLBACK")
            return
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
        finally:
            database.close()


def roll_back_to(release, version):
    release.call("rollback", "production", "--version", version, "--yes", timeout=60).expect(DONE)
    check(release.aws.alias()["version"] == version, f"the alias is {release.aws.alias()}")


def run_before_its_first_write(folder):
    """It holds the lock and wrote nothing: it is stopped, and production goes back."""
    with Release(folder, "--speed", 1, plan=WAITS, traffic="100%") as release:
        process = release.start()
        try:
            release.wait_for_event("the wait", lambda event: event["type"] == "step_started")
            roll_back_to(release, other_version(release))
            check(process.wait(timeout=30) == ROLLED_BACK, f"the run that waited: exit {process.returncode}")
        finally:
            end(process)


def other_environment(folder):
    """A release of staging holds the lock of staging alone."""
    with Release(folder, "--speed", 1, plan=WAITS, traffic="100%") as release:
        process = subprocess.Popen([PROGRAM, *release.words("run", "staging", "--yes", "--json")],
                                   env=release.env, cwd=release.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            for line in process.stdout:
                if '"step_started"' in line:
                    break
            roll_back_to(release, other_version(release))
            check(process.poll() is None, "the release of staging ended")
        finally:
            end(process)
            process.stdout.close()


def dying_driver(folder):
    """Who is asked to go back dies: who asked does it."""
    with Release(folder, "--speed", 600, plan=SHIFTS, traffic="10% 12h, 100%") as release:
        before = release.aws.alias()
        process = release.start()
        answers = []
        try:
            release.wait_for_event("10 %", lambda event: event.get("key") == "weight" and event["value"] >= 0.1)
            stop_between_commits(process, release)
            asker = threading.Thread(target=lambda: answers.append(
                release.call("rollback", "production", "--yes", timeout=60)))
            asker.start()
            wait_for("the command in the inbox", 10, lambda: inbox(release) > 0)
            process.kill()
            asker.join()
        finally:
            end(process)
        answers[0].expect(DONE)
        check(release.aws.alias() == before, f"the alias is {release.aws.alias()}")
        check(inbox(release) == 0, "the command is there still, for another day")


def changed_configuration(folder):
    """A run whose process died: with another ladder than was started it goes back, and never forward."""
    with Release(folder, "--speed", 600, plan=SHIFTS, traffic="10% 12h, 100%") as release:
        before = release.aws.alias()
        process = release.start()
        try:
            release.wait_for_event("10 %", lambda event: event.get("key") == "weight" and event["value"] >= 0.1)
        finally:
            end(process)
        path = folder / "flightdeck.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("10% 12h, 100%", "10% 1m, 100%"), encoding="utf-8")
        answer = release.call("run", "resume", "--json", timeout=60)
        check(answer.code == FAILED and "plan-changed" in answer.out, f"resume: exit {answer.code}: {answer.tail()}")
        check(release.aws.alias()["weights"], "the alias was written")
        release.call("rollback", "production", "--yes", timeout=60).expect(DONE)
        check(release.aws.alias() == before, f"the alias is {release.aws.alias()}")


def refused_is_not_recorded(folder):
    """A decision that another configuration refuses is not kept for whoever takes the run up next."""
    with Release(folder, "--speed", 3600, plan=SHIFTS, traffic="5% 1m, 100%") as release:
        path = folder / "flightdeck.yaml"
        asks = path.read_text(encoding="utf-8").replace("traffic: [", "advance: ask\n    traffic: [")
        path.write_text(asks, encoding="utf-8")
        process = release.start()
        try:
            release.wait_for_event("the question", lambda event: event["type"] == "asked")
        finally:
            end(process)
        path.write_text(asks.replace("5% 1m, 100%", "5% 2m, 100%"), encoding="utf-8")
        for words in (["promote"], ["answer", "promote"], ["approve"]):
            answer = release.call("run", *words, "--json", timeout=60)
            check(answer.code == FAILED and "plan-changed" in answer.out, f"{words}: exit {answer.code}: {answer.tail()}")
        kept = [event["type"] for event in release.events()]
        check("asked" in kept and not {"answered", "approved"} & set(kept), f"it was recorded: {kept}")


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        run_before_its_first_write(folder / "gate")
        other_environment(folder / "staging")
        dying_driver(folder / "dying")
        changed_configuration(folder / "changed")
        refused_is_not_recorded(folder / "refused")


run_script(main)
