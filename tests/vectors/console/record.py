#!/usr/bin/env python3
"""record.py - records what a console is told, from real demos, into the *.jsonl beside it.

usage: FLIGHTDECK=build/dev/flightdeck python3 tests/vectors/console/record.py

A file is a moment. Its first line is {"screen": {"world_ms", "utc_offset_minutes", "zone"}}; each other one is news
(core/wire.h), told at that time. {"news": "run"} names its events by "events_of", a file events-NAME.jsonl, and
"until", the last seq of it. Golden screens stand beside it as NAME-COLSxROWS.txt; after a recording they are made
again with UPDATE_SCREENS=1.
"""
import copy
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAM = os.path.abspath(os.environ.get("FLIGHTDECK", "build/dev/flightdeck"))
ENV = "production"
SPEED = "40"


def ms(stamp):
    return round(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() * 1000)


class Demo:
    """One flight of the demo, looked at by a second program when a moment comes."""

    def __init__(self, name, *options):
        self.name, self.captures, self.events = name, {}, []
        self.folder = Path(tempfile.mkdtemp(prefix="flightdeck-record-")) / "demo"
        self.process = subprocess.Popen(
            [PROGRAM, "demo", "--headless", "--json", "--keep", self.folder, "--hold", "--speed", SPEED, "--seed", "7", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def environment(self):
        out = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        for key, value in re.findall(r"^export (\w+)='(.*)'$", (self.folder / "sandbox.out").read_text(), re.M):
            out[key] = value
        return out | {"FLIGHTDECK_STATE_DIR": str(self.folder / "state")}

    def capture(self, moment):
        if moment in self.captures:
            return
        asked = {"status": ["status"], "check": ["check", ENV], "metrics": ["metrics", ENV], "plan": ["plan", ENV]}
        running = {what: subprocess.Popen([PROGRAM, *words, "--json"], cwd=self.folder / "finally", env=self.environment(),
                                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                   for what, words in asked.items()}
        self.captures[moment] = {what: json.loads(process.communicate()[0]) for what, process in running.items()}
        print(f"  {self.name}: {moment}", file=sys.stderr)

    def fly(self, moments):
        """moments: {name: claim about an event}: the first event of which it is true."""
        for line in self.process.stdout:
            event = json.loads(line)
            for moment, is_it in moments.items():
                if event.get("run") and is_it(event):
                    self.capture(moment)
            if event.get("type") == "run_ended":
                break
        self.capture("ended")
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait()
        self.read_events()
        shutil.rmtree(self.folder.parent)
        return self

    def order(self, fault):
        """A fault from now on."""
        url = self.environment()["FLIGHTDECK_SANDBOX_URL"] + "/_sandbox/faults"
        with urllib.request.urlopen(urllib.request.Request(url, data=fault.encode(), method="POST")) as answer:
            answer.read()

    def read_events(self):
        journal = sqlite3.connect(self.folder / "state" / "journal.sqlite")
        run = journal.execute("SELECT id FROM run_index WHERE environment = ? ORDER BY opened_ms DESC", (ENV,)).fetchone()[0]
        keys = ("stream", "seq", "at_ms", "type", "step", "by", "body", "previous_hash", "hash")
        for row in journal.execute("SELECT * FROM event WHERE stream = ? ORDER BY seq", (run,)):
            event = dict(zip(keys, row))
            event["body"] = json.loads(event["body"])
            self.events.append(event)

    def save_events(self):
        write(HERE / f"events-{self.name}.jsonl", self.events)

    def seq_at(self, world_ms):
        return max(event["seq"] for event in self.events if event["at_ms"] <= world_ms)

    def first(self, is_it):
        return next(event["seq"] for event in self.events if is_it(event))


def write(path, objects):
    # A folder of this machine says nothing to anybody else.
    text = "".join(json.dumps(o, ensure_ascii=False, separators=(",", ":")) + "\n" for o in objects)
    path.write_text(re.sub(r'/[^" ]*/finally/DEPLOYMENT.md', "DEPLOYMENT.md", text))


LADDER = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0]
BAKES = [300000, 300000, 600000, 600000, 600000, 0]
ANA = "arn:aws:iam::123456789012:user/ana@finally.com"


def hello():
    def one(name, short, url, ladder, bakes, advance):
        return {"name": name, "production": name == ENV, "account": "123456789012", "region": "eu-central-1", "url": url,
                "ladder": ladder, "bakes_ms": bakes, "advance": advance, "alias": f"finally-{short}-api:production"}
    return {"news": "hello", "wire": 3, "program": "0.1.0", "project": "finally", "environments": [
        one("dev", "dev", "https://finally-dev.example.com", [1.0], [0], "auto"),
        one("staging", "staging", "https://finally-staging.example.com", [0.1, 1.0], [120000, 0], "auto"),
        one(ENV, "prod", "https://finally.com", LADDER, BAKES, "ask")],
        "you": {"name": ANA, "user_host": "ana@mbp"}, "trust": {"needed": False, "commands": []}, "poll_ms": 15000}


class Moment:
    def __init__(self, demo, capture):
        self.demo, self.seen = demo, copy.deepcopy(demo.captures[capture])
        stamps = [r["observed_at"] for e in self.seen["status"]["environments"] for r in e["resources"]]
        self.read_ms = max(map(ms, stamps))
        self.world_ms = self.read_ms + 2000
        self.until, self.driver = demo.seq_at(self.world_ms), "here"
        self.identity = {"arn": ANA, "account": "123456789012", "profile": "finally-prod",
                         "expires_at_ms": self.world_ms + 27_700_000, "state": "ok", "text": ""}
        self.ready = {"state": "yes", "text": "a rollback would be allowed now", "at_ms": self.read_ms}
        self.cached, self.more = False, []

    def news(self):
        yield {"screen": {"world_ms": self.world_ms, "utc_offset_minutes": 60, "zone": "CET"}}
        yield hello()
        for environment in self.seen["status"]["environments"]:
            yield self.document("status", environment["name"], environment)
        yield {"news": "identity", "env": ENV, **self.identity}
        yield {"news": "ready", "env": ENV, **self.ready}
        if self.until:
            yield {"news": "run", "env": ENV, "driver": self.driver, "events_of": self.demo.name, "until": self.until}
        else:
            yield {"news": "run", "env": ENV, "driver": "none", "events": []}
        for what in ("check", "plan", "metrics"):
            yield self.document(what, ENV, self.seen[what])
        yield from self.more

    def document(self, what, env, document):
        out = {"news": what, "env": env, "document": document, "at_ms": self.read_ms}
        return out | {"cached": True} if self.cached else out

    def status(self):
        return next(e for e in self.seen["status"]["environments"] if e["name"] == ENV)

    def undo_ticks(self):
        """Items that a person ticks before the start and whose tick is not in events up to `until` are open. How many
        stop the first write then."""
        ticked = {e["body"]["id"] for e in self.demo.events[:self.until] if e["type"] == "item_recorded"}
        check = self.seen["check"]
        for item in check["items"]:
            is_open = item["kind"] in ("person", "ask") and item.get("same_as", item["id"]) not in ticked and \
                item["id"] not in ticked and item["state"] == "pass"
            if is_open:
                item.update(state="todo", evidence=None, by="")
        todo = {item["id"] for item in check["items"] if item["state"] == "todo" and item["kind"] in ("person", "ask")}
        guarded = gate_items(check)
        for gate in check["gates"]:
            gate["blocking"] = [i for i in guarded[gate["name"]] if i in todo or i in gate["blocking"]]
            gate["state"] = "closed" if gate["blocking"] else "open"
        check["gate"] = "closed"
        check["run"] = self.demo.events[0]["stream"] if self.until else None
        return sum(len(g["blocking"]) for g in check["gates"] if g["before_first_write"])

    def save(self, name):
        write(HERE / f"{name}.jsonl", self.news())


SECTIONS = {"checklist": ("Code Quality", "Documentation", "Checklist/Infrastructure", "Database"),
            "checklist-2": ("Communication", "24h before"), "checklist-3": ("During", "Post-Deployment", "Manual")}


def gate_items(check):
    return {gate: [i["id"] for i in check["items"] if any(word in i["section"] for word in words)]
            for gate, words in SECTIONS.items()}


def is_type(event, name, **fields):
    return event["type"] == name and all(event.get(k, event.get("body", {}).get(k)) == v for k, v in fields.items())


def before_and_good():
    measured = {"n": 0}

    def baking(event):
        if is_type(event, "noted", key="weight", value=0.1):
            measured["n"] = 1
        measured["n"] += measured["n"] > 0 and event["type"] == "measured"
        return measured["n"] > 9

    good = Demo("healthy").fly({
        "approval": lambda e: is_type(e, "step_waiting", step="approval", on="person"),
        "baking": baking,
        "watching": lambda e: is_type(e, "step_started", step="watch"),
        "after": lambda e: is_type(e, "step_started", step="checklist-3"),
    })
    good.save_events()
    started = good.first(lambda e: is_type(e, "run_started"))
    ticks = [e["seq"] for e in good.events if e["type"] == "item_recorded" and e["seq"] < started]

    moment = Moment(good, "approval")
    moment.until = 0
    moment.undo_ticks()
    moment.status()["run"] = None
    moment.save("no-run")

    moment = Moment(good, "approval")
    moment.until = ticks[-1]  # what is left is ticked while the run waits for it
    moment.undo_ticks()
    moment.world_ms = moment.read_ms = good.events[moment.until - 1]["at_ms"] + 20000
    moment.save("before")

    moment = Moment(good, "approval")
    moment.until = good.first(lambda e: is_type(e, "step_waiting", step="approval", on="person"))
    moment.world_ms = moment.read_ms = good.events[moment.until - 1]["at_ms"] + 30000
    moment.save("approval")

    Moment(good, "baking").save("baking")
    moment = Moment(good, "baking")
    moment.until = good.first(lambda e: is_type(e, "asked") and e["seq"] > moment.until)
    moment.world_ms = moment.read_ms = good.events[moment.until - 1]["at_ms"] + 20000
    moment.save("next-weight")
    Moment(good, "watching").save("watching")
    moment = Moment(good, "after")
    moment.until = good.first(lambda e: is_type(e, "step_waiting", step="checklist-3", on="person"))
    moment.world_ms = moment.read_ms = good.events[moment.until - 1]["at_ms"] + 20000
    moment.save("after")
    Moment(good, "ended").save("all-clear")

    moment = Moment(good, "baking")
    moment.world_ms += 95000
    moment.identity.update(expires_at_ms=moment.world_ms - 60000, state="ended",
                           text="aws sso login --profile finally-prod")
    moment.ready.update(state="unknown", text="your sign-in ended")
    error = {"kind": "denied", "code": "ExpiredToken", "message": "the security token has expired",
             "hint": "Sign in again: aws sso login --profile finally-prod", "at": None}
    moment.more = [{"news": "trouble", "env": ENV, "what": what, "error": error} for what in ("status", "metrics")]
    moment.save("sign-in-ended")

    moment = Moment(good, "baking")
    moment.world_ms += 780000
    moment.cached, moment.driver = True, "nobody"
    moment.identity.update(state="unknown", expires_at_ms=0)
    moment.ready.update(state="unknown", text="AWS cannot be reached")
    error = {"kind": "transient", "code": "ECONNREFUSED", "message": "could not reach lambda.eu-central-1.amazonaws.com",
             "hint": "Look at your network", "at": None}
    moment.more = [{"news": "trouble", "env": env, "what": "status", "error": error} for env in ("dev", "staging", ENV)]
    moment.more += [{"news": "trouble", "env": ENV, "what": what, "error": error} for what in ("check", "metrics")]
    moment.save("offline")


def bad():
    flight = Demo("bad-canary", "--scenario", "bad-canary").fly({})
    flight.save_events()
    Moment(flight, "ended").save("rolled-back")
    moment = Moment(flight, "ended")
    moment.until = flight.first(lambda e: is_type(e, "rollback_started"))
    moment.world_ms = moment.read_ms = flight.events[moment.until - 1]["at_ms"] + 400
    alias = next(r for r in moment.status()["resources"] if r["kind"] == "lambda")
    convicted = [e for e in flight.events if e["type"] == "measured"][-1]["body"]["verdict"]
    alias.update(health="progressing", weights={"42": convicted["weight"]})
    alias["summary"] = f"v41 {100 - 100 * convicted['weight']:g} %, v42 {100 * convicted['weight']:g} %"
    moment.status().update(lock=None, health="progressing")
    moment.save("going-back")


def failed():
    flight = Demo("failed-step")

    def stopped(event):
        if is_type(event, "step_waiting", step="approval", on="person"):
            flight.order("UpdateFunctionCode=html:9")
        return is_type(event, "step_waiting", step="deploy", on="person")

    flight.fly({"stopped": stopped})
    flight.save_events()
    Moment(flight, "stopped").save("failed-step")


if __name__ == "__main__":
    for part in (before_and_good, bad, failed):
        if os.environ.get("ONLY", part.__name__) == part.__name__:
            part()
