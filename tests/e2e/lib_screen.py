"""A terminal for the end-to-end scripts: the program on a pty, seen through libvterm, with keys and golden screens.

The emulator is Debian's libvterm0 through ctypes; without it a script that asks for it is skipped. A golden screen in git
is a screen as it was; a comparison (lib_golden.py) waits until this one says the same. UPDATE_SCREENS=1 writes anew those
that say something else.
"""
import ctypes
import ctypes.util
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import lib
import lib_golden

GOLDEN = lib.ROOT / "tests" / "vectors" / "journeys"
KEYS = {"Up": b"\x1bOA", "Down": b"\x1bOB", "Right": b"\x1bOC", "Left": b"\x1bOD", "Enter": b"\r", "Tab": b"\t",
        "Escape": b"\x1b", "Space": b" ", "PageDown": b"\x1b[6~", "PageUp": b"\x1b[5~", "Home": b"\x1bOH",
        "End": b"\x1bOF", "ShiftTab": b"\x1b[Z", "ShiftRight": b"\x1b[1;2C", "ShiftLeft": b"\x1b[1;2D",
        "Backspace": b"\x7f", "F9": b"\x1b[20~", "CtrlC": b"\x03", "CtrlL": b"\x0c", "CtrlZ": b"\x1a"}


class _Position(ctypes.Structure):
    _fields_ = [("row", ctypes.c_int), ("col", ctypes.c_int)]


class _Rectangle(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int) for name in ("start_row", "end_row", "start_col", "end_col")]


def _load():
    for name in ("libvterm.so.0", ctypes.util.find_library("vterm")):
        try:
            library = ctypes.CDLL(name)
        except (OSError, TypeError):
            continue
        library.vterm_new.restype = library.vterm_obtain_screen.restype = ctypes.c_void_p
        library.vterm_new.argtypes = [ctypes.c_int, ctypes.c_int]
        library.vterm_obtain_screen.argtypes = library.vterm_free.argtypes = [ctypes.c_void_p]
        library.vterm_set_utf8.argtypes = library.vterm_screen_reset.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.vterm_screen_enable_altscreen.argtypes = [ctypes.c_void_p, ctypes.c_int]
        library.vterm_set_size.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        library.vterm_input_write.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        library.vterm_screen_get_text.restype = library.vterm_output_read.restype = ctypes.c_size_t
        library.vterm_screen_get_text.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, _Rectangle]
        library.vterm_output_read.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
        return library
    return None


