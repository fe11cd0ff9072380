#!/usr/bin/env python3
"""console-fuzz.py - whatever is typed, clicked, pasted or resized: the console stands, gives the terminal back, sends
it nothing that came from outside, and writes to AWS only what was confirmed.

CONSOLE_FUZZ_SECONDS=600 storms for so long (some seconds otherwise); CONSOLE_FUZZ_SEED=N is the same storm again.
"""
import os
import pathlib
import random
import re
import select
import time

from lib import DONE, ROLLED_BACK, Failure, Release, check, run_script, wait_for, work_folder
from lib_screen import KEYS, Screen

SECONDS = float(os.environ.get("CONSOLE_FUZZ_SECONDS", "6"))
SEED = int(os.environ.get("CONSOLE_FUZZ_SEED", random.randrange(1 << 30)))
SIGN = "ROLLBACK"

# Clears, names the window, copies, colours, leaves the other screen; C1; what turns the direction of writing round;
# wide, combining and joined characters.
EVIL = ("\x1b[2J\x1b]0;owned\x07\x1b]52;c;eA==\x07\x1b[31m\x1bP1$q\x1b\\\x1b[?1049l\x9b2J\x07\x08\x7f\u202egnp\u2066"
        "漢字e\u0301\u0301\u0301\u0301\u200d👩\u200d👩\ufeff")
PLAN = "checklist: [Before], {run: sh evil.sh 0, idempotent: true}, deploy: api, shift: api, all-clear"

