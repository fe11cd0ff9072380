/*
 * demo_person.h - the people of a demo: they tick, approve and promote as a real team would, and
 * say so.
 *
 * Ana releases, Li approves. Both act only on what they see in the events of the run, through the
 * same commands as everybody. Thread: main.
 */
#ifndef CLI_DEMO_PERSON_H
#define CLI_DEMO_PERSON_H

#include <stdbool.h>

#include "core/checklist.h"
#include "core/engine.h"

struct cli;
struct session;

struct demo_person {
    const struct cli *cli;
    const struct config *config;
    const struct environment *environment;
    struct checklist *checklist;
    const char *li; /* the sign-in name of who approves; borrowed */
    /* Asked something that the script has no answer to, they stay for some more looks of the judge,
     * who may convict meanwhile: so many looks at which they go. 0 = nothing is open. */
    size_t leaves_at;
    bool has_left; /* nobody is there any more */
};

bool demo_person_begin(struct demo_person *p, struct session *s,
                       const struct environment *environment, const char *li,
                       struct error *err) FD_MUST_USE;
/* Ticks what the team has looked at before the demo begins: all but the last `left` items of the
 * first gates. */
bool demo_person_look_before(struct demo_person *p, struct engine *engine, size_t left,
                             struct error *err) FD_MUST_USE;
/* A drive_watch: acts on an event. closure: the demo_person. */
void demo_person_watch(void *closure, struct engine *engine, const struct event *event);
/* Li approves at this step. */
bool demo_person_approve(struct engine *engine, const char *li, const char *step,
                         struct error *err) FD_MUST_USE;
/* The gate at which an approval is waited for; "" = at none. Borrowed from the run. */
const char *demo_person_awaited(const struct environment *environment, const struct run *run);
void demo_person_end(struct demo_person *p);

#endif
