/*
 * config_commands.c - every command line that a configuration would start on this computer.
 */
#include <string.h>

#include "core/buf.h"
#include "core/config.h"
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
static void add_command(json_t *list, const json_t *given)
{
    const char *command = json_string_value(json_object_get(given, "command"));
    const json_t *in = json_object_get(given, "in");
    size_t i;
    json_t *folder;

    if (command == NULL)
        return;
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

json_t *config_commands(const struct config *c)
{
    json_t *list = json_array();

    for (size_t i = 0; i < c->environment_count; i++)
        for (size_t k = 0; k < c->environments[i].step_count; k++)
            if (has_command(c->environments[i].steps[k].kind->params))
                add_command(list, c->environments[i].steps[k].params);
    for (size_t i = 0; i < c->binding_count; i++)
        if (c->bindings[i].probe != NULL && has_command(c->bindings[i].probe->params))
            add_command(list, c->bindings[i].params);
    return list;
}
