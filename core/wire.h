/*
 * wire.h - what a console and the engine's side say to each other: JSON objects, two queues.
 *
 * The two sides share nothing else, so that a socket with a line for each object can stand between.
 * An object handed over belongs to the receiver with all its parts: nothing in it is kept or shared
 * by the sender (jansson's reference counts put nothing in order between two threads). `request`
 * has one receiver thread, `news` has one.
 *
 * A console that hears nothing (its terminal is stopped) costs no more than WIRE_MOST_WAITING news:
 * then "status" and "metrics" are left out, which are told again by themselves.
 */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include <jansson.h>

#include "core/error.h"
#include "core/event.h"

/* clang-format off */
/*
 * A request is {"verb", "id", "env"?, ...}. It is answered once by
 *   {"news":"reply","id","ok":true,"result":...} or
 *   {"news":"reply","id","ok":false,"error":{"kind","code","message","hint","at"}}
 *
 * Requests (all but `trust`, `history`, `report` and `engine` name the environment in "env"):
 *   look          since_ms?          this environment is on the screen: its checklist and metrics
 *                                    are read regularly. Metrics of the last since_ms (world)
 *   refresh       what               "status" "check" "metrics" "plan" "ready": read it now
 *   sign_in       keys               from now on this console acts with these ("AWS_...": value);
 *                                    over a socket "as", as of `attach`. result: {"arn"}
 *   probe         item               run one item's probe now; result: the item
 *   tick, untick, waive  item, reason   a person's word; opens a run where none gathers.
 *                                    result: {"run"}
 *   plan          -                  dry run. News "plan" follows
 *   prepare       -                  open the run that ticks and approvals gather on;
 *                                    result: {"run"}
 *   start         hash, override?    preflight, then start: of exactly this plan. result: {"run"}
 *   resume        run                take up a run that nobody drives; forward effects allowed
 *   command       run, command, step?, answer?, reason?, seen_seq   an engine_verb_name() of a run:
 *                                    driven here, by another process, or taken up for it. The
 *                                    answer of "approve" is the hash of the plan that was read
 *   preview_shift weight, version?   result: {"call":{service,operation,params},"resource",
 *                                    "from":{version:share},"to":{version:share},"version",
 *                                    "weight","revision_id","requests_per_s":n|null,
 *                                    "guards":[{"text","state":"ok|wait|no"}],"bake_ms","undo",
 *                                    "how":"promote|hand|back","refused":text|null}
 *   shift         weight, version, revision_id, how?, reason?, override?   as previewed; what would
 *                                    be done in another way now is refused with code "stale"
 *   preview_rollback version?        result: {"run":id|null,"call":{...}|null,"resource",
 *                                    "from":{version:share},"to":{version:share},
 *                                    "target":version|null,"why",
 *                                    "rest":[{"step","text","lossy"}],"stays":[text],
 *                                    "needed":bool,"calls_as":text,"over"?,"shown"?}: over: the
 *                                    revision of what somebody else left there while a run is
 *                                    under way; shown: that of the alias where none is; from what
 *                                    is known already; never waits longer than 3 s
 *   rollback      target, over?, shown?, reason?
 *                                    do it now; what somebody else left there is gone over only
 *                                    where it still has the revision that was shown. result when
 *                                    traffic was read back: {"run","text"}
 *   lock, unlock  reason
 *   trust         -                  the commands of the configuration that `hello` showed
 *   versions      -                  result: [{"version","text"}], newest first
 *   history       -                  result: as `history --json`
 *   report        run                result: {"markdown"}
 *   engine        -                  of an engine's process, also from who is not attached:
 *                                    result: {"consoles":[{"who","arn","read_only"}]}
 *   evidence      item               result: the item with its details as text lines {"lines":[..]}
 *
 * News (each has "env" unless it is about the whole project):
 *   hello     wire, program, project, environments:[{"name","production","account","region","url",
 *             "ladder":[weight...],"bakes_ms":[...],"advance":"ask|auto","alias":"FUNCTION:ALIAS"}],
 *             you:{"name","user_host"}, trust:{"needed":bool,"commands":[text]}, poll_ms
 *   run       events:[...], driver: "here|other|nobody|none"    the run on the screen from its
 *             first event (wire_event); replaces what was there. No events: no run
 *   event     event: wire_event()            one more event of that run
 *   driver    driver
 *   status    document: an element of `status --json`, at_ms, cached?:true
 *   check     document: `check --json`, at_ms, cached?
 *   metrics   document: `metrics --json`, at_ms, cached?
 *   plan      document: `plan --json`, ladder included, at_ms, cached? | error
 *   ready     state: "yes|no|unknown", text, at_ms     would a rollback be allowed now, and as whom
 *   identity  arn, account, profile, expires_at_ms (0 = not known), state: "ok|ended|none|unknown",
 *             text
 *             arn: "" = not known; of one that has ended: whose it was
 *   sign_in   arn, state: "ok|ended", text     that of the run that is driven here: who is to sign in
 *             again so that it goes on
 *   trouble   what: "status|check|metrics|...", error|null     could not be read; null: it can again
 *   lost      stopped: text|null     of a socket's console: what drives is gone, until the next hello;
 *                                    text: on purpose, and by whom
 *   said      text, mood: "plain|good|bad|warn|faint", at_ms   a line for the log
 */
/* clang-format on */
#define WIRE_VERSION 3
#define WIRE_MOST_WAITING 256

struct wire;

struct wire *wire_new(void);
void wire_free(struct wire *w);

/* The console's end. */
void wire_ask(struct wire *w, json_t *request); /* takes the reference */
json_t *wire_hear(struct wire *w);              /* new reference; NULL: nothing new */
int wire_news_fd(const struct wire *w);         /* readable while there is news */

/* The engine's end. */
void wire_tell(struct wire *w, json_t *news);        /* takes the reference; any thread */
json_t *wire_take(struct wire *w);                   /* NULL: nothing is asked */
json_t *wire_await(struct wire *w, int64_t wall_ms); /* NULL: nothing was asked in time */
int wire_requests_fd(const struct wire *w);

/* An event whole, so that a run can be folded again from it: {"seq","at_ms","stream","type","step",
 * "by","body","previous_hash","hash"}. The body is a copy. */
json_t *wire_event(const struct event *event);
/* The same without a copy, of an event that nobody else holds; frees it. */
json_t *wire_event_steal(struct event *event);
/* NULL with *err when it is none. Yours (event_unref). */
struct event *wire_read_event(const json_t *event, struct error *err);
/* A number as a whole one, no larger than any time or count is, so that sums of some are sums; 0 of
 * what is none. */
#define WIRE_MOST INT64_C(1000000000000000)
int64_t wire_whole(const json_t *value);
/* {"kind","code","message","hint","at"}, secrets blacked out. */
json_t *wire_error(const struct error *err);

#endif
