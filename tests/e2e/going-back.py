#!/usr/bin/env python3
"""going-back.py - nothing stands in the way of a rollback: no lost answer, no other machine, no broken file."""
# ctest: long
import pathlib
import signal
import subprocess
import time

from lib import (ALIAS, DONE, FUNCTION, INTERRUPTED, PROGRAM, ROLLED_BACK, UNKNOWN, USAGE, Failure, Release, Terminal, check, complaints,
                 newest_run, run_script, wait_for, work_folder)

PLAN = "deploy: api, shift: api, all-clear"
TARGET, BEFORE = f"{FUNCTION}:{ALIAS}", "what users of production get"


def at_ten_percent(event):
    return event.get("key") == "weight" and event.get("value", 0) >= 0.1


def left_at_ten_percent(folder):
    """A release whose process died while the new version had a share."""
    release = Release(folder, "--speed", 60, plan=PLAN, traffic="10% 300m, 100%")
    release.__enter__()
    process = release.start()
    release.wait_for_event("10 %", at_ten_percent)
    process.kill()
    process.wait()
    check(release.aws.alias()["weights"], "the alias has no weights at 10 %")
    return release


def is_back(release, version="41"):
    alias = release.aws.alias()
    check(alias["version"] == version and not alias["weights"], f"it is not back: {alias}")


def in_background(release, *words):
    return subprocess.Popen([PROGRAM, *release.words(*words)], env=release.env, cwd=release.folder,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def lost_answers(folder):
    """AWS does not answer for a while: it is tried on. A person gives up with a second signal; it is taken up again."""
    release = left_at_ten_percent(folder)
    try:
        release.aws.order("GetAlias=reset-before:24")
        process = in_background(release, "rollback", "production", "--yes")
        out = process.communicate(timeout=240)[0]
        check(process.returncode == DONE and "Trying on" in out, f"exit {process.returncode}: {out[-900:]}")
        is_back(release)
    finally:
        release.__exit__()


def agrees(release):
    """A person, who is shown what somebody else made of it."""
    terminal = Terminal(release, "rollback", "production")
    terminal.wait_for('SOMEBODY ELSE changed')
    terminal.wait_for('it serves v41 50 %, v40 50 % ("kim was here"); this goes over that')
    terminal.wait_for("[y/N]")
    terminal.say("y\r")
    code, _ = terminal.end(60)
    check(code == DONE, f"exit {code}: {terminal.seen[-900:]}")
    is_back(release)
    check(release.aws.alias()["description"] == BEFORE, f"not as before: {release.aws.alias()}")


def over_somebody_else(folder, is_driven):
    """Shown to a person it is gone over, by whoever drives or by ourselves; with --yes nobody has seen it."""
    release = left_at_ten_percent(folder)
    driver = None
    try:
        release.aws.put_alias("kim was here", {"40": 0.5}, "41")
        if is_driven:
            driver = in_background(release, "run", "resume")
            release.wait_for_event("somebody who drives", lambda e: e["type"] == "resumed")
        else:
            answer = release.call("rollback", "production", "--yes").expect(UNKNOWN)
            check("somebody else changed" in answer.out + answer.err, answer.tail())
            check(release.aws.alias()["weights"] == {"40": 0.5}, f"overwritten: {release.aws.alias()}")
        agrees(release)
        if is_driven:
            out = driver.communicate(timeout=60)[0]
            check(driver.returncode == ROLLED_BACK, f"who drove ended with {driver.returncode}: {out[-900:]}")
    finally:
        if driver is not None and driver.poll() is None:
            driver.kill()
            driver.wait()
        release.__exit__()


def given_up(folder, *way):
    release = left_at_ten_percent(folder)
    try:
        release.aws.order("GetAlias=reset-before:24")
        process = in_background(release, "rollback", "production", "--yes")
        events = lambda: [e for e in release.events() if e["type"] == "said" and "Trying on" in e.get("text", "")]
        wait_for("the first word", 60, events)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=60)[0]
        check(process.returncode == UNKNOWN, f"given up: exit {process.returncode}: {out[-900:]}")
        check("flightdeck rollback production" in out and f"--lambda {TARGET} --version 41" in out, out[-900:])
        run = newest_run(release.state)
        answer = release.call(*way).expect(DONE, ROLLED_BACK)
        is_back(release)
        check(newest_run(release.state) == run and run in answer.out + answer.err, answer.tail())
        check("nothing to roll back" in release.call("rollback", "production", "--yes").expect(DONE).out, "twice")
    finally:
        release.__exit__()


class Silence:
    """AWS accepts connections, and answers nothing."""

    def __init__(self, release):
        self.process = release.sandbox.process

    def __enter__(self):
        self.process.send_signal(signal.SIGSTOP)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)


