#!/usr/bin/env python3
"""engine-crash-walk.py - the engine is killed at any point of a bad release while a console looks on: it is started again, judges on and goes back.

FLIGHTDECK_CRASH_AT=N ends the engine at its N-th crash point (core/crash.h). The console starts another. Where traffic was moved
nobody has to do anything; where none was, nothing is moved before somebody says so. CRASH_WALK_STRIDE=1 walks every point.
"""
# ctest: long
# ctest: serial
import itertools
import json
import os
import socket
import time

from lib import DONE, IS_SANITIZED, FAILED, Failure, check, check_effects, complaints, run_script, skip, wait_for, work_folder
from lib_journey import Journey
from libdesk import WIRE

SPEED = 300
AT_ONCE = 4
STRIDE = int(os.environ.get("CRASH_WALK_STRIDE", 60 if IS_SANITIZED else 6))
PATIENCE_S = 120


class Gone(Exception):
    """The engine is."""


class Client:
    """A console's place at the engine's socket."""

    def __init__(self, path, variables):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        try:
            self.socket.connect(path)
        except OSError as failure:
            raise Gone from failure
        self.rest, self.ids, self.plan = b"", itertools.count(1), None
        self.send(verb="attach", id=0, wire=WIRE, project="finally", user_host="ana@here",
                  **{"as": {"variables": {k: v for k, v in variables.items() if k.startswith("AWS_") and "URL" not in k and "REGION" not in k}}})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, **request):
        try:
            self.socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as failure:
            raise Gone from failure

    def hear(self, what, seconds=30):
        """The first news that passes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            line, newline, rest = self.rest.partition(b"\n")
            if newline:
                self.rest = rest
                news = json.loads(line)
                if news["news"] == "plan" and news["env"] == "production" and "document" in news:
                    self.plan = news["document"]
                if what(news):
                    return news
                continue
            try:
                got = self.socket.recv(1 << 20)
            except OSError as failure:
                raise Gone from failure
            if not got:
                raise Gone
            self.rest += got
        raise Failure("the engine said nothing of it")

    def ask(self, verb, **more):
        number = next(self.ids)
        self.send(verb=verb, id=number, env="production", **more)
        return self.hear(lambda n: n["news"] == "reply" and n["id"] == number, 60)

    def start(self):
        self.ask("plan")
        if self.plan is None:  # told after the answer
            self.hear(lambda n: self.plan is not None)
        return self.ask("start", hash=self.plan["hash"])


def journey_in(folder):
    journey = Journey(folder, "--speed", SPEED, "--seed", 7, "--scenario", "bad-canary", traffic="25% 60m, 100%")
    journey.attaches = True
    return journey


def engine_of(journey):
    return journey.call("engine", "status", "--json").json


def at_engine(journey, first):
    """A client of the engine that serves now. `first`: the one that is to die."""
    def look():
        status = engine_of(journey)
        try:
            return status["running"] and Client(status["socket"], journey.env)
        except Gone:
            return None
    return wait_for("an engine", 30, look, every=0.2)


def start(journey, first):
    """Until a run is under way; whoever was asked may die over it."""
    for _ in range(4):
        try:
            with at_engine(journey, first) as client:
                reply = client.start()
                if reply["ok"]:
                    return
                check("error" in reply, f"start: {reply}")
        except Gone:
            pass
        if any(e["type"] == "run_started" for e in journey.events()):
            return
    raise Failure(f"no run could be started: {journey.events()[-2:]}")


def is_over(journey):
    return any(e["type"] == "run_ended" for e in journey.events())


def forward_between(events):
    """Writes that nobody asked for: after it was interrupted, and before it was resumed."""
    is_held, found = False, []
    for event in events:
        is_held = (is_held or event["type"] == "interrupted") and event["type"] != "resumed"
        if is_held and event["type"] == "effect_intent" and not event["intent"].get("by_undo"):
            found.append(event)
    return found


def wait_for_end(journey, first):
    """Traffic that is at risk goes back by nobody's hand; what has moved none waits for somebody."""
    until, resumed_at = time.monotonic() + PATIENCE_S, 0
    while not is_over(journey):
        check(time.monotonic() < until, f"it does not end: {[(e['type'], e['step']) for e in journey.events()[-6:]]}, {journey.aws.alias()}")
        time.sleep(0.2)
        events = journey.events()
        is_held = events[-1]["type"] in ("interrupted", "step_waiting") or time.monotonic() > resumed_at + 10
        if engine_of(journey).get("pid") in (first, None) or journey.aws.alias()["weights"] or not is_held:
            continue
        if any(e["type"] == "interrupted" for e in events) and time.monotonic() > resumed_at + 10:
            resumed_at = time.monotonic()
            try:
                with at_engine(journey, first) as client:
                    client.ask("resume", run="r-0001")
            except Gone:
                pass


def crash_at(folder, number):
    def job():
        try:
            with journey_in(folder / f"at-{number}") as journey:
                begun = journey.call("engine", FLIGHTDECK_CRASH_AT=str(number))
                try:
                    with journey.console() as ana:
                        first = engine_of(journey).get("pid") if begun.code == DONE else None
                        try:
                            ana.begin()
                            start(journey, first)
                            wait_for_end(journey, first)
                            ana.wait("rolled back", 60)
                        except Failure as failure:
                            ana.pump(0.1)
                            raise Failure(f"{failure}\n{engine_of(journey)}\n{ana.text()}") from failure
                        was_killed = begun.code != DONE or engine_of(journey).get("pid") != first
                    events = journey.events()
                    check(events[-1]["status"] == "rolled_back", f"it ended as {events[-1]}")
                    journey.serves("41")
                    check_effects(events)
                    check(not forward_between(events), f"nobody asked for {forward_between(events)[:1]}")
                finally:
                    journey.call("engine", "stop", "--abort", timeout=60)
                return None if was_killed else "undisturbed"
        except Failure as failure:
            return f"point {number}: {failure}"
    return job


def main():
    with work_folder() as folder:
        with journey_in(folder / "count") as journey:
            counted = folder / "counted"
            journey.call("engine", FLIGHTDECK_CRASH_COUNT=str(counted)).expect(DONE)
            with journey.console() as ana:
                ana.begin()
                start(journey, None)
                journey.ended(PATIENCE_S)
            journey.call("engine", "stop", timeout=60).expect(DONE, FAILED)
            if not counted.exists():
                skip("this build has no crash points")
            count = int(counted.read_text(encoding="ascii"))
        check(count > 50, f"only {count} crash points")
        numbers, undisturbed = range(1 + STRIDE // 2, count + 1, STRIDE), []

        def job(number):
            told = crash_at(folder, number)()
            if told == "undisturbed":
                undisturbed.append(number)
                return None
            return told

        complaints([lambda number=number: job(number) for number in numbers], AT_ONCE)
        check(len(undisturbed) <= len(numbers) // 4 + 1, f"of {len(numbers)} points {len(undisturbed)} were not reached: {undisturbed}")
        print(f"{count} crash points of the engine, each {STRIDE}.: {len(numbers)}, of which {len(undisturbed)} were not reached")


run_script(main)
