/*
 * waiting.c - see waiting.h. The branches are in the order of what stands in the way first.
 */
#include "core/waiting.h"

#include <stdbool.h>
#include <string.h>

#include "core/buf.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/text.h"

#define COMMAND_CEILING 2000

static const struct run_step *waiting_step(const struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        if (strcmp(run->steps[i].waiting_on, "person") == 0)
            return &run->steps[i];
    return NULL;
}

static bool has_stopped(const struct run_step *step)
{
    return step->state == STEP_FAILED || step->state == STEP_ERRORED || step->state == STEP_UNKNOWN;
}

static void add_answers(struct buf *out, const struct run *run)
{
    size_t i;
    json_t *choice;
    json_array_foreach(run->prompts[0].choices, i, choice) buf_addf(out, "%s%s",
                                                                    i == 0   ? ""
                                                                    : i == 1 ? " (or: "
                                                                             : ", ",
                                                                    json_string_value(choice));
    if (i > 1)
        buf_addc(out, ')');
}

static void add_command(struct buf *out, const struct run *run, const struct run_step *step)
{
    if (run->status == RUN_INTERRUPTED || run->status == RUN_PAUSED) {
        buf_addf(out, "flightdeck run resume %s", run->id);
    } else if (run->prompt_count > 0) {
        buf_addf(out, "flightdeck run answer %s ", run->id);
        if (run->prompt_count > 1)
            buf_addf(out, "%s ", run->prompts[0].id);
        add_answers(out, run);
    } else if (step == NULL) {
        return;
    } else if (has_stopped(step)) {
        buf_addf(out, "flightdeck run retry %s %s, or skip %s %s --reason WHY", run->id, step->id,
                 run->id, step->id);
    } else if (strcmp(step->kind, "approval") == 0) {
        buf_addf(out, "flightdeck run approve %s", run->id);
    } else if (strcmp(step->kind, "checklist") == 0) {
        buf_adds(out, "flightdeck check tick ITEM, or waive ITEM --reason WHY");
    } else {
        buf_addf(out, "flightdeck log %s", run->id);
    }
}

char *waiting_command(const struct run *run)
{
    auto_buf out;
    buf_init(&out, COMMAND_CEILING);
    if (!run_is_over(run) && run->status != RUN_PENDING)
        add_command(&out, run, waiting_step(run));
    return out.len > 0 ? text_safe(out.ptr) : NULL;
}

char *waiting_reason(const struct run *run)
{
    const struct run_step *step = waiting_step(run);
    auto_free char *reason = NULL;

    if (run_is_over(run))
        return NULL;
    if (run->prompt_count > 0)
        reason = xasprintf("%s: %s", run->prompts[0].step, run->prompts[0].question);
    else if (step != NULL)
        reason = xasprintf("%s%s%s%s", step->id, has_stopped(step) ? " stopped" : "",
                           step->reason[0] != '\0' ? ": " : "", step->reason);
    return reason != NULL ? text_safe(reason) : NULL;
}

char *waiting_held(const struct run *run)
{
    if (run_is_over(run) || run_is_going_back(run) || run->measured_count == 0 ||
        !run_moved_traffic(run))
        return NULL;
    const json_t *body = run->measured[run->measured_count - 1]->body;
    const char *kind = json_string_value(json_object_get(json_object_get(body, "verdict"), "kind"));
    auto_free char *text = NULL;
    if (json_object_get(json_object_get(body, "measurement"), "read_as") != NULL)
        text = xasprintf("held: the sign-in of %s has ended", event_text_person(run->acts_as));
    else if (kind != NULL && strcmp(kind, "error") == 0)
        text = xstrdup("held: the numbers cannot be read");
    return text != NULL ? text_safe(text) : NULL;
}
