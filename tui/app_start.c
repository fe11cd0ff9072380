/* app_start.c - to start a release: what it would do, as long as its plan is the one that is shown.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/mem.h"
#include "core/wire.h"
#include "tui/app_actions.h"
#include "tui/app_parts.h"
#include "tui/reading.h"

static void add_line(json_t *lines, const char *text)
{
    json_array_append_new(lines, json_string(text));
}

const char *app_no_start(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    if (e == NULL)
        return APP_NO_ENVIRONMENT;
    if (app_is_open(app) && e->run->status != RUN_PENDING)
        return "a run is under way already";
    if (json_is_object(json_object_get(e->status.document, "lock")))
        return "the environment is locked: `:unlock` opens it";
    if (e->plan_error != NULL)
        return "its plan cannot be made: see 3 Plan";
    if (e->plan.document == NULL)
        return "its plan is not known yet";
    return NULL;
}

/* A wish to start: of this plan; was a reason given to go past the window or a freeze? */
struct wish {
    char *environment, *hash;
    char *obstacle; /* as it was told; NULL = none */
    bool is_override;
};

static struct wish *new_wish(const char *environment, const char *hash, bool is_override)
{
    struct wish *wish = xcalloc(1, sizeof *wish);
    *wish = (struct wish){
        .environment = xstrdup(environment), .hash = xstrdup(hash), .is_override = is_override};
    return wish;
}

static void free_wish(void *closure)
{
    struct wish *wish = closure;
    free(wish->environment);
    free(wish->hash);
    free(wish->obstacle);
    free(wish);
}

static void start_with(struct app *app, const char *hash, const char *override,
                       struct effects *effects);

static void override_typed(struct app *app, void *closure, const char *reason,
                           struct effects *effects)
{
    start_with(app, ((struct wish *)closure)->hash, reason, effects);
}

/* A window that is shut and a freeze can be gone past, with a reason that stands in the report. */
static void start_replied(struct app *app, void *closure, bool ok, const json_t *answer,
                          struct effects *effects)
{
    const struct wish *wish = closure;
    const char *code = app_text_of(answer, "code"), *message = app_text_of(answer, "message");
    if (ok) {
        app_toast(app, false, "the release has begun: %s", app_text_of(answer, "run"));
        return;
    }
    if (strcmp(code, "stale") == 0) {
        app_toast(app, true, "not started, the plan changed: R shows it again");
        app_ask_plan(app, effects);
        return;
    }
    if (strcmp(code, "window") != 0 || wish->is_override) {
        app_toast(app, true, "not started: %s%s%s", message,
                  app_text_of(answer, "hint")[0] != '\0' ? ". " : "", app_text_of(answer, "hint"));
        return;
    }
    json_t *lines = json_array();
    add_line(lines, message);
    add_line(lines, "your name and reason stand in the report");
    app_toast(app, true, "%s", message);
    dialog_confirm(
        app, &(struct confirmation){.level = LEVEL_GRAVE,
                                    .title = "Not in its window: start all the same?",
                                    .environment = wish->environment,
                                    .lines = lines,
                                    .yes = "start it all the same",
                                    .act = override_typed,
                                    .free_closure = free_wish,
                                    .closure = new_wish(wish->environment, wish->hash, true)});
}

static void start_with(struct app *app, const char *hash, const char *override,
                       struct effects *effects)
{
    app->focus = PANE_PLAN;
    app_ask(app, effects,
            json_pack("{s:s, s:s, s:s*}", "verb", "start", "hash", hash, "override", override),
            "starting the release", start_replied,
            new_wish(app_environment(app)->name, hash, override != NULL), free_wish);
}

static void start_confirmed(struct app *app, void *closure, const char *reason,
                            struct effects *effects)
{
    (void)reason;
    start_with(app, ((struct wish *)closure)->hash, NULL, effects);
}

/* Steps that begin at once, beside what the run waits for. */
static void describe_beginning(const json_t *plan, json_t *lines)
{
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(plan, "steps"), i, step)
    {
        if (strcmp(app_text_of(step, "begin"), "with-the-run") == 0)
            json_array_append_new(lines,
                                  json_sprintf("%s begins at once: %s", app_text_of(step, "id"),
                                               app_text_of(step, "summary")));
    }
}

static void describe_checklist(const struct app_environment *e, json_t *lines)
{
    struct app_open_items open = app_open_items(e, NULL);

    if (open.for_people > 0)
        json_array_append_new(lines,
                              json_sprintf("%zu of the checklist %s for you: the run waits "
                                           "for %s at its gates",
                                           open.for_people, open.for_people == 1 ? "is" : "are",
                                           open.for_people == 1 ? "it" : "them"));
    if (open.for_probes > 0)
        json_array_append_new(lines, json_sprintf("%zu %s proved at the start", open.for_probes,
                                                  open.for_probes == 1 ? "is" : "are"));
}