class Screen:
    """The program in a terminal of COLSxROWS; it ends with the with block."""

    library = None

    def __init__(self, *words, env=None, cwd=None, size=(120, 40), term="xterm-256color", shell=()):
        if Screen.library is None:
            Screen.library = _load()
        if Screen.library is None:
            lib.skip("there is no libvterm (Debian: libvterm0)")
        self.cols, self.rows = size
        self.raw = b""
        self.vterm = self.library.vterm_new(self.rows, self.cols)
        self.library.vterm_set_utf8(self.vterm, 1)
        self.screen = self.library.vterm_obtain_screen(self.vterm)
        self.library.vterm_screen_enable_altscreen(self.screen, 1)
        self.library.vterm_screen_reset(self.screen, 1)
        self.master, slave = pty.openpty()
        self._set_size()
        environment = {**(env if env is not None else lib.clean_environment()), "TERM": term, "LANG": "C.UTF-8",
                       "LC_ALL": "C.UTF-8"}
        for name in ("NO_COLOR", "COLORTERM", "TMUX", "LINES", "COLUMNS"):
            if env is None or name not in env:
                environment.pop(name, None)

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.modes = termios.tcgetattr(slave)
        self.process = subprocess.Popen([*shell, lib.PROGRAM, *map(str, words)], env=environment, cwd=cwd, stdin=slave,
                                        stdout=slave, stderr=slave, preexec_fn=take_terminal)
        self.slave = slave  # stays open: the modes are read after the program is gone

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        if self.slave is not None:
            os.close(self.slave)
        self.library.vterm_free(self.vterm)

    def _set_size(self):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.cols, 0, 0))

    def resize(self, cols, rows):
        self.cols, self.rows = cols, rows
        self.library.vterm_set_size(self.vterm, rows, cols)
        self._set_size()

    def pump(self, seconds=0.0):
        """Reads what is there, waiting so long for the first byte. False when nothing came."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            said = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += said
        self.library.vterm_input_write(self.vterm, said, len(said))
        answer = ctypes.create_string_buffer(4096)
        while True:
            count = self.library.vterm_output_read(self.vterm, answer, len(answer))
            if count == 0:
                return bool(said)
            os.write(self.master, answer.raw[:count])

    def whole(self, seconds=0.0):
        """As pump, until a picture is whole: it comes in pieces."""
        came = self.pump(seconds)
        for _ in range(50):
            if not self.pump(0.01):
                break
        return came

    def lines(self):
        found, room = [], ctypes.create_string_buffer(self.cols * 24 + 8)
        for row in range(self.rows):
            count = self.library.vterm_screen_get_text(self.screen, room, len(room) - 1,
                                                       _Rectangle(row, row + 1, 0, self.cols))
            found.append(room.raw[:count].decode("utf-8", "replace").replace("\0", " ").rstrip())
        return found

    def text(self):
        return "\n".join(self.lines())

    def shows(self, what):
        """A text, a compiled pattern or a function of the screen's text."""
        text = self.text()
        if callable(what):
            return what(text)
        return what.search(text) if isinstance(what, re.Pattern) else what in text

    def wait(self, what, seconds=30, why=None):
        until = time.monotonic() + seconds
        self.whole()
        while not self.shows(what):
            name = why or getattr(what, "pattern", what)
            lib.check(time.monotonic() < until, f"\"{name}\" was not on the screen within {seconds} s:\n{self.text()}")
            if not self.whole(0.1) and self.process.poll() is not None and not self.pump(0.1):
                raise lib.Failure(f"it ended with {self.process.returncode} before \"{name}\" was there:\n{self.text()}")
        return self

    def wait_gone(self, what, seconds=30):
        return self.wait(lambda text: what not in text, seconds, f"no more {what}")

    def settle(self, quiet=0.25, seconds=5):
        """Until nothing is drawn for a while."""
        until = time.monotonic() + seconds
        while self.pump(quiet) and time.monotonic() < until:
            pass
        return self

    def expect(self, *texts):
        for text in texts:
            lib.check(self.shows(text), f"\"{text}\" is not on the screen:\n{self.text()}")
        return self

    def keys(self, *names):
        """Names of KEYS, else the characters as they are."""
        for name in names:
            os.write(self.master, KEYS.get(name, name.encode()))
        return self

    def armed(self):
        """Waits until the dialog takes keys: the bar beside them is gone."""
        return self.wait(lambda text: not ARMING.search(text), 10, "the dialog to be armed")

    def signal(self, number):
        os.kill(self.process.pid, number)

    def leave(self, seconds=20):
        """How it ends."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.pump(0.05)
        while self.pump(0.05):
            pass
        lib.check(self.process.poll() is not None, f"it does not end:\n{self.text()}")
        return self.process.returncode

    def is_restored(self):
        """The terminal is as it was: its modes, the main screen, a cursor, no mouse, no paste marks."""
        left = [self.raw.rfind(mode.encode()) for mode in ("\x1b[?1049l", "\x1b[?25h", "\x1b[?2004l", "\x1b[?1004l")]
        set_again = [self.raw.rfind(mode.encode()) for mode in
                     ("\x1b[?1049h", "\x1b[?25l", "\x1b[?2004h", "\x1b[?1004h")]
        modes = termios.tcgetattr(self.slave)
        return modes == self.modes and all(off >= on for off, on in zip(left, set_again))

    def golden(self, name, seconds=15):
        """Waits until this says what the screen in git says."""
        path = GOLDEN / f"{name}-{self.cols}x{self.rows}.txt"
        was = path.read_text(encoding="utf-8") if path.exists() else ""
        if os.environ.get("UPDATE_SCREENS"):
            now = self._still()
            if lib_golden.differences(was, now):
                GOLDEN.mkdir(parents=True, exist_ok=True)
                path.write_text(now.rstrip("\n") + "\n", encoding="utf-8")
            return self
        lib.check(was, f"there is no {path.name}: UPDATE_SCREENS=1 writes it")
        until = time.monotonic() + seconds
        while (different := lib_golden.differences(was, self.text())) and time.monotonic() < until:
            self.whole(0.1)
        lib.check(not different, f"{path.name} is another screen (UPDATE_SCREENS=1 writes it):\n  " +
                  "\n  ".join(different[:6]) + f"\n{self.text()}")
        return self

    def _still(self, seconds=1.5, at_most=10):
        """The screen, once it said the same for so long."""
        first, since = self.text(), time.monotonic()
        until = since + at_most
        while time.monotonic() < min(since + seconds, until):
            self.whole(0.1)
            if lib_golden.differences(first, self.text()):
                first, since = self.text(), time.monotonic()
        return self.text()


# The bar of a dialog that takes no keys yet.
ARMING = re.compile("(?<= )(?=[\u2588\u2591]{8} )\u2588*\u2591")


def hang_up(screen):
    """Both ends of the terminal are closed, as when a connection drops."""
    os.close(screen.slave)
    screen.slave = None
    os.kill(screen.process.pid, signal.SIGHUP)


__all__ = ["GOLDEN", "KEYS", "Screen", "hang_up"]
