/*
 * git.c - what git knows: files that this release touched, a branch that it contains, a clean work
 * tree.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/git.h"
#include "core/glob.h"
#include "core/mem.h"
#include "core/past.h"
#include "core/probes.h"
#include "core/text.h"

#define SHOWN_FILES 3
#define SHORT_COMMIT 7

static const struct param params[] = {
    {.name = "check",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "\"touched GLOB\", \"contains target branch\", \"contains REVISION\" or \"clean\""},
    {0},
};

/* A question in progress. */
struct question {
    const struct probe_context *context;
    struct git git;
    const char *argument; /* what follows the verb, "" when nothing */
    struct buf summary;
    json_t *details;
    bool passed;
};

static const char *branch_of(const struct probe_context *context)
{
    const char *branch = context->environment == NULL ? "" : context->environment->branch;

    return branch[0] == '\0' ? "main" : branch;
}

/* The branch as the remote had it when it was last fetched, else the local one. Yours. */
static bool find_target(struct question *q, char **name, char **commit, struct error *err)
{
    struct error ignored;

    *name = xasprintf("origin/%s", branch_of(q->context));
    if (git_commit(&q->git, *name, commit, &ignored))
        return true;
    free(*name);
    *name = xstrdup(branch_of(q->context));
    if (git_commit(&q->git, *name, commit, err))
        return true;
    free(*name);
    *name = NULL;
    return error_wrap(err, "target branch");
}

/*
 * What runs there now: the commit of the newest run that shipped, else where HEAD left the target
 * branch. On the target branch itself, with nothing shipped yet, nobody can say what is new.
 */
static bool find_base(struct question *q, char **base, struct error *err)
{
    const struct probe_context *c = q->context;
    auto_free char *target = NULL, *tip = NULL, *head = NULL;
    auto_free char *shipped = NULL;

    if (c->state_directory != NULL && c->environment != NULL &&
        !past_shipped_commit(c->state_directory, c->environment->name, &shipped, err))
        return false;
    if (shipped != NULL && shipped[0] != '\0')
        return git_commit(&q->git, shipped, base, err) ||
               error_wrap(err, "the commit that %s runs", c->environment->name);
    if (!find_target(q, &target, &tip, err) || !git_commit(&q->git, "HEAD", &head, err) ||
        !git_merge_base(&q->git, target, base, err))
        return false;
    if (strcmp(*base, head) != 0)
        return true;
    free(*base);
    *base = NULL;
    error_set(err, ERROR_NOT_FOUND,
              "cannot tell what is new: nothing was shipped from here yet, "
              "and HEAD is part of %s",
              target);
    return error_hint(err, "tick it by hand this once, with a --reason");
}

static bool ask_touched(struct question *q, struct error *err)
{
    auto_free char *base = NULL;
    json_t *files = NULL;
    size_t count = 0, i;
    json_t *file;

    if (!find_base(q, &base, err) || !git_changed_files(&q->git, base, &files, err))
        return false;
    json_t *fitting = json_array();
    json_array_foreach(files, i, file)
    {
        if (!glob_matches(q->argument, json_string_value(file)))
            continue;
        json_array_append(fitting, file);
        if (count++ < SHOWN_FILES)
            buf_addf(&q->summary, "%s%s", count > 1 ? ", " : "", json_string_value(file));
    }
    if (count > SHOWN_FILES)
        buf_addf(&q->summary, " and %zu more", count - SHOWN_FILES);
    if (count == 0)
        buf_addf(&q->summary, "none of %zu changed files fits %s", json_array_size(files),
                 q->argument);
    buf_addf(&q->summary, " since %.*s", SHORT_COMMIT, base);
    json_object_set_new(q->details, "base", json_string(base));
    json_object_set_new(q->details, "files", fitting);
    q->passed = count > 0;
    json_decref(files);
    return true;
}

static bool ask_contains(struct question *q, struct error *err)
{
    auto_free char *name = NULL, *commit = NULL;

    if (strcmp(q->argument, "target branch") == 0) {
        if (!find_target(q, &name, &commit, err))
            return false;
    } else {
        name = xstrdup(q->argument);
        if (!git_commit(&q->git, name, &commit, err))
            return false;
    }
    if (!git_contains(&q->git, commit, &q->passed, err))
        return false;
    buf_addf(&q->summary, "HEAD %s %s at %.*s", q->passed ? "contains" : "lacks commits of", name,
             SHORT_COMMIT, commit);
    json_object_set_new(q->details, "target", json_string(commit));
    return true;
}

static bool ask_clean(struct question *q, struct error *err)
{
    json_t *files = NULL;

    if (!git_uncommitted_files(&q->git, &files, err))
        return false;
    size_t count = json_array_size(files);
    q->passed = count == 0;
    if (count == 0)
        buf_adds(&q->summary, "nothing is uncommitted");
    for (size_t i = 0; i < count && i < SHOWN_FILES; i++)
        buf_addf(&q->summary, "%s%s", i > 0 ? ", " : "",
                 json_string_value(json_array_get(files, i)));
    if (count > SHOWN_FILES)
        buf_addf(&q->summary, " and %zu more", count - SHOWN_FILES);
    if (count > 0)
        buf_adds(&q->summary, count == 1 ? " is not committed" : " are not committed");
    json_object_set_new(q->details, "files", files);
    return true;
}

static const struct verb {
    const char *name;
    bool takes_argument;
    bool (*ask)(struct question *q, struct error *err);
} verbs[] = {
    {"touched", true, ask_touched},
    {"contains", true, ask_contains},
    {"clean", false, ask_clean},
};

/* The verb that the text begins with and what follows it; NULL when there is none. */
static const struct verb *find_verb(const char *text, const char **argument)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        size_t len = strlen(verbs[i].name);
        if (strncmp(text, verbs[i].name, len) != 0 || (text[len] != ' ' && text[len] != '\0'))
            continue;
        *argument = text + len + strspn(text + len, " ");
        return &verbs[i];
    }
    return NULL;
}

static bool check(const struct config *config, const json_t *given, struct error *err)
{
    const char *text = json_string_value(json_object_get(given, "check"));
    const char *argument = "";
    const struct verb *verb = text == NULL ? NULL : find_verb(text, &argument);

    (void)config;
    if (verb != NULL && verb->takes_argument == (argument[0] != '\0'))
        return true;
    error_set(err, ERROR_USAGE, "git cannot check \"%s\"", text == NULL ? "" : text);
    return error_hint(err, "write \"touched GLOB\", \"contains target branch\" or \"clean\"");
}

static bool probe(const struct probe_context *context, const json_t *given, struct evidence *out,
                  struct error *err)
{
    struct question q = {.context = context,
                         .git = {context->config->directory, context->cancel},
                         .details = json_object()};
    char *head = NULL;

    if (!check(context->config, given, err)) {
        json_decref(q.details);
        return false;
    }
    const struct verb *verb =
        find_verb(json_string_value(json_object_get(given, "check")), &q.argument);
    buf_init(&q.summary, 600);
    bool is_ok = git_commit(&q.git, "HEAD", &head, err) && verb->ask(&q, err);
    if (is_ok) {
        json_object_set_new(q.details, "head", json_string(head));
        *out = (struct evidence){q.passed, text_safe(q.summary.ptr), json_incref(q.details)};
    }
    free(head);
    buf_clear(&q.summary);
    json_decref(q.details);
    return is_ok;
}

const struct probe_kind probe_git = {
    .name = "git",
    .summary = "What git says about the commits that are released",
    .params = params,
    .lifetime_ms = INT64_C(3600) * 1000,
    .check = check,
    .probe = probe,
};
