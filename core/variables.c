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

#define CARRIED_PREFIX "AWS_"
#define MOST_VARIABLES 512
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define LONGEST_NAME 128

struct variable {
    char *name;
    char *line;           /* "NAME=value"; NULL = not set */
    struct secret secret; /* where the value is one: so that it is struck out of what is written */
};

struct variables {
    atomic_int references;
    struct variable *all;
    size_t count, capacity;
};

/* Which AWS is reached is the same for everybody: cli/caller.h. */
static const char *const of_the_place[] = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE",
                                           "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"};
static const char place_prefix[] = "AWS_ENDPOINT_URL";
static const char *const carried[] = {"HOME", "PATH", "SSH_AUTH_SOCK", "SSH_AGENT_PID"};
static const char *const secret_names[] = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                           "AWS_SECURITY_TOKEN"};

static bool is_in(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

#define IS_IN(table, name) is_in(table, sizeof(table) / sizeof((table)[0]), name)

static bool is_carried(const char *name)
{
    return IS_IN(carried, name) ||
           (text_starts_with(name, CARRIED_PREFIX) && !text_starts_with(name, place_prefix) &&
            !IS_IN(of_the_place, name));
}

static struct variables *new_variables(void)
{
    struct variables *v = xcalloc(1, sizeof *v);

    atomic_init(&v->references, 1);
    return v;
}

/* value NULL = not set. */
static void add(struct variables *v, const char *name, const char *value)
{
    v->all = mem_grow(v->all, &v->capacity, v->count, sizeof *v->all);
    struct variable *one = &v->all[v->count++];
    *one = (struct variable){.name = xstrdup(name),
                             .line = value != NULL ? xasprintf("%s=%s", name, value) : NULL};
    secret_init(&one->secret);
    if (value != NULL && IS_IN(secret_names, name))
        secret_set(&one->secret, value, strlen(value));
}

static const struct variable *find(const struct variables *v, const char *name)
{
    for (size_t i = 0; i < v->count; i++)
        if (strcmp(v->all[i].name, name) == 0)
            return &v->all[i];
    return NULL;
}

/* ---- making ---- */

struct variables *variables_of_process(const json_t *named)
{
    struct variables *v = new_variables();
    const json_t *name;
    size_t i;

    for (char **line = environ; *line != NULL; line++) {
        auto_free char *own = xstrndup(*line, strcspn(*line, "="));
        if (is_carried(own) && find(v, own) == NULL)
            add(v, own, getenv(own));
    }
    json_array_foreach(named, i, name) if (find(v, json_string_value(name)) == NULL)
        add(v, json_string_value(name), getenv(json_string_value(name)));
    return v;
}

static bool is_name(const char *name)
{
    return name[0] != '\0' && strlen(name) < LONGEST_NAME && strchr(name, '=') == NULL;
}

struct variables *variables_of_json(const json_t *object)
{
    struct variables *v = new_variables();
    const char *name;
    json_t *value;
    bool is_right = json_is_object(object) && json_object_size(object) <= MOST_VARIABLES;

    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        is_right = is_right && is_name(name) && (json_is_string(value) || json_is_null(value));
        if (is_right)
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

    for (size_t i = 0; i < v->count; i++) {
        const char *line = v->all[i].line;
        json_t *value = line != NULL ? json_string(line + strlen(v->all[i].name) + 1) : NULL;
        json_object_set_new(object, v->all[i].name, value != NULL ? value : json_null());
    }
    return object;
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
        if (v->all[i].line != NULL)
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
    const struct variable *found = v != NULL ? find(v, name) : NULL;

    if (found != NULL)
        return found->line != NULL ? found->line + strlen(name) + 1 : NULL;
    return v == NULL || !is_carried(name) ? getenv(name) : NULL;
}

const char **variables_block(const struct variables *v)
{
    size_t ours = 0, count = 0;

    while (environ[ours] != NULL)
        ours++;
    const char **block = xcalloc(ours + (v != NULL ? v->count : 0) + 1, sizeof *block);
    for (size_t i = 0; i < ours; i++) {
        auto_free char *name = xstrndup(environ[i], strcspn(environ[i], "="));
        if (v == NULL || (!is_carried(name) && find(v, name) == NULL))
            block[count++] = environ[i];
    }
    for (size_t i = 0; v != NULL && i < v->count; i++)
        if (v->all[i].line != NULL)
            block[count++] = v->all[i].line;
    return block;
}

void variables_find_names(const char *text, json_t *names)
{
    for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at, '$')) {
        at += 1 + (at[1] == '{');
        size_t len = strspn(at, LETTERS "0123456789");
        if (len == 0 || len >= LONGEST_NAME || strchr(LETTERS, at[0]) == NULL)
            continue;
        json_array_append_new(names, json_stringn(at, len));
    }
}
