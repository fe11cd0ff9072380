#!/usr/bin/env python3
"""stopping.py - a signal, a closed reader, a full disk and a second run: each ends as it should."""
# ctest: long
import fcntl
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

from lib import (DONE, INTERRUPTED, LOCKED, PROGRAM, ROLLED_BACK, UNKNOWN, Release, check, run_script, work_folder)

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
    """A disk of 256 KiB where we may mount one; else None."""
    folder.mkdir(parents=True)
    if os.geteuid() == 0 and shutil.which("mount"):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs", str(folder)],
                              capture_output=True, check=False)
        if done.returncode == 0:
            return folder
    return None


def full_disk(folder):
    """The journal cannot be written: no forward effect any more; what was moved is said, and nothing hangs."""
    with Release(folder, "--speed", SPEED, plan=PLAN, traffic="10% 30m, 100%") as release:
        disk = mount_small(release.state)
        limit = None if disk else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (96 * 1024, 96 * 1024))
        try:
            process = subprocess.Popen([PROGRAM, *release.words("run", "production", "--yes", "--json")],
                                       env=release.env, cwd=release.folder, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                       preexec_fn=limit)
            try:
                if disk:
                    release.wait_for_event("10 %", at_ten_percent)
                    fill(disk)
                err = process.communicate(timeout=180)[1]
            finally:
                end(process)
            check(process.returncode in (1, ROLLED_BACK, UNKNOWN), f"full disk: exit {process.returncode}: {err[-300:]}")
            check("journal" in err, f"full disk: nothing is said of the journal: {err[-300:]}")
            check(float(sum(release.aws.alias()["weights"].values())) <= 0.1, "full disk: more traffic was moved")
        finally:
            if disk:
                subprocess.run(["umount", "-l", str(disk)], check=False)


def fill(disk):
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"\0" * 4096)
        except OSError:
            pass


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
        full_disk(folder / "disk")
        print(f"traffic was back {took * 1000:.0f} ms after the signal")


run_script(main)