/* What users were spared a moment ago is not shipped again by habit. */
static void describe_past(const struct app_environment *e, const char *image, json_t *lines)
{
    const struct run *run = e->run;
    const json_t *inputs = run != NULL ? json_object_get(run->plan, "inputs") : NULL;

    if (run != NULL && run->status == RUN_ROLLED_BACK && image[0] != '\0' &&
        strcmp(app_text_of(inputs, "image"), image) == 0)
        json_array_append_new(lines, json_sprintf("THE SAME IMAGE as %s, which was rolled back: %s",
                                                  run->id, run->reason));
}

static void describe_start(const struct app_environment *e, const char *obstacle, json_t *lines)
{
    const json_t *plan = e->plan.document, *inputs = json_object_get(plan, "inputs");
    const char *image = app_text_of(inputs, "image");
    size_t i;
    json_int_t expected_ms = 0;
    json_t *step;
    char took[CLOCK_STAMP_SIZE];

    json_array_foreach(json_object_get(plan, "steps"), i, step) expected_ms +=
        wire_whole(json_object_get(step, "expected_ms"));
    auto_free char *name = reading_image(image);
    if (obstacle != NULL)
        json_array_append_new(lines, json_sprintf("y WOULD BE REFUSED now: %s", obstacle));
    describe_past(e, image, lines);
    if (image[0] != '\0')
        json_array_append_new(
            lines, json_sprintf("ships %s%s%s%s", name,
                                app_text_of(inputs, "image_from")[0] != '\0' ? " (" : "",
                                app_text_of(inputs, "image_from"),
                                app_text_of(inputs, "image_from")[0] != '\0' ? ")" : ""));
    json_array_append_new(
        lines,
        json_sprintf("over v%s", app_text_of(json_object_get(inputs, "running"), "version")));
    json_array_append_new(lines,
                          json_sprintf("%zu steps, at least %s; each with its undo in 3 Plan",
                                       json_array_size(json_object_get(plan, "steps")),
                                       clock_duration_text(expected_ms, took)));
    json_array_append_new(lines, json_sprintf("plan %.12s", app_text_of(plan, "hash")));
    describe_beginning(plan, lines);
    describe_checklist(e, lines);
    add_line(lines, "! takes it back at any time");
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The plan that is shown is the one that y starts, and what refuses it is that of now. */
static json_t *start_renewed(const struct app *app, void *closure)
{
    struct wish *wish = closure;
    const struct app_environment *e = app_environment(app);
    const char *hash = e != NULL ? app_text_of(e->plan.document, "hash") : "";

    if (hash[0] == '\0' || strcmp(e->name, wish->environment) != 0)
        return NULL;
    auto_free char *obstacle = app_start_obstacle(app);
    bool is_same_plan = strcmp(hash, wish->hash) == 0;
    if (is_same_plan && is_same(obstacle, wish->obstacle))
        return NULL;
    json_t *lines = json_array();
    if (!is_same_plan)
        add_line(lines, "the plan changed: read it again");
    describe_start(e, obstacle, lines);
    free(wish->hash);
    free(wish->obstacle);
    wish->hash = xstrdup(hash);
    wish->obstacle = obstacle != NULL ? xstrdup(obstacle) : NULL;
    return lines;
}

void app_start(struct app *app, struct effects *effects)
{
    const struct app_environment *e = app_environment(app);
    struct wish *wish = new_wish(e->name, app_text_of(e->plan.document, "hash"), false);
    json_t *lines = json_array();
    (void)effects;

    wish->obstacle = app_start_obstacle(app);
    describe_start(e, wish->obstacle, lines);
    auto_free char *title = xasprintf("Release into %s", e->name);
    dialog_confirm(app, &(struct confirmation){.level = app_write_level(app),
                                               .title = title,
                                               .environment = e->name,
                                               .lines = lines,
                                               .renewed = start_renewed,
                                               .yes = "start the release",
                                               .act = start_confirmed,
                                               .free_closure = free_wish,
                                               .closure = wish});
}

const char *app_no_prepare(const struct app *app)
{
    return app_environment(app) == NULL ? APP_NO_ENVIRONMENT
           : app_is_open(app)           ? "a run is open already"
                                        : NULL;
}

static void prepare_confirmed(struct app *app, void *closure, const char *reason,
                              struct effects *effects)
{
    (void)closure;
    (void)reason;
    app_ask(app, effects, json_pack("{s:s}", "verb", "prepare"), "opening a run", NULL, NULL, NULL);
}

void app_prepare(struct app *app, struct effects *effects)
{
    json_t *lines = json_array();
    (void)effects;
    add_line(lines, "Opens a run that ticks, evidence and approvals gather on. Nothing in AWS is "
                    "changed, and nothing is started.");
    dialog_confirm(app, &(struct confirmation){.level = LEVEL_WRITE,
                                               .title = "Prepare a release",
                                               .environment = app_environment(app)->name,
                                               .lines = lines,
                                               .yes = "open a run",
                                               .act = prepare_confirmed});
}
