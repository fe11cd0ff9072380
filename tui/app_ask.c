/* app_ask.c - requests to the engine's side, and who waits for their answers. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/wire.h"
#include "tui/app_parts.h"

void app_ask(struct app *app, struct effects *effects, json_t *request, const char *what,
             app_replied *replied, void *closure, void (*free_closure)(void *closure))
{
    const struct app_environment *environment = app_environment(app);
    struct app_asked *asked = xcalloc(1, sizeof *asked), **end = &app->asked;

    *asked = (struct app_asked){.id = app->next_id++,
                                .asked_ms = app->wall_ms,
                                .what = what != NULL ? xstrdup(what) : NULL,
                                .replied = replied,
                                .closure = closure,
                                .free_closure = free_closure};
    json_object_set_new(request, "id", json_integer(asked->id));
    if (json_object_get(request, "env") == NULL && environment != NULL)
        json_object_set_new(request, "env", json_string(environment->name));
    json_array_append_new(effects->requests, request);
    while (*end != NULL)
        end = &(*end)->next;
    *end = asked;
}

void app_command(struct app *app, struct effects *effects, const char *verb, const char *step,
                 const char *answer, const char *reason, const char *what)
{
    const struct run *run = app_run(app);
    if (run == NULL) {
        app_toast(app, true, "could not %s: there is no run", verb);
        return;
    }
    app_ask(app, effects,
            json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:I}", "verb", "command", "run", run->id,
                      "command", verb, "step", step, "answer", answer, "reason", reason, "seen_seq",
                      (json_int_t)run->last_seq),
            what, NULL, NULL, NULL);
}

bool app_is_still(struct app *app, const char *id)
{
    const struct run *run = app_run(app);
    bool is_still = run != NULL && id != NULL && strcmp(run->id, id) == 0;
    if (!is_still)
        app_toast(app, true, "nothing was sent: another run is on the screen now");
    return is_still;
}

static void free_asked(struct app_asked *asked)
{
    if (asked->free_closure != NULL)
        asked->free_closure(asked->closure);
    free(asked->what);
    free(asked);
}

static void say_refusal(struct app *app, const struct app_asked *asked, const json_t *error)
{
    const char *message = app_text_of(error, "message"), *hint = app_text_of(error, "hint");
    app_toast(app, true, "%s%s%s%s%s", asked->what != NULL ? asked->what : "",
              asked->what != NULL ? ": " : "", message[0] != '\0' ? message : "it was refused",
              hint[0] != '\0' ? ". " : "", hint);
}

void app_answer(struct app *app, const json_t *reply, struct effects *effects)
{
    json_int_t id = wire_whole(json_object_get(reply, "id"));
    bool ok = json_is_true(json_object_get(reply, "ok"));
    struct app_asked **place = &app->asked;

    while (*place != NULL && (*place)->id != id)
        place = &(*place)->next;
    struct app_asked *asked = *place;
    if (asked == NULL)
        return;
    *place = asked->next;
    if (asked->replied != NULL)
        asked->replied(app, asked->closure, ok, json_object_get(reply, ok ? "result" : "error"),
                       effects);
    else if (!ok)
        say_refusal(app, asked, json_object_get(reply, "error"));
    else if (asked->what != NULL)
        app_toast(app, false, "%s: done", asked->what);
    free_asked(asked);
}

void app_clear_asked(struct app *app)
{
    while (app->asked != NULL) {
        struct app_asked *next = app->asked->next;
        free_asked(app->asked);
        app->asked = next;
    }
}
