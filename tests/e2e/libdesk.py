"""The console's wire in a script: requests as a console sends them, and everything that is told back.

bench_desk (tests/bench/desk.c) is the engine's side of a console with JSON Lines instead of a screen.
"""
import json
import os
import socket
import subprocess
import threading
import time

from lib import DONE, ROOT, Failure, check

WIRE = 3  # core/wire.h
DESK = os.environ.get("BENCH_DESK", str(ROOT / "build" / "bench_desk"))


class Desk:
    """One console's worth of a project; ends with the with block."""

    def __init__(self, release, *words, **variables):
        self.release, self.words, self.variables = release, words, variables
        self.news, self.replies, self.asked, self.next_id = [], {}, {}, 1
        self.changed = threading.Condition()
        self.is_over = False

    def __enter__(self):
        config = str(self.release.folder / "flightdeck.yaml")
        self.errors = open(self.release.folder / "desk.err", "ab")
        self.process = subprocess.Popen([DESK, "desk", "--config", config, *self.words], env={k: v for k, v in {**self.release.env, **self.variables}.items() if v is not None},
                                        cwd=self.release.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        threading.Thread(target=self._listen, daemon=True).start()
        self.wait("hello", lambda n: n["news"] == "hello")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            code = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        said = (self.release.folder / "desk.err").read_text(encoding="utf-8", errors="replace")
        check("Sanitizer" not in said and "runtime error" not in said, said[-3000:])
        check(code == 0, f"the desk ended with {code}: {said[-600:]}")

    def _listen(self):
        for line in self.process.stdout:
            found = json.loads(line)
            with self.changed:
                if found["news"] == "reply":
                    self.replies[found["id"]] = found
                elif found["news"] == "asked":
                    self.asked[found["id"]] = found["us"]
                else:
                    self.news.append(found)
                self.changed.notify_all()

    def send(self, verb, env="production", **more):
        """Puts a request on the wire; returns its id."""
        number, self.next_id = self.next_id, self.next_id + 1
        request = {"verb": verb, "id": number, **({"env": env} if env else {}), **more}
        self._put(request)
        return number

    def _put(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()

    def is_gone(self):
        return self.process.poll() is not None

    def reply(self, number, seconds=60):
        until = time.monotonic() + seconds
        with self.changed:
            while number not in self.replies:
                check(self.changed.wait(until - time.monotonic()) or number in self.replies,
                      f"request {number} was not answered within {seconds} s; last news {self.news[-3:]}")
            return self.replies[number]

    def ask(self, verb, env="production", seconds=60, **more):
        """The result; a refusal fails the script."""
        found = self.reply(self.send(verb, env, **more), seconds)
        if not found["ok"]:
            raise Failure(f"{verb} {more}: {found['error']}")
        return found["result"]

    def refusal(self, verb, env="production", seconds=60, **more):
        found = self.reply(self.send(verb, env, **more), seconds)
        check(not found["ok"], f"{verb} {more} was not refused: {found}")
        return found["error"]

    def milliseconds(self, number):
        """From the request's being put on the wire to its reply."""
        return (self.reply(number)["us"] - self.asked[number]) / 1000

    def wait(self, what, test, seconds=60, since=0):
        """The first news from `since` on that passes."""
        until = time.monotonic() + seconds
        with self.changed:
            while True:
                found = next((n for n in self.news[since:] if test(n)), None)
                if found is not None:
                    return found
                check(not self.is_gone(), f"the desk is gone while waiting for {what}")
                check(self.changed.wait(until - time.monotonic()),
                      f"{what}: not within {seconds} s; last news: {[n['news'] for n in self.news[-12:]]}")

    def wait_event(self, what, test, seconds=60, since=0):
        """An event of a run, told one by one or with the run."""
        def look(news):
            events = [news["event"]] if news["news"] == "event" else news["events"] if news["news"] == "run" else []
            return any(test(e) for e in events)
        return self.wait(what, look, seconds, since)

    def events(self, env="production"):
        """The run on the screen, as a console holds it: replaced by `run`, continued by `event`."""
        events = []
        with self.changed:
            for n in self.news:
                if n.get("env") != env:
                    continue
                if n["news"] == "run":
                    events = list(n["events"])
                elif n["news"] == "event":
                    events.append(n["event"])
        return events

    def driver(self, env="production"):
        with self.changed:
            told = [n["driver"] for n in self.news if n.get("env") == env and "driver" in n]
        return told[-1] if told else None

    def start(self, **more):
        """Plans, and starts exactly that. Returns the run."""
        self.ask("plan")
        plan = self.wait("a plan", lambda n: n["news"] == "plan" and "document" in n)["document"]
        return self.ask("start", hash=plan["hash"], **more)["run"]


class Peer(Desk):
    """The same of an engine in another process: one console, with keys of its own."""

    def __init__(self, release, path, keys, read_only=False, **variables):
        super().__init__(release)
        self.path, self.read_only = path, read_only
        self.variables = keys is not None and {"HOME": str(release.folder), "PATH": os.environ["PATH"], **keys, **variables}

    def __enter__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(self.path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        threading.Thread(target=self._listen, daemon=True).start()
        self._put({"verb": "attach", "id": 0, "wire": WIRE, "program": "test", "project": "finally", "user_host": "test@peer",
                   "read_only": self.read_only, **({"as": {"variables": self.variables}} if self.variables else {})})
        self.wait("its first news", lambda n: n["news"] == "caught_up")
        self.send("look")
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _put(self, request):
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def _listen(self):
        for line in self.lines:
            found = json.loads(line)
            with self.changed:
                if found["news"] == "reply":
                    self.replies[found["id"]] = found
                else:
                    self.news.append(found)
                self.changed.notify_all()
        self.is_over = True
        with self.changed:
            self.changed.notify_all()

    def is_gone(self):
        return self.is_over

    def said(self, text, seconds=60):
        return self.wait(f'"{text}"', lambda n: n["news"] == "said" and text in n["text"], seconds)


class Engine:
    """`flightdeck engine` of a project; ended with the with block."""

    def __init__(self, release):
        self.release = release

    def __enter__(self):
        # It has no stderr: what a sanitizer has to say goes to files.
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            was = os.environ.get(name, "")
            self.release.env[name] = f"{was}{':' if was else ''}log_path={self.release.folder}/sanitizer"
        self.release.attaches = True
        self.release.call("engine").expect(DONE)
        return self

    def status(self):
        return self.release.call("engine", "status", "--json").json

    def pid(self):
        return self.status()["pid"]

    def __exit__(self, *_):
        if self.status()["running"]:
            self.release.call("engine", "stop", "--abort", timeout=60)
        for found in self.release.folder.glob("sanitizer*"):
            raise Failure(f"{found.name}: {found.read_text(errors='replace')[:4000]}")
