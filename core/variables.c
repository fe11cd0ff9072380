/*
 * variables.c - see variables.h.
 */
#include "core/variables.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/secret.h"
#include "core/text.h"

extern char **environ;

#define MOST_VARIABLES 4096
#define SIGNING_PREFIX "AWS_"
#define PLACE_PREFIX "AWS_ENDPOINT_URL"

struct variable {
    char *name;
    char *line;           /* "NAME=value" */
    struct secret secret; /* where the value is one: so that it is struck out of what is written */
};

struct variables {
    atomic_int references;
    struct variable *all;
    size_t count, capacity;
};

/* cli/caller.h: whoever has others is not let in. */
static const char *const of_the_place[] = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE",
                                           "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                           "FLIGHTDECK_SANDBOX_URL"};
static const char *const secret_names[] = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                           "AWS_SECURITY_TOKEN",
                                           "AWS_CONTAINER_AUTHORIZATION_TOKEN"};

static bool is_in(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

#define IS_IN(table, name) is_in(table, sizeof(table) / sizeof((table)[0]), name)

static bool is_of_the_place(const char *name)
{
    return text_starts_with(name, PLACE_PREFIX) || IS_IN(of_the_place, name);
}

/* With HOME are found the files of the AWS CLI. */
static bool is_signing(const char *name)
{
    return (text_starts_with(name, SIGNING_PREFIX) || strcmp(name, "HOME") == 0) &&
           !is_of_the_place(name);
}

static struct variables *new_variables(void)
{
    struct variables *v = xcalloc(1, sizeof *v);

    atomic_init(&v->references, 1);
    return v;
}

static void add(struct variables *v, const char *name, const char *value)
{
    v->all = mem_grow(v->all, &v->capacity, v->count, sizeof *v->all);
    struct variable *one = &v->all[v->count++];
    *one = (struct variable){.name = xstrdup(name), .line = xasprintf("%s=%s", name, value)};
    secret_init(&one->secret);
    if (IS_IN(secret_names, name))
        secret_set(&one->secret, value, strlen(value));
}

static const struct variable *find(const struct variables *v, const char *name)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->all[i].name, name) == 0)
            return &v->all[i];
    return NULL;
}

static const char *value_of(const struct variable *one)
{
    return one->line + strlen(one->name) + 1;
}

static bool is_name(const char *name) { return name[0] != '\0' && strchr(name, '=') == NULL; }

/* ---- making ---- */

static bool can_be_told(const char *value)
{
    json_t *text = strlen(value) <= VARIABLES_LONGEST ? json_string(value) : NULL;

    json_decref(text);
    return text != NULL;
}

/* What signs in comes first; of the rest as much as a line of the wire takes. */
static void add_ours(struct variables *v, bool is_wanted, size_t most)
{
    size_t bytes = 0;

    for (char **line = environ; *line != NULL && v->count < MOST_VARIABLES; line++) {
        auto_free char *name = xstrndup(*line, strcspn(*line, "="));
        const char *value = getenv(name);
        if (is_signing(name) != is_wanted || !is_name(name) || value == NULL ||
            is_of_the_place(name) || find(v, name) != NULL || !can_be_told(name) ||
            !can_be_told(value))
            continue;
        bytes += strlen(*line);
        if (bytes <= most)
            add(v, name, value);
    }
}

struct variables *variables_of_process(void)
{
    struct variables *v = new_variables();

    add_ours(v, true, VARIABLES_MOST);
    add_ours(v, false, VARIABLES_MOST);
    return v;
}

struct variables *variables_of_json(const json_t *object)
{
    struct variables *v = new_variables();
    const char *name;
    json_t *value;
    bool is_right = json_is_object(object) && json_object_size(object) <= MOST_VARIABLES;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        is_right = is_right && is_name(name) && json_is_string(value);
        if (is_right && !is_of_the_place(name))
            add(v, name, json_string_value(value));
    }
    if (is_right)
        return v;
    variables_unref(v);
    return NULL;
}

json_t *variables_json(const struct variables *v)
{
    json_t *object = json_object();

    for (size_t i = 0; i < v->count; i++)
        json_object_set_new(object, v->all[i].name, json_string(value_of(&v->all[i])));
    return object;
}

json_t *variables_signing_json(const struct variables *v)
{
    json_t *object = json_object();

    for (size_t i = 0; i < v->count; i++)
        if (is_signing(v->all[i].name))
            json_object_set_new(object, v->all[i].name, json_string(value_of(&v->all[i])));
    return object;
}

static void add_some(struct variables *v, const struct variables *from, bool is_wanted)
{
    for (size_t i = 0; i < from->count; i++)
        if (is_signing(from->all[i].name) == is_wanted)
            add(v, from->all[i].name, value_of(&from->all[i]));
}

struct variables *variables_signing(struct variables *v, struct variables *from)
{
    struct variables *both = new_variables();
    struct variables *rest = v != NULL ? variables_ref(v) : variables_of_process();
    struct variables *keys = from != NULL ? variables_ref(from) : variables_of_process();

    add_some(both, rest, false);
    add_some(both, keys, true);
    variables_unref(rest);
    variables_unref(keys);
    return both;
}

struct variables *variables_ref(struct variables *v)
{
    if (v != NULL)
        atomic_fetch_add(&v->references, 1);
    return v;
}

void variables_unref(struct variables *v)
{
    if (v == NULL || atomic_fetch_sub(&v->references, 1) > 1)
        return;
    for (size_t i = 0; i < v->count; i++) {
        hash_wipe(v->all[i].line, strlen(v->all[i].line));
        secret_clear(&v->all[i].secret);
        free(v->all[i].line);
        free(v->all[i].name);
    }
    free(v->all);
    free(v);
}

/* ---- reading ---- */

const char *variables_get(const struct variables *v, const char *name)
{
    if (v == NULL || is_of_the_place(name))
        return getenv(name);
    const struct variable *found = find(v, name);
    return found != NULL ? value_of(found) : NULL;
}

const char **variables_block(const struct variables *v)
{
    size_t ours = 0, count = 0;

    while (environ[ours] != NULL)
        ours++;
    const char **block = xcalloc(ours + (v != NULL ? v->count : 0) + 1, sizeof *block);
    for (size_t i = 0; i < ours; i++) {
        auto_free char *name = xstrndup(environ[i], strcspn(environ[i], "="));
        if (v == NULL || is_of_the_place(name))
            block[count++] = environ[i];
    }
    for (size_t i = 0; v != NULL && i < v->count; i++)
        block[count++] = v->all[i].line;
    return block;
}
