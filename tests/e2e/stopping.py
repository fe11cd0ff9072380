#!/usr/bin/env python3
"""stopping.py - a signal, a closed reader, a full disk and a second run: each ends as it should."""
import fcntl
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

from lib import (DONE, INTERRUPTED, LOCKED, PROGRAM, ROLLED_BACK, UNKNOWN, Release, check, check_effects, fill, run_script,
                 work_folder)

PLAN = "{snapshot: database, only: production}, deploy: api, smoke: new-version, shift: api, all-clear"
SPEED = 600


def at_ten_percent(event):
    return event.get("key") == "weight" and event.get("value", 0) >= 0.1


def end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


def first_signal(folder, number):
    """At 10 %: traffic back within 5 s of the wall, exit 4."""
    with Release(folder, "--speed", SPEED, plan=PLAN, traffic="10% 30m, 100%") as release:
        before = release.aws.alias()
        process = release.start()
        try:
            release.wait_for_event("10 %", at_ten_percent)
            check(release.aws.alias()["weights"], "the alias has no weights at 10 %")
            sent = time.monotonic()
            process.send_signal(number)
            while release.aws.alias()["weights"]:
                check(time.monotonic() - sent < 5, "traffic is not back after 5 s")
                time.sleep(0.02)
            took = time.monotonic() - sent
            code = process.wait(timeout=60)
        finally:
            end(process)
        check(code == ROLLED_BACK, f"signal {number}: exit {code}")
        check(release.aws.alias() == before, f"the alias is {release.aws.alias()}")
        return took


def signal_before_the_first_write(folder):
    """Nothing was written: 130, and the world is as it was."""
    with Release(folder, "--speed", 1, plan="wait: 1h, deploy: api, shift: api, all-clear", traffic="100%") as release:
        before = release.aws.everything()
        process = release.start()
        try:
            release.wait_for_event("the wait", lambda event: event["type"] == "step_started")
            process.send_signal(signal.SIGINT)
            code = process.wait(timeout=30)
        finally:
            end(process)
        check(code == INTERRUPTED, f"before the first write: exit {code}")
        check(release.aws.everything() == before, "something was written")


def signal_while_nobody_reads(folder):
    """The pipe is full and its reader asleep, as behind `| less`: the signal takes the traffic back all the same."""
    with Release(folder, "--speed", SPEED, plan=PLAN, traffic="10% 12h, 100%") as release:
        before = release.aws.alias()
        ours, theirs = os.pipe()
        fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
        process = subprocess.Popen([PROGRAM, *release.words("run", "production", "--yes", "--json")], env=release.env,
                                   cwd=release.folder, stdin=subprocess.DEVNULL, stdout=theirs,
                                   stderr=theirs)
        os.close(theirs)
        try:
            release.wait_for_event("10 %", at_ten_percent)
            time.sleep(0.3)  # the main thread is stuck in its write by now
            sent = time.monotonic()
            process.send_signal(signal.SIGINT)
            while release.aws.alias()["weights"]:
                check(time.monotonic() - sent < 5, "nobody reads: traffic is not back after 5 s")
                time.sleep(0.02)
            with os.fdopen(ours, "rb") as reader:
                reader.read()
            code = process.wait(timeout=60)
        finally:
            end(process)
        check(code == ROLLED_BACK, f"nobody reads: exit {code}")
        check(release.aws.alias() == before, f"nobody reads: the alias is {release.aws.alias()}")


def suspended(folder):
    """Ctrl-Z would leave the traffic to nobody: the release goes on."""
    with Release(folder, "--speed", SPEED, plan=PLAN, traffic="10% 30m, 100%") as release:
        process = release.start()
        try:
            release.wait_for_event("10 %", at_ten_percent)
            for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGHUP):
                process.send_signal(number)
            code = process.wait(timeout=60)
        finally:
            end(process)
        check(code == DONE, f"Ctrl-Z: exit {code}")