def interrupted(release, number, times=1, what=("production",)):
    """A rollback against silence: said within 4 s, ended within 3 s of the last signal. The code, and what it said."""
    out = release.folder / "silence.out"
    with open(out, "w", encoding="utf-8") as file:
        process = subprocess.Popen([PROGRAM, *release.words("rollback", *what, "--yes")], env=release.env,
                                   cwd=release.folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        wait_for("a word on the silence", 20, lambda: "nothing heard from AWS" in out.read_text(encoding="utf-8"))
        if times == 2:
            time.sleep(9)  # who asks is looked for during 5 s; the way back hangs after that
        for _ in range(times):
            process.send_signal(number)
            time.sleep(0.2)
        sent = time.monotonic()
        process.wait(timeout=30)
        took = time.monotonic() - sent
    finally:
        process.kill()
        process.wait()
    said_last = out.read_text(encoding="utf-8")
    check(took < 3, f"it ended {took:.1f} s after the signal: {said_last[-900:]}")
    check(f"Next: flightdeck rollback {' '.join(what)}" in said_last and "--version N" not in said_last, said_last[-900:])
    return process.returncode, said_last


def silent_aws(folder):
    """With nothing to take up, a signal ends the looking at once; a way back under way ends with the second."""
    release = left_at_ten_percent(folder)
    try:
        with Silence(release):
            code, text = interrupted(release, signal.SIGINT, 2)
        check(code == UNKNOWN and f"--lambda {TARGET} --version 41" in text, f"exit {code}: {text[-900:]}")
        release.call("run", "resume").expect(ROLLED_BACK, DONE)
        is_back(release)
        for number, what in ((signal.SIGINT, ("production",)), (signal.SIGTERM, ("production", "--version", "40")),
                             (signal.SIGINT, ("--lambda", TARGET)), (signal.SIGTERM, ("--lambda", TARGET))):
            with Silence(release):
                code, text = interrupted(release, number, 1, what)
            check(code == INTERRUPTED, f"exit {code}: {text[-900:]}")
        is_back(release)
    finally:
        release.__exit__()


def nameless(folder):
    """A rollback that failed is taken up although AWS does not say who asks."""
    release = left_at_ten_percent(folder)
    try:
        with Silence(release):
            interrupted(release, signal.SIGINT, 2)
        release.aws.order("GetCallerIdentity=reset-before:24")
        release.call("run", "resume").expect(ROLLED_BACK, DONE)
        is_back(release)
    finally:
        release.__exit__()


def other_machine(folder):
    """A journal that knows nothing: what AWS says is enough, and it is shown first."""
    release = left_at_ten_percent(folder)
    try:
        shown = release.call("rollback", "production", FLIGHTDECK_STATE_DIR=str(folder / "other")).expect(USAGE)
        check("v41 90 %, v42 10 % -> v41 100 %" in shown.err and "--yes" in shown.err, shown.tail())
        bare = release.call("rollback", "--lambda", TARGET).expect(USAGE)
        check("v41 90 %, v42 10 % -> v41 100 %" in bare.err, bare.tail())
        release.call("rollback", "production", "--yes", FLIGHTDECK_STATE_DIR=str(folder / "other")).expect(DONE)
        is_back(release)
        # Said twice in haste, anywhere, it does not bring v42 back; what there is can be named.
        again = release.call("rollback", "--lambda", TARGET, "--yes").expect(DONE)
        check("v42" in again.out and "nothing to roll back" in again.out, again.tail())
        named = release.call("rollback", "--lambda", TARGET, "--version", 99, "--yes").expect(USAGE)
        check("v42" in named.err and "v40" in named.err, named.tail())
    finally:
        release.__exit__()


def broken_files(folder):
    release = left_at_ten_percent(folder)
    configuration = folder / "flightdeck.yaml"
    good = configuration.read_text(encoding="utf-8")

    def shares():
        release.call("rollback", "--lambda", TARGET, "--version", 41, "--yes").expect(DONE)
        release.call("shift", "production", "--weight", 10, "--version", 42, "--yes",
                     FLIGHTDECK_STATE_DIR=str(folder / "fresh")).expect(DONE)

    try:
        for text in (good.replace("guide: DEPLOYMENT.md", "guid: DEPLOYMENT.md"),
                     good.replace("guide: DEPLOYMENT.md", "guide: MISSING.md")):
            configuration.write_text(text, encoding="utf-8")
            answer = release.call("rollback", "production", "--yes").expect(DONE)
            check("not in the journal" in answer.err and TARGET in answer.err, answer.tail())
            is_back(release)
            configuration.write_text(good, encoding="utf-8")
            shares()
        configuration.write_text(good + "\n  - [\n", encoding="utf-8")
        answer = release.call("rollback", "production", "--yes").expect(USAGE)
        check(f"flightdeck rollback --lambda {TARGET} --version N" in answer.err, answer.tail())
        configuration.write_text(good, encoding="utf-8")

        # A journal that cannot be read, and a folder that cannot be one.
        broken, file = folder / "broken", folder / "file"
        broken.mkdir()
        (broken / "journal.sqlite").write_bytes(b"this is no database" * 100)
        file.write_text("x", encoding="utf-8")
        for state in (broken, file / "state"):
            status = release.call("status", "production", FLIGHTDECK_STATE_DIR=str(state))
            check("journal" in status.out, status.tail())
            answer = release.call("rollback", "production", "--yes", FLIGHTDECK_STATE_DIR=str(state)).expect(DONE)
            check("not in the journal" in answer.err, answer.tail())
            is_back(release)
            shares()
    finally:
        release.__exit__()


def said(job, *words):
    """A complaint, or None."""
    try:
        job(*words)
    except Failure as failure:
        return f"{job.__name__}: {failure}"
    return None


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        jobs = [(over_somebody_else, folder / "driven", True), (over_somebody_else, folder / "foreign", False),
                (lost_answers, folder / "lost"), (given_up, folder / "rollback", "rollback", "production", "--yes"),
                (given_up, folder / "resume", "run", "resume"), (other_machine, folder / "machine"),
                (broken_files, folder / "files"), (silent_aws, folder / "silent"), (nameless, folder / "nameless")]
        complaints([lambda job=job: said(*job) for job in jobs], len(jobs))


run_script(main)
