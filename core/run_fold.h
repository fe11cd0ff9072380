/*
 * run_fold.h - private to the files of run.h: how events change a run, shared between them.
 */
#ifndef CORE_RUN_FOLD_H
#define CORE_RUN_FOLD_H

#include "core/run.h"

/* Text of a key of the body, "" when it is absent. Borrowed. */
const char *run_body_text(const struct event *e, const char *key);
/* A number of the body, 0 when it is absent. */
int64_t run_body_number(const struct event *e, const char *key);
/* Replaces owned text. */
void run_set_text(char **text, const char *value);
/* Makes room for one more element: arrays hold a power of two, so none keeps its capacity. */
void *run_grow(void *array, size_t count, size_t size);
/* Room for a copy of `count` elements that can grow. */
void *run_room(size_t count, size_t size);
/* Closes the open prompts of a step; every one when step is NULL. */
void run_close_prompts(struct run *r, const char *step);
void run_forget_prompt(struct run *r, size_t index);
void run_forget_waits(struct run *r, const char *step);
bool run_step_state_parse(const char *name, enum step_state *out);
bool run_effect_state_parse(const char *name, enum effect_state *out);
/* Says why the event contradicts the run. Always false. */
bool run_contradict(struct error *err, const struct event *e, const char *fmt, ...) FD_PRINTF(3, 4);

/* run_steps.c: events about one step. */
bool run_on_step_started(struct run *r, struct event *e, struct error *err);
bool run_on_step_waiting(struct run *r, struct event *e, struct error *err);
bool run_on_step_ended(struct run *r, struct event *e, struct error *err);
bool run_on_step_undone(struct run *r, struct event *e, struct error *err);
bool run_on_intent(struct run *r, struct event *e, struct error *err);
bool run_on_outcome(struct run *r, struct event *e, struct error *err);
bool run_on_decided(struct run *r, struct event *e, struct error *err);
bool run_on_noted(struct run *r, struct event *e, struct error *err);
bool run_on_wait(struct run *r, struct event *e, struct error *err);
bool run_on_measured(struct run *r, struct event *e, struct error *err);
bool run_on_guard_begun(struct run *r, struct event *e, struct error *err);
bool run_on_asked(struct run *r, struct event *e, struct error *err);
bool run_on_answered(struct run *r, struct event *e, struct error *err);

#endif