def closed_reader(folder):
    """Who reads stdout goes away: the release goes on, and its exit code is its own."""
    with Release(folder, "--speed", SPEED, plan=PLAN, traffic="100%") as release:
        old = release.aws.alias()["version"]
        process = subprocess.Popen([PROGRAM, *release.words("run", "production", "--yes", "--json")], env=release.env,
                                   cwd=release.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        try:
            process.stdout.readline()
            process.stdout.close()
            err = process.stderr.read().decode()
            code = process.wait(timeout=120)
        finally:
            end(process)
        check(code == DONE, f"closed reader: exit {code}: {err[-300:]}")
        check(release.aws.alias()["version"] != old, "closed reader: it was not released")
        check("stdout" in err, "nothing says on stderr that nobody reads")


def second_run(folder):
    with Release(folder, "--speed", 60, plan=PLAN, traffic="10% 30m, 100%") as release:
        process = release.start()
        try:
            release.wait_for_event("the first run", lambda event: event["type"] == "run_started")
            answer = release.fly(timeout=30)
            check(answer.code == LOCKED, f"a second run exits with {answer.code}: {answer.tail()}")
            check(process.poll() is None, "the first run ended")
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
        finally:
            end(process)


def mount_small(folder):
    """A disk of 2 MiB where we may mount one; else None."""
    folder.mkdir(parents=True)
    if os.geteuid() == 0 and shutil.which("mount"):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(folder)],
                              capture_output=True, check=False)
        if done.returncode == 0:
            return folder
    return None


def fill_disk(release, _):
    """The disk of the state folder has no byte left. Who may not mount one has no such case."""
    fill(release.state)


def limit_files(release, process):
    """No file may grow: what ulimit and a quota do. The log, which is smaller, can still be written."""
    half = (release.state / "journal.sqlite").stat().st_size // 2
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (half, resource.RLIM_INFINITY))


def intent_back(release):
    """The intent in engine.log, which the journal did not take."""
    for line in (release.state / "engine.log").read_text(encoding="utf-8").splitlines():
        _, found, event = line.partition("not in the journal: ")
        if found and '"type":"effect_intent"' in event:
            return json.loads(event)["intent"]
    return None


def full_disk(folder, breaks, is_log_writable):
    """The journal cannot be written: traffic goes back, unattended, and says so where it still can; exit 6, as that
    is not recorded. With room again, a rollback records it."""
    with Release(folder, "--speed", SPEED, plan=PLAN, traffic="10% 30m, 100%") as release:
        before = release.aws.alias()
        is_mounted = breaks is fill_disk and mount_small(release.state)
        if breaks is fill_disk and not is_mounted:
            print("no disk can be mounted here: only with a limit of files")
            return
        try:
            process = subprocess.Popen([PROGRAM, *release.words("run", "production", "--yes", "--json")],
                                       env=release.env, cwd=release.folder, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                release.wait_for_event("10 %", at_ten_percent)
                check(release.aws.alias()["weights"], "the alias has no weights at 10 %")
                breaks(release, process)
                err = process.communicate(timeout=180)[1]
            finally:
                end(process)
            name = f"full disk ({breaks.__name__})"
            check(process.returncode == UNKNOWN, f"{name}: exit {process.returncode}: {err[-300:]}")
            check(release.aws.alias() == before, f"{name}: the alias is {release.aws.alias()}")
            for words in ("could not write to the journal", "not in the journal: shift sends lambda UpdateAlias",
                          '"AdditionalVersionWeights":{}', "not in the journal: shift is taken back"):
                check(words in err, f"{name}: stderr does not say \"{words}\": {err}")
            if is_log_writable:
                intent = intent_back(release)
                check(intent and intent["what"]["params"]["RoutingConfig"] == {"AdditionalVersionWeights": {}},
                      f"{name}: engine.log has no intent to go back: {intent}")
            status = release.call("status", "production").out
            check("NOBODY DRIVES IT" in status, f"{name}: status takes what was not recorded for an end: {status}")
            (release.state / "ballast").unlink(missing_ok=True)
            release.call("rollback", "production", "--yes").expect(DONE)
            check(release.events()[-1]["type"] == "run_ended", f"{name}: the end is still not recorded")
            check_effects(release.events())
            check(release.aws.alias() == before, f"{name}: after all that the alias is {release.aws.alias()}")
        finally:
            if is_mounted:
                subprocess.run(["umount", "-l", str(release.state)], check=False)


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        took = first_signal(folder / "sigint", signal.SIGINT)
        first_signal(folder / "sigterm", signal.SIGTERM)
        signal_before_the_first_write(folder / "early")
        signal_while_nobody_reads(folder / "asleep")
        suspended(folder / "suspended")
        closed_reader(folder / "reader")
        second_run(folder / "second")
        full_disk(folder / "disk", fill_disk, is_log_writable=False)
        full_disk(folder / "limit", limit_files, is_log_writable=True)
        print(f"traffic was back {took * 1000:.0f} ms after the signal")


run_script(main)
