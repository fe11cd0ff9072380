/*
 * desk_open.c - see desk_open.h.
 */
#include "cli/desk_open.h"

#include "cli/desk_parts.h"
#include "cli/session.h"
#include "cli/trusting.h"
#include "core/clock.h"
#include "core/mem.h"
#include "version.h"

static json_t *alias_json(const struct environment *environment)
{
    const struct resource *lambda = config_resource_of_kind(environment, "lambda");
    if (lambda == NULL)
        return json_string("");
    return json_sprintf("%s:%s", config_resource_text(lambda, "lambda"),
                        config_resource_text(lambda, "alias"));
}

static json_t *environment_json(const struct environment *e)
{
    json_t *ladder = json_array(), *bakes = json_array();
    for (size_t i = 0; i < e->rung_count; i++) {
        json_array_append_new(ladder, json_real(e->ladder[i].weight));
        json_array_append_new(bakes, json_integer(e->ladder[i].bake_ms));
    }
    return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o, s:o, s:s, s:o}", "name", e->name, "production",
                     e->is_production, "account", e->account, "region", e->region, "url", e->url,
                     "ladder", ladder, "bakes_ms", bakes, "advance",
                     e->advance == ADVANCE_ASK ? "ask" : "auto", "alias", alias_json(e));
}

/* A state folder that cannot be read has trusted nothing. */
static json_t *trust_json(const struct desk *d)
{
    bool is_given = false;
    struct error ignored;
    if (!trusting_is_given(d->options.session, &is_given, &ignored))
        is_given = false;
    return json_pack("{s:b, s:o}", "needed", !is_given, "commands", config_commands(d->config));
}

void desk_open_hello(struct desk *d)
{
    struct actor actor;
    json_t *environments = json_array();

    session_actor(d->options.session, &actor);
    for (size_t i = 0; i < d->config->environment_count; i++)
        json_array_append_new(environments, environment_json(&d->config->environments[i]));
    desk_tell(d, "hello", NULL,
              json_pack("{s:i, s:s, s:s, s:o, s:{s:s, s:s}, s:o, s:I}", "wire", WIRE_VERSION,
                        "program", FLIGHTDECK_VERSION, "project", d->config->project,
                        "environments", environments, "you", "name", actor.name, "user_host",
                        actor.user_host, "trust", trust_json(d), "poll_ms",
                        (json_int_t)clock_world_duration_ms(desk_interval_ms(DESK_STATUS_MS))));
}
