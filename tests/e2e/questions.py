#!/usr/bin/env python3
"""questions.py - a question at a terminal: Ctrl-C ends it at once, and nobody is locked out while a person thinks."""
import os
import pathlib
import pty
import select
import signal
import subprocess
import time

from lib import DONE, INTERRUPTED, PROGRAM, Release, check, run_script, work_folder

PLAN = "deploy: api, shift: api, all-clear"


class Terminal:
    """The program at a terminal of its own."""

    def __init__(self, release, *words, **variables):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen([PROGRAM, *release.words(*words)], env={**release.env, **variables},
                                        cwd=release.folder, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        os.close(slave)
        self.seen = ""

    def wait_for(self, text, seconds=60):
        until = time.monotonic() + seconds
        while text not in self.seen:
            check(time.monotonic() < until and self.read(), f"\"{text}\" was not said: {self.seen[-500:]}")

    def read(self):
        """False at the end of what it says."""
        if not select.select([self.master], [], [], 1)[0]:
            return True
        try:
            said = os.read(self.master, 65536).decode(errors="replace")
        except OSError:
            return False
        self.seen += said
        return bool(said)

    def say(self, text):
        os.write(self.master, text.encode())

    def end(self, seconds=5):
        """How it ends, and how long that took."""
        began = time.monotonic()
        try:
            code = self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        took = time.monotonic() - began
        while self.process.returncode is not None and self.read():
            pass
        os.close(self.master)
        return code, took


QUESTIONS = [(["run", "production"], {}), (["run", "production"], {"CI": ""}),
             (["rollback", "production", "--version", "40"], {}), (["shift", "production", "--weight", "5", "--version", "40"], {})]


def interrupted_question(release, words, variables):
    """At once, 130, and it says that nothing was begun."""
    before = release.aws.everything()
    terminal = Terminal(release, *words, **variables)
    terminal.wait_for("[y/N]")
    terminal.process.send_signal(signal.SIGINT)
    code, took = terminal.end()
    check(code == INTERRUPTED and took < 1, f"{words}: exit {code} after {took:.1f} s: {terminal.seen[-300:]}")
    check("nothing was begun" in terminal.seen and "traffic goes back" not in terminal.seen,
          f"{words}: it says {terminal.seen[-300:]}")
    check(release.aws.everything() == before, f"{words}: something was written")


def nobody_is_locked_out(release):
    """While a person thinks others may work; then it is looked at again."""
    terminal = Terminal(release, "run", "production")
    terminal.wait_for("[y/N]")
    release.call("check", "tick", "announced", "--env", "production").expect(DONE)
    release.call("lock", "production", "--reason", "not now").expect(DONE)
    terminal.say("y\n")
    code, _ = terminal.end(30)
    check(code == 5 and "locked by" in terminal.seen, f"exit {code}: {terminal.seen[-300:]}")


def main():
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 60, plan=PLAN, traffic="100%") as release:
        for words, variables in QUESTIONS:
            interrupted_question(release, words, variables)
        nobody_is_locked_out(release)


run_script(main)
