#!/usr/bin/env python3
"""console-terminal.py - the console gives the terminal back on every death, lives at every size, and speaks its language."""
import fcntl
import os
import pathlib
import pty
import random
import re
import select
import signal
import struct
import subprocess
import termios
import time

from lib import PROGRAM, Release, check, complaints, run_script, work_folder

# Everything that is turned on has to be off at the end.
MODES = {"altscreen": b"1049", "mouse": b"1000", "drag": b"1002", "sgr mouse": b"1006", "paste": b"2004",
         "focus": b"1004", "sync": b"2026"}
COLOUR = re.compile(rb"\x1b\[(?:[0-9;:]*[;:])?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8[;:][0-9;:]*)(?:[;:][0-9;:]*)?m")
COLOUR_256 = re.compile(rb"\x1b\[(?:[0-9;:]*[;:])?[34]8[;:][25][;:][0-9;:]*m")
# What a terminal answers: the background, and what it is.
ANSWERS = [(b"\x1b]11;?\x1b\\", b"\x1b]11;rgb:1111/1111/1111\x1b\\"), (b"\x1b[c", b"\x1b[?62;22c")]


class Terminal:
    """A program at a terminal whose bytes are looked at as they are."""

    def __init__(self, release, *words, size=(80, 24), command=None, **variables):
        self.raw, self.answered = b"", 0
        self.master, self.slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        environment = {**release.env, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **variables}
        for name in ("TMUX", "STY", "LINES", "COLUMNS", "NO_COLOR", "SSH_CONNECTION"):
            if name not in variables:
                environment.pop(name, None)
        environment = {name: value for name, value in environment.items() if value is not None}

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
                signal.signal(number, signal.SIG_DFL)

        self.process = subprocess.Popen(command or [PROGRAM, "console", "--in-process", *release.words(*words)], env=environment,
                                        cwd=release.folder, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        preexec_fn=own_terminal)
        os.set_blocking(self.master, False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self.master, self.slave):
            if descriptor is not None:
                os.close(descriptor)

    def resize(self, cols, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def pump(self, seconds=0.0):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            said = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += said
        for question, answer in ANSWERS:
            if question in self.raw[self.answered:]:
                os.write(self.master, answer)
        self.answered = max(self.answered, len(self.raw) - 16)
        return bool(said)

    def wait_for(self, what, seconds=60, after=0):
        until = time.monotonic() + seconds
        while what not in self.raw[after:]:
            check(time.monotonic() < until, f"{what!r} was not written: {self.raw[-300:]!r}")
            if not self.pump(0.1) and self.process.poll() is not None and not self.pump(0):
                check(what in self.raw[after:], f"it ended with {self.process.returncode}: {self.raw[-300:]!r}")
        return self

    def first_picture(self, sign=b"\x1b[?1049h"):
        return self.wait_for(sign).settle()

    def settle(self, quiet=0.3, seconds=10):
        until = time.monotonic() + seconds
        while self.pump(quiet) and time.monotonic() < until:
            pass
        return self

    def say(self, keys):
        os.write(self.master, keys)
        return self

    def end(self, seconds=60):
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.pump(0.05)
        while self.pump(0.05):
            pass
        return self.process.poll()

    def left(self):
        """What is not as it was before."""
        wrong = [name for name, mode in MODES.items() if self.is_on(mode)]
        if self.raw.rfind(b"\x1b[?25l") > self.raw.rfind(b"\x1b[?25h"):
            wrong.append("hidden cursor")
        if termios.tcgetattr(self.slave)[:4] != self.before[:4]:
            wrong.append("termios")
        return wrong

    def is_on(self, mode):
        return self.last(mode, b"h") > self.last(mode, b"l")

    def last(self, mode, set_or_reset):
        pattern = rb"\x1b\[\?(?:[0-9;]*;)?" + mode + rb"(?:;[0-9;]*)?" + set_or_reset
        return max((found.start() for found in re.finditer(pattern, self.raw)), default=-1)

    def cpu(self):
        with open(f"/proc/{self.process.pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[0]) / 1e9


def dies_of(release, name, exits):
    with Terminal(release) as terminal:
        terminal.first_picture()
        os.kill(terminal.process.pid, getattr(signal, name))
        code = terminal.end()
        check(code in exits, f"{name}: ended with {code}: {terminal.raw[-300:]!r}")
        check(not terminal.left(), f"{name}: left {terminal.left()}")


def typed_interrupt(release):
    """Ctrl-C cancels; it does not kill."""
    with Terminal(release) as terminal:
        terminal.first_picture().say(b"\x03").settle()
        check(terminal.process.poll() is None, "one Ctrl-C ended it")


def suspends(release):
    shell = ["bash", "--norc", "--noprofile", "-i", "-m"]
    with Terminal(release, command=shell, PS1="PROMPT> ", HISTFILE="/dev/null") as terminal:
        terminal.wait_for(b"PROMPT> ")
        terminal.say(" ".join([PROGRAM, "console", "--in-process", *release.words()]).encode() + b"\n")
        terminal.first_picture().say(b"\x1a").wait_for(b"Stopped").settle()
        # bash wants pastes marked, too
        modes = [name for name, mode in MODES.items() if name != "paste" and terminal.is_on(mode)]
        check(not modes, f"suspended with {modes}")
        stopped = len(terminal.raw)
        terminal.say(b"fg\n").wait_for(b"\x1b[?1049h", after=stopped).settle()
        check(len(terminal.raw) - stopped > 300, "nothing was drawn after fg")
        check(terminal.is_on(b"2004") and terminal.is_on(b"1004"), "the modes are not set again")
        terminal.say(b"q").wait_for(b"PROMPT> ", after=stopped)
        check(not terminal.is_on(b"1049"), "the screen was not given back")
        terminal.say(b"exit\n").end()


def hangs_up(release):
    with Terminal(release) as terminal:
        terminal.first_picture()
        for descriptor in (terminal.master, terminal.slave):
            os.close(descriptor)
        terminal.master = terminal.slave = None
        try:
            terminal.process.wait(60)
        except subprocess.TimeoutExpired:
            check(False, "it lives on without a terminal")


def lives_at(release, cols, rows):
    with Terminal(release, size=(cols, rows)) as terminal:
        terminal.first_picture()
        check(terminal.process.poll() is None, f"{cols}x{rows}: {terminal.process.returncode}: {terminal.raw[-300:]!r}")
        check(terminal.say(b"q").end() == 0 and not terminal.left(), f"{cols}x{rows}: left {terminal.left()}")


def survives_a_storm(release):
    chance = random.Random(7)
    with Terminal(release) as terminal:
        terminal.first_picture()
        for _ in range(120):
            terminal.resize(chance.randint(1, 220), chance.randint(1, 70))
            terminal.pump(0.008)
        terminal.resize(80, 24)
        terminal.settle()
        check(terminal.process.poll() is None, f"the storm ended it: {terminal.process.returncode}")
        drawn = len(terminal.raw)
        terminal.say(b"?").settle()
        check(len(terminal.raw) > drawn, "no key is answered after the storm")


def waits_for_a_stalled_terminal(release):
    with Terminal(release) as terminal:
        terminal.first_picture()
        before, until, number = terminal.cpu(), time.monotonic() + 4, 0
        while time.monotonic() < until:  # nobody reads
            number += 1
            terminal.resize(80 - number % 2, 24)
            time.sleep(0.1)
        spent = terminal.cpu() - before
        check(spent < 1, f"{spent:.1f} s of CPU while nobody reads")
        backlog = len(terminal.raw)
        terminal.resize(80, 24)
        terminal.settle()
        check(len(terminal.raw) - backlog < 300000, f"{len(terminal.raw) - backlog} bytes were queued")
        drawn = len(terminal.raw)
        terminal.say(b"?").settle()
        check(len(terminal.raw) > drawn, "no key is answered after the stall")


def ends_while_stalled(release, number):
    """A dead link that nobody has hung up yet: the signal is heard all the same."""
    with Terminal(release) as terminal:
        terminal.first_picture()
        for turn in range(60):  # nobody reads
            terminal.resize(200 - turn % 2 * 100, 60)
            time.sleep(0.02)
        os.kill(terminal.process.pid, number)
        try:
            terminal.process.wait(60)
        except subprocess.TimeoutExpired:
            check(False, f"signal {number} does not end it while nobody reads")
        check(termios.tcgetattr(terminal.slave)[:4] == terminal.before[:4], "the modes of the terminal are left")


def colours(release, wanted, **variables):
    with Terminal(release, **variables) as terminal:
        terminal.settle(seconds=5) if wanted == "refused" else terminal.first_picture(b"ROLLBACK")
        name = " ".join(f"{key}={value}" for key, value in variables.items())
        if wanted == "refused":
            code = terminal.end()
            check(code == 2, f"{name}: ended with {code}")
            check(terminal.raw.count(b"\x1b") == 0, f"{name}: escapes were written: {terminal.raw[:200]!r}")
            check(b"--plain" in terminal.raw, f"{name}: {terminal.raw!r} does not name --plain")
            return
        check(terminal.process.poll() is None, f"{name}: {terminal.process.returncode} {terminal.raw[-300:]!r}")
        if wanted == "none":
            check(not COLOUR.search(terminal.raw), f"{name}: colours")
        if wanted == "few":
            check(COLOUR.search(terminal.raw) and not COLOUR_256.search(terminal.raw), f"{name}: not few colours")
        if wanted == "ascii":
            strange = [byte for byte in terminal.raw if byte > 126]
            check(not strange, f"{name}: {len(strange)} bytes are no ASCII")
        check(terminal.say(b"q").end() == 0 and not terminal.left(), f"{name}: left {terminal.left()}")


def demo_is_refused(release, terminal_type):
    """A terminal that cannot show the console: nothing was started, and nothing said of a start."""
    with Terminal(release, command=[PROGRAM, "demo"], TERM=terminal_type) as terminal:
        code = terminal.end(20)
        lines = terminal.raw.decode().splitlines()
        check(code == 2 and b"\x1b" not in terminal.raw, f"demo, TERM={terminal_type}: {code} {terminal.raw!r}")
        check(lines[0].startswith("flightdeck: ") and "--plain" in terminal.raw.decode() and len(lines) <= 2,
              f"demo, TERM={terminal_type}: {terminal.raw!r}")


def demo_refuses_a_pipe(release):
    done = subprocess.run([PROGRAM, "demo"], env={**release.env, "TERM": "xterm-256color"}, cwd=release.folder,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)
    check(done.returncode == 2 and not done.stdout and b"--plain" in done.stderr,
          f"demo, a pipe: {done.returncode} {done.stdout + done.stderr!r}")


def refuses_a_pipe(release):
    done = subprocess.run([PROGRAM, "console", "--in-process", *release.words()], env={**release.env, "TERM": "xterm-256color"},
                          cwd=release.folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    check(done.returncode == 2 and b"\x1b" not in said and b"--plain" in said, f"a pipe: {done.returncode} {said!r}")


def ignores_what_was_typed_before(release):
    """What is typed before the first picture answers nothing."""
    with Terminal(release) as terminal:
        terminal.say(b"!y\r\r").first_picture()
        check(release.aws.alias()["version"] == "41", "it went back to what nobody asked for")
        check(not [e for e in release.events() if e["type"] == "rollback_started"], "a rollback began")
        check(terminal.say(b"q").end() == 0, "keys of before the picture opened something")


def writes_lines_in_plain(release):
    done = subprocess.run([PROGRAM, "console", *release.words(), "--plain"], cwd=release.folder, timeout=60, check=False,
                          env={**release.env, "TERM": "dumb", "LC_ALL": "C"}, input=b"status\nno-such-command\n\n",
                          capture_output=True)
    text = done.stdout.decode("ascii")
    check(done.returncode == 0, f"--plain ended with {done.returncode}: {text[-500:]} {done.stderr!r}")
    check(not [c for c in text if c < " " and c != "\n"], "--plain writes controls")
    for words in ("production", 'no command "no-such-command"', "v41"):
        check(words in text, f"--plain does not say {words}: {text}")


def main():
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 1) as release:
        jobs = [lambda name=name, exits=exits: dies_of(release, name, exits) for name, exits in (
            ("SIGTERM", (130, 143)), ("SIGHUP", (129, 130)), ("SIGINT", (130,)), ("SIGQUIT", (-signal.SIGQUIT,)),
            ("SIGSEGV", (-signal.SIGSEGV, 1)), ("SIGABRT", (-signal.SIGABRT,)))]
        jobs += [lambda number=number: ends_while_stalled(release, number)
                 for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
        jobs += [lambda size=size: lives_at(release, *size) for size in (
            (80, 24), (60, 16), (40, 10), (20, 5), (10, 3), (1, 1), (250, 80))]
        jobs += [lambda wanted=wanted, variables=variables: colours(release, wanted, **variables)
                 for wanted, variables in (
                     ("none", {"NO_COLOR": "1"}), ("none", {"TERM": "vt100"}), ("few", {"TERM": "linux"}),
                     ("few", {"TERM": "xterm"}), ("ascii", {"LC_ALL": "C"}), ("refused", {"TERM": "dumb"}),
                     ("refused", {"TERM": "no-such-term"}), ("refused", {"TERM": None}))]
        jobs += [lambda name=name: demo_is_refused(release, name) for name in ("dumb", "bogus", None)]
        jobs += [lambda test=test: test(release) for test in (
            typed_interrupt, suspends, hangs_up, survives_a_storm, waits_for_a_stalled_terminal, refuses_a_pipe,
            demo_refuses_a_pipe, ignores_what_was_typed_before, writes_lines_in_plain)]

        def complaint_of(job):
            try:
                job()
            except Exception as failure:  # all are told, not only the first
                return f"{type(failure).__name__}: {failure}"
            return None

        complaints([lambda job=job: complaint_of(job) for job in jobs], at_once=4)


run_script(main)