# All that curses and we ourselves may send.
ALLOWED = re.compile(rb"""
    [\x20-\x7e\r\n\x08\x07\x0e\x0f] | [\xc2-\xdf][\x80-\xbf] | [\xe0-\xef][\x80-\xbf]{2} | [\xf0-\xf4][\x80-\xbf]{3}
  | \x1b\[[0-9;:]*[@ABCDEFGHJKLMPSTXbdfgm] | \x1b\[[0-9;]*r | \x1b\[4[hl] | \x1b\[2[23];0;0t | \x1b\[c
  | \x1b\[\?(?:1|5|7|12|25|1000|1002|1004|1006|1049|2004|2026|;)+[hl]
  | \x1b[78=>M] | \x1b[()][AB0]
  | \x1b\]11;\?\x1b\\ | \x1b\](?:9|777);[^\x00-\x1f\x7f]*\x07 | \x1b\]52;c;[A-Za-z0-9+/=]*(?:\x07|\x1b\\)
""", re.X)
ACTS = re.compile("[\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def check_bytes(raw):
    """Between the two: the terminal itself echoes what is typed before it is ours and after."""
    check(raw.count(b"\x1b[?1049l") <= 1, "the other screen was left more than once")
    raw = raw[max(0, raw.find(b"\x1b[?1049h")):raw.rfind(b"\x1b[?1049l") + 1 or len(raw)]
    at = 0
    while at < len(raw):
        found = ALLOWED.match(raw, at)
        if not found and len(raw) - at < 60:
            break  # it is not all here yet
        check(found, f"the terminal was sent {raw[at:at + 24]!r} after {raw[max(0, at - 60):at]!r}")
        at = found.end()
    text = raw.decode("utf-8", "replace")
    acts = ACTS.search(text)
    check(not acts, f"the terminal was sent {acts and text[max(0, acts.start() - 60):acts.end() + 20]!r}")


class Stormy(Screen):
    """In a storm nobody looks: libvterm 0.1.4 itself does not survive every sequence of sizes. The last picture is one
    for an emulator that saw nothing else."""

    is_looking = True

    def pump(self, seconds=0.0):
        if self.is_looking:
            return super().pump(seconds)
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            said = os.read(self.master, 65536)
        except OSError:
            return False
        self.raw += said
        return bool(said)

    def resize(self, cols, rows):
        if self.is_looking:
            super().resize(cols, rows)
        else:
            self.cols, self.rows = cols, rows
            self._set_size()

    def look_anew(self, cols, rows):
        self.resize(cols, rows)
        while self.pump(0.3):
            pass
        self.library.vterm_free(self.vterm)
        self.vterm = self.library.vterm_new(rows, cols)
        self.library.vterm_set_utf8(self.vterm, 1)
        self.screen = self.library.vterm_obtain_screen(self.vterm)
        self.library.vterm_screen_enable_altscreen(self.screen, 1)
        self.library.vterm_screen_reset(self.screen, 1)
        self.is_looking = True
        return self


# ---- what a person, or a cat on the keyboard, does ----


def some_key(chance, is_yes_allowed):
    kind = chance.randrange(10)
    if kind < 5:
        key = bytes([chance.randrange(0x20, 0x7f)])
        return b"j" if key == b"y" and not is_yes_allowed else key
    if kind < 8:
        return chance.choice([key for name, key in KEYS.items() if name != "CtrlZ"])
    if kind < 9:
        return bytes([chance.choice([n for n in range(0x20) if n != 0x1a])])
    return chance.choice(["é", "漢", "👩", "\u0301", "\u202e", "\u00a0"]).encode()


def some_paste(chance):
    text = chance.choice([b"y\n", b"production\ny\n", b"!y\r\r", EVIL.encode(), b"x" * 70000, b"\x1b[201", b"\xff\xfe\x80",
                          b"\x1b[200~again"])
    return b"\x1b[200~" + text + (b"" if chance.randrange(6) == 0 else b"\x1b[201~")


def some_mouse(chance):
    button = chance.choice([0, 0, 0, 1, 2, 32, 35, 64, 65, 66, 128])
    x, y = chance.randrange(0, 310), chance.randrange(0, 110)
    if chance.randrange(8) == 0:
        return b"\x1b[M" + bytes([32 + button % 96, 33 + x % 90, 33 + y % 90])
    return f"\x1b[<{button};{x};{y}{chance.choice('Mm')}".encode()


def some_garbage(chance):
    return chance.choice([b"\x1b[", b"\x1bO", b"\x1b]11;rgb:", b"\x1b[?62;22c", b"\xe6\xbc", b"\xf0\x9f", b"\x80\xff",
                          b"\x1b[1;99;9999999999999999999999~", b"\x1bP" + b"q" * 5000 + b"\x1b\\", b"\x1b[<0;0;0M",
                          b"\x1b[I", b"\x1b[O", b"\x1b\x1b\x1b", bytes(chance.randrange(256) for _ in range(8)
                                                                       ).replace(b"\x1a", b"").replace(b"y", b"")])


def some_size(chance):
    if chance.randrange(3) == 0:
        return chance.choice([(1, 1), (300, 100), (80, 24), (12, 1), (39, 9), (40, 10), (110, 34), (180, 50), (2, 100),
                              (300, 1)])
    return chance.randrange(1, 301), chance.randrange(1, 101)


def do_something(screen, chance, is_yes_allowed):
    kind = chance.randrange(20)
    if kind < 11:
        os.write(screen.master, b"".join(some_key(chance, is_yes_allowed) for _ in range(chance.randrange(1, 4))))
    elif kind < 12:
        os.write(screen.master, some_paste(chance)[:3000])
    elif kind < 15:
        os.write(screen.master, some_mouse(chance))
    elif kind < 16:
        os.write(screen.master, some_garbage(chance))
    elif kind < 17 and is_yes_allowed:
        screen.pump(0.45)
        os.write(screen.master, b"y")
    elif kind < 18 and is_yes_allowed:
        os.write(screen.master, b"production\r")
    else:
        screen.resize(*some_size(chance))


def end_well(screen):
    """However it stands now: it can be left, and the terminal is as it was."""
    screen.look_anew(80, 24)
    try:
        os.write(screen.master, b"\x1b[201~\x0c")
    except OSError:
        pass
    for _ in range(100):
        if screen.process.poll() is not None:
            break
        screen.keys("Escape").settle(0.1, 1)
        screen.keys("CtrlC", "CtrlC").settle(0.1, 1).keys("l").settle(0.1, 1)
    # What was opened in the storm and is still driven here decides the exit status.
    check(screen.leave() in (DONE, ROLLED_BACK), f"it ended with {screen.process.returncode}:\n{screen.text()}")
    check(screen.is_restored(), "the terminal is not as it was")
    check_bytes(screen.raw)


def storm(release, chance, seconds, is_yes_allowed):
    """It may be left on the way: then it is opened again."""
    until, opened = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        with open_console(release) as screen:
            opened += 1
            screen.wait(SIGN).is_looking = False
            while time.monotonic() < until and screen.process.poll() is None:
                try:
                    do_something(screen, chance, is_yes_allowed)
                except OSError:
                    break
                while screen.pump(0.01):
                    pass
            end_well(screen)
    return opened


# ---- the world ----


def open_console(release, *words, size=(120, 40)):
    return Stormy("console", "production", "--in-process", *release.words(*words), env=release.env, cwd=release.folder, size=size)


def make_evil(release):
    evil = EVIL.replace("\x1b", "\\033").replace("\x07", "\\007").replace("\x08", "\\010").replace("\x7f", "\\177")
    (release.folder / "evil.sh").write_text(
        f"printf 'of-command{evil}\\n'; i=0; while [ $i -lt 2000 ]; do printf '{evil}'; i=$((i+1)); done; exit \"$1\"\n",
        encoding="utf-8")
    (release.folder / "DEPLOYMENT.md").write_text(
        f"# How\n\n## Before\n\n- [ ] The change is of-guide{EVIL} announced\n- [ ] CHANGELOG is updated\n"
        "- [ ] Documents are written\n", encoding="utf-8")
    path = release.folder / "flightdeck.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(
        "    CHANGELOG: {run: grep -q this CHANGELOG.md}\n",
        "    CHANGELOG: {run: sh evil.sh 0}\n    Documents: {run: sh evil.sh 1}\n"), encoding="utf-8")


