/* app_sign_in.c - signing in again, at this terminal: the AWS CLI has it meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tui/app_actions.h"
#include "tui/app_parts.h"

const char *app_no_sign_in(const struct app *app)
{
    return app->options.is_demo           ? "a demo has keys of its own"
           : !app->options.can_sign_in    ? "sign in again in a shell, and open a new console there"
           : app_environment(app) == NULL ? "nothing is known yet of any environment"
                                          : NULL;
}

bool app_is_signed_out(const struct app *app)
{
    const struct app_environment *e = app_environment(app);
    const char *state = e != NULL ? app_text_of(e->identity, "state") : "";

    return strcmp(state, "ended") == 0 || strcmp(state, "none") == 0;
}

bool app_is_run_signed_out(const struct app *app)
{
    const struct app_environment *e = app_environment(app);

    return e != NULL && e->run_sign_in != NULL && e->run != NULL && !run_is_over(e->run);
}

bool app_is_run_ours(const struct app *app)
{
    const struct app_environment *e = app_environment(app);

    return e != NULL && e->run != NULL &&
           strcmp(e->run->acts_as, app_text_of(e->identity, "arn")) == 0;
}

const char *app_no_sign_in_now(const struct app *app)
{
    return app_is_signed_out(app) || (app_is_run_signed_out(app) && app_is_run_ours(app))
               ? app_no_sign_in(app)
               : "no sign-in has ended";
}

static void typed(struct app *app, void *closure, const char *text, struct effects *effects)
{
    (void)app;
    (void)closure;
    free(effects->sign_in);
    effects->sign_in = xstrdup(text);
}

void app_sign_in(struct app *app, struct effects *effects)
{
    const char *profile = app_text_of(app_environment(app)->identity, "profile");

    (void)effects;
    dialog_ask_text(
        app, &(struct text_question){
                 .title = "Sign in as which profile of the AWS CLI (it asks on this terminal)",
                 .hint = "Enter: `aws` has this terminal and asks for what it needs",
                 .initial = profile[0] != '\0' ? profile : app->options.profile,
                 .done = typed});
}

/* ---- afterwards ---- */

static void read_anew(struct app *app, const char *environment, const char *what,
                      struct effects *effects)
{
    app_ask(app, effects,
            json_pack("{s:s, s:s, s:s}", "verb", "refresh", "env", environment, "what", what), NULL,
            NULL, NULL, NULL);
}

/* What could not be read is read now. */
static void read_all_anew(struct app *app, struct effects *effects)
{
    static const char *const on_screen[] = {"metrics", "plan"};

    for (size_t i = 0; i < app->environment_count; i++)
        read_anew(app, app->environments[i].name, "status", effects);
    for (size_t i = 0; i < sizeof on_screen / sizeof on_screen[0]; i++)
        read_anew(app, app_environment(app)->name, on_screen[i], effects);
}

static void signed_in(struct app *app, void *closure, bool ok, const json_t *result,
                      struct effects *effects)
{
    (void)closure;
    if (ok) {
        app_toast(app, false, "signed in as %s", event_text_person(app_text_of(result, "arn")));
        read_all_anew(app, effects);
        return;
    }
    app_toast(app, true, "%s. %s", app_text_of(result, "message"), app_text_of(result, "hint"));
}

void app_signed_in(struct app *app, json_t *keys, const struct error *err, struct effects *effects)
{
    if (keys != NULL)
        app_ask(app, effects, json_pack("{s:s, s:o}", "verb", "sign_in", "keys", keys),
                "signing in", signed_in, NULL, NULL);
    else
        app_toast(app, true, "%s. %s", err->message, err->hint);
    app->is_dirty = true;
}
