/*
 * follow.c - see follow.h.
 */
#include "cli/follow.h"

#include <string.h>

#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/wrapped.h"
#include "core/clock.h"
#include "core/event.h"
#include "core/event_text.h"
#include "core/mem.h"
#include "core/run.h"
#include "core/waiting.h"

#define BEHIND_TIME 11 /* the column after "12:00:00Z  " */

static enum tone tone_of(enum event_mood mood)
{
    switch (mood) {
    case EVENT_MOOD_PLAIN:
        return TONE_PLAIN;
    case EVENT_MOOD_GOOD:
        return TONE_GOOD;
    case EVENT_MOOD_BAD:
        return TONE_BAD;
    case EVENT_MOOD_WARN:
        return TONE_WARN;
    case EVENT_MOOD_FAINT:
        return TONE_FAINT;
    }
    return TONE_PLAIN;
}

void follow_event(const struct cli *cli, struct story *story, const struct event *event)
{
    char at[CLOCK_STAMP_SIZE];

    if (cli_is_json(cli)) {
        cli_json(cli, event_to_json(event));
        return;
    }
    auto_free char *text = story_tell(story, event);
    if (text != NULL)
        wrapped_linef(tone_of(event_mood(event)), BEHIND_TIME, "%s  %s",
                      clock_time_of_day(event->at_ms, at), text);
}

static void print_command(const char *command)
{
    wrapped_linef(TONE_STRONG, BEHIND_TIME, "%*s%s", BEHIND_TIME, "", command);
}

void follow_answer(const struct cli *cli, struct story *story, const struct event *event,
                   const struct run *run)
{
    auto_free char *command = cli_is_json(cli) ? NULL : story_answer(story, event, run);
    if (command != NULL)
        print_command(command);
}

void follow_waiting(const struct cli *cli, const struct run *run)
{
    auto_free char *command = cli_is_json(cli) ? NULL : waiting_command(run);
    if (command != NULL)
        print_command(command);
}

json_t *follow_line(const char *run_id, const char *type)
{
    char at[CLOCK_STAMP_SIZE];
    json_t *line = json_pack("{s:s, s:s}", "type", type, "at", clock_stamp(clock_world_ms(), at));

    json_object_set_new(line, "run", run_id != NULL ? json_string(run_id) : json_null());
    return line;
}

void follow_leave(const struct cli *cli, const struct run *run)
{
    if (!cli_is_json(cli) || run_is_over(run))
        return;
    json_t *line = follow_line(run->id, "run_ended");
    json_object_set_new(line, "seq", json_integer(run->last_seq));
    json_object_set_new(line, "step", json_null());
    json_object_set_new(line, "status", json_string(run_status_name(run->status)));
    json_object_set_new(line, "reason", json_string(run->reason));
    cli_json(cli, line);
}