def split_traffic(release):
    """There is something to go back from: the version before has a tenth of the traffic."""
    now = release.aws.alias()
    other = next(version for version, _ in reversed(release.aws.versions()) if version not in ("$LATEST", now["version"]))
    release.aws.put_alias(f"of-alias{EVIL}", {other: 0.1})
    check(release.aws.alias()["weights"], "the traffic is not split")


class Unwritten:
    """Nothing is written to AWS in the with block."""

    def __init__(self, release, what):
        self.release, self.what = release, what

    def __enter__(self):
        self.before = self.release.aws.effects(), self.release.aws.alias()

    def __exit__(self, kind, *_):
        if kind is None:
            after = self.release.aws.effects(), self.release.aws.alias()
            check(after == self.before, f"{self.what}: AWS was written to: {self.before} is now {after}")


def type_slowly(screen, chance, keys, most_s):
    for key in keys:
        os.write(screen.master, key)
        screen.pump(chance.random() * most_s / len(keys))


def before_the_first_picture(release, chance):
    for _ in range(6):
        with open_console(release) as screen:
            type_slowly(screen, chance, [b"!", b"y", b"\r", b"\r"], chance.choice([0, 0.01, 0.1, 0.3]))
            screen.wait(SIGN).settle(0.6)
            end_well(screen)


def while_a_dialog_opens(release, chance):
    with open_console(release) as screen:
        screen.wait("of-guide")
        for opener in (b"!", KEYS["F9"], b"R", b"C", b"A", b"W", b"w", b"4p", b"4s", b"4x", b"2w", b"?", b"E", b"3r", b" "):
            type_slowly(screen, chance, [opener, b"y", b"\r", b"\r", b"y"], chance.choice([0, 0.05, 0.3]))
            screen.settle(0.5)
            screen.keys("Escape").settle(0.1).keys("Escape").settle(0.1)
        end_well(screen)


def while_nothing_is_seen(release):
    """The terminal takes no bytes (Ctrl-S, a dead link): what is typed meanwhile confirms nothing."""
    with open_console(release, size=(300, 100)) as screen:
        screen.wait("of-guide").settle()
        for turn in range(60):  # nobody reads: it is full at the latest now
            screen.resize(300 - turn % 2, 100)
            os.write(screen.master, b"\x0c")
            time.sleep(0.02)
        for key in (b"!", b"y", b"\r", b"y"):
            os.write(screen.master, key)
            time.sleep(0.7)
        screen.settle(0.8, 20)
        end_well(screen)


def resize_storm(release, chance):
    with open_console(release) as screen:
        screen.wait(SIGN).is_looking = False
        for turn in range(300):
            screen.resize(*some_size(chance))
            if turn % 5 == 0:
                os.write(screen.master, chance.choice([b"\t", b"z", b"?", b"\x1b", b"4", b"5", b"j"]))
            screen.pump(0.004)
        screen.look_anew(80, 24).keys("CtrlL").wait(SIGN)
        check("PRODUCTION" in screen.lines()[0], f"the first line does not say where we are:\n{screen.text()}")
        end_well(screen)


def confirmed(release):
    """Were the others any use? The same keys, with time between them, go back."""
    with open_console(release) as screen:
        screen.wait("of-guide").settle().keys("!").wait("ROLL BACK").settle(0.6)
        screen.keys("y")
        wait_for("the way back", 30, lambda: (screen.pump(0.05), not release.aws.alias()["weights"])[1])
        end_well(screen)


def main():
    chance = random.Random(SEED)
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 20, plan=PLAN, traffic="100%") as release:
        make_evil(release)
        split_traffic(release)
        try:
            with Unwritten(release, "! y Enter Enter before the first picture"):
                before_the_first_picture(release, chance)
            with Unwritten(release, "y Enter Enter y while a dialog opens"):
                while_a_dialog_opens(release, chance)
            with Unwritten(release, "y while nothing is seen"):
                while_nothing_is_seen(release)
            with Unwritten(release, "sizes"):
                resize_storm(release, chance)
            with Unwritten(release, "everything but y"):
                opened = storm(release, chance, SECONDS / 2, False)
            confirmed(release)
            split_traffic(release)
            opened += storm(release, chance, SECONDS / 2, True)
        except Failure as failure:
            raise Failure(f"CONSOLE_FUZZ_SEED={SEED}: {failure}") from failure
        print(f"{opened} consoles, seed {SEED}")


run_script(main)
