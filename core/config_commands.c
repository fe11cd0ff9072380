/*
 * config_commands.c - every command line that a configuration would start on this computer.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/param.h"
#include "core/probe.h"
#include "core/step.h"

#define COMMAND_BYTES 65536

static bool has_command(const struct param *params)
{
    for (; params != NULL && params->name != NULL; params++)
        if (params->type == PARAM_TEXT && strcmp(params->name, "command") == 0)
            return true;
    return false;
}

static bool is_listed(const json_t *list, const char *text)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one) if (strcmp(json_string_value(one), text) == 0) return true;
    return false;
}

/* The folders are part of it: the same line does something else in another one. */
static void add_command(json_t *list, const char *command, const json_t *given)
{
    const json_t *in = json_object_get(given, "in");
    size_t i;
    json_t *folder;

    auto_buf line;

    buf_init(&line, COMMAND_BYTES);
    buf_adds(&line, command);
    if (json_is_string(in))
        buf_addf(&line, "  (in %s)", json_string_value(in));
    json_array_foreach(in, i, folder)
        buf_addf(&line, "%s%s", i == 0 ? "  (in " : ", ", json_string_value(folder));
    if (json_array_size(in) > 0)
        buf_addc(&line, ')');
    if (!is_listed(list, line.ptr))
        json_array_append_new(list, json_string(line.ptr));
}

static const char *command_of(const struct param *params, const json_t *given)
{
    return has_command(params) ? json_string_value(json_object_get(given, "command")) : NULL;
}

/* A probe's names are filled in when it runs: the list has what each environment makes of it. */
static void add_binding(json_t *list, const struct config *c, const struct binding *binding)
{
    const char *command =
        binding->probe == NULL ? NULL : command_of(binding->probe->params, binding->params);

    for (size_t i = 0; command != NULL && i < c->environment_count; i++) {
        const struct probe_context context = {.config = c, .environment = &c->environments[i]};
        auto_free char *filled_in = probe_expand(&context, command);
        add_command(list, filled_in, binding->params);
    }
}

json_t *config_commands(const struct config *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->environment_count; i++)
        for (size_t k = 0; k < c->environments[i].step_count; k++) {
            const struct plan_step *step = &c->environments[i].steps[k];
            const char *command = command_of(step->kind->params, step->params);
            if (command != NULL)
                add_command(list, command, step->params);
        }
    for (size_t i = 0; i < c->binding_count; i++)
        add_binding(list, c, &c->bindings[i]);
    return list;
}
