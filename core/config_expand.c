/*
 * config_expand.c - see config_expand.h.
 */
#include "core/config_expand.h"

#include <ctype.h>
#include <string.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/text.h"

#define EXPANDED_BYTES 65536
#define NAME_COUNT (sizeof names / sizeof names[0])

static const char *text_of_project(const struct config_scope *s) { return s->project; }
static const char *text_of_env(const struct config_scope *s) { return s->environment->name; }
static const char *text_of_short(const struct config_scope *s)
{
    return s->environment->short_name;
}
static const char *text_of_url(const struct config_scope *s) { return s->environment->url; }
static const char *text_of_account(const struct config_scope *s) { return s->environment->account; }
static const char *text_of_region(const struct config_scope *s) { return s->environment->region; }
static const char *text_of_branch(const struct config_scope *s) { return s->environment->branch; }

/* Of the first resource that names an image. */
static const char *text_of_image(const struct config_scope *s)
{
    for (size_t i = 0; i < s->environment->resource_count; i++) {
        const char *image = config_resource_text(&s->environment->resources[i], "image");
        if (image[0] != '\0')
            return image;
    }
    return NULL;
}

static const struct name {
    const char *name;
    const char *(*text)(const struct config_scope *scope); /* NULL or "": not set */
    bool is_everywhere;                                    /* known outside of environments, too */
    bool is_for_steps;                                     /* not known to probes */
    const char *missing;
} names[] = {
    {"project", text_of_project, true, false, ""},
    {"env", text_of_env, false, false, ""},
    {"short", text_of_short, false, false, "Add `short:` to the environment"},
    {"url", text_of_url, false, false, "Add `url:` to the environment"},
    {"account", text_of_account, false, false, "Add `account:` to the environment or to `all:`"},
    {"region", text_of_region, false, false, "Add `region:` to the environment or to `all:`"},
    {"branch", text_of_branch, false, false, "Add `branch:` to the environment"},
    {"image", text_of_image, false, true,
     "Add `image:` to the lambda resource, or --set image=..."},
};

static const struct name *find_name(const struct config_scope *scope, struct text wanted)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        bool is_known = names[i].is_everywhere ||
                        (scope->is_for_probe ? !names[i].is_for_steps : scope->environment != NULL);
        if (is_known && text_eq(wanted, names[i].name))
            return &names[i];
    }
    return NULL;
}

static bool refuse_name(struct text wanted, struct error *err)
{
    const char *candidates[NAME_COUNT];
    auto_free char *name = text_dup(wanted);

    for (size_t i = 0; i < NAME_COUNT; i++)
        candidates[i] = names[i].name;
    error_set(err, ERROR_USAGE, "$%.40s is not known here", name);
    const char *near = text_nearest(name, candidates, NAME_COUNT);
    if (near != NULL && strcmp(near, name) != 0)
        return error_hint(err, "Did you mean $%s? A dollar sign as such is written $$", near);
    return error_hint(err, "The names are $project, and within an environment $env $short $url "
                           "$account $region $branch $image; a dollar sign as such is written $$");
}

static bool expand_name(const struct config_scope *scope, struct text wanted, struct buf *out,
                        struct error *err)
{
    const struct name *name = find_name(scope, wanted);
    if (name == NULL)
        return refuse_name(wanted, err);
    if (scope->is_for_probe && !name->is_everywhere) {
        buf_addf(out, "$%s", name->name);
        return true;
    }
    const char *text = name->text(scope);
    if (text == NULL || text[0] == '\0') {
        error_set(err, ERROR_USAGE, "$%s has no value%s%s", name->name,
                  scope->environment != NULL ? " in " : "",
                  scope->environment != NULL ? scope->environment->name : "");
        return error_hint(err, "%s", name->missing);
    }
    buf_adds(out, text);
    return true;
}

bool config_expand(const struct config_scope *scope, const char *text, char **out,
                   struct error *err)
{
    auto_buf expanded;

    buf_init(&expanded, EXPANDED_BYTES);
    while (*text != '\0') {
        if (text[0] == '$' && text[1] == '$') {
            buf_addc(&expanded, '$');
            text += 2;
        } else if (text[0] == '$' && text[1] == '{') {
            error_set(err, ERROR_USAGE, "\"%.40s\": names are written without braces", text);
            return error_hint(err, "Write $env, not ${env}; a dollar sign as such is written $$");
        } else if (text[0] == '$' && (isalpha((unsigned char)text[1]) || text[1] == '_')) {
            struct text name = {text + 1, 0};
            while (isalnum((unsigned char)name.ptr[name.len]) || name.ptr[name.len] == '_')
                name.len++;
            if (!expand_name(scope, name, &expanded, err))
                return false;
            text = name.ptr + name.len;
        } else {
            buf_addc(&expanded, *text++);
        }
    }
    if (expanded.is_full)
        return error_set(err, ERROR_USAGE, "longer than %d bytes when filled in", EXPANDED_BYTES);
    *out = buf_steal(&expanded);
    return true;
}
