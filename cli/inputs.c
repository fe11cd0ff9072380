/*
 * inputs.c - see inputs.h.
 */
#include "cli/inputs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aws/lambda.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "core/checklist.h"
#include "core/git.h"
#include "core/mem.h"
#include "core/past.h"

static const struct resource *lambda_of(const struct environment *environment)
{
    return config_resource_of_kind(environment, "lambda");
}

/* The digest that the alias of the other environment runs: what was tested there, byte for byte. */
static bool read_image(struct session *s, const struct environment *from, json_t *inputs,
                       struct error *err)
{
    const struct resource *resource = lambda_of(from);
    const struct world *world;
    struct lambda_alias alias;
    struct lambda_configuration version = {0};

    if (resource == NULL)
        return error_set(err, ERROR_USAGE, "%s has no lambda resource to take the image from",
                         from->name);
    const char *function = config_resource_text(resource, "lambda"),
               *name = config_resource_text(resource, "alias");
    if (!session_connect(s, from, &world, err) ||
        !lambda_get_alias(world->aws, function, name, interrupt_cancel(), &alias, err) ||
        !lambda_get_function(world->aws, function, alias.version, interrupt_cancel(), &version,
                             err)) {
        error_wrap(err, "which image %s runs", from->name);
        return false;
    }
    bool has_image = version.resolved_image_uri[0] != '\0';
    if (has_image) {
        json_object_set_new(inputs, "image", json_string(version.resolved_image_uri));
        json_object_set_new(inputs, "image_from",
                            json_sprintf("%s v%s", from->name, alias.version));
    }
    lambda_configuration_clear(&version);
    if (has_image)
        return true;
    error_set(err, ERROR_USAGE, "%s v%s of %s is not made from an image", function, alias.version,
              from->name);
    return error_hint(err, "Name the image: --set ENV.image=REPOSITORY@sha256:...");
}

static bool resolve_image(struct session *s, const struct environment *environment, json_t *inputs,
                          struct error *err)
{
    const struct resource *resource = lambda_of(environment);
    if (resource == NULL)
        return true;
    const char *image = config_resource_text(resource, "image");
    if (image[0] != '\0') {
        json_object_set_new(inputs, "image", json_string(image));
        json_object_set_new(inputs, "image_from", json_string("the configuration"));
        return true;
    }
    if (environment->from[0] == '\0')
        return true;
    const struct environment *from = config_environment(s->config, environment->from, err);
    return from != NULL && read_image(s, from, inputs, err);
}

static void keep_count(json_t *inputs, const char *key, json_t *files)
{
    json_object_set_new(inputs, key, json_integer((json_int_t)json_array_size(files)));
    json_decref(files);
}

/* Where HEAD left the branch. NULL on the branch itself: all that is there, or nothing, may be new.
 */
static char *find_fork(const struct git *git, const char *branch)
{
    auto_free char *head = NULL;
    char *fork = NULL;
    struct error ignored;

    if (branch[0] == '\0' || !git_commit(git, "HEAD", &head, &ignored) ||
        !git_merge_base(git, branch, &fork, &ignored))
        return NULL;
    if (strcmp(fork, head) != 0)
        return fork;
    free(fork);
    return NULL;
}

char *inputs_base_commit(struct session *s, const struct environment *environment, bool *is_release)
{
    const struct git git = {.directory = s->config->directory, .cancel = interrupt_cancel()};
    const char *directory;
    char *base = NULL;
    struct error ignored;

    *is_release = true;
    if (session_state_directory(s, &directory, &ignored) && access(directory, F_OK) == 0 &&
        past_shipped_commit(directory, environment->name, &base, &ignored) && base[0] != '\0')
        return base;
    free(base);
    *is_release = false;
    base = find_fork(&git, environment->branch);
    return base != NULL ? base : xstrdup("");
}

/* What git knows about this release; without git, or without a release before it, the keys are
 * absent. */
static void resolve_changes(struct session *s, const struct environment *environment,
                            json_t *inputs)
{
    const struct git git = {.directory = s->config->directory, .cancel = interrupt_cancel()};
    bool is_release;
    auto_free char *base = inputs_base_commit(s, environment, &is_release);
    auto_free char *commit = NULL;
    json_t *changes = NULL, *files = NULL;
    struct error ignored;

    if (git_commit(&git, "HEAD", &commit, &ignored))
        json_object_set_new(inputs, "commit", json_string(commit));
    if (commit != NULL && git_uncommitted_files(&git, &files, &ignored))
        keep_count(inputs, "uncommitted_files", files);
    if (base[0] == '\0')
        return;
    json_object_set_new(inputs, "base_commit", json_string(base));
    json_object_set_new(inputs, "base_is",
                        json_string(is_release ? "the last release" : "where it left its branch"));
    if (git_changed_files(&git, base, &files, &ignored))
        keep_count(inputs, "changed_files", files);
    if (checklist_changes(s->config, base, &changes, &ignored))
        json_object_set_new(inputs, "changes", changes);
}

/* What serves now, for people to compare with; not being able to read it stops nothing here. */
static void resolve_running(struct session *s, const struct environment *environment,
                            json_t *inputs)
{
    const struct resource *resource = lambda_of(environment);
    const struct world *world;
    struct lambda_alias alias;
    struct lambda_configuration version = {0};
    struct error ignored;

    if (resource == NULL || !session_connect(s, environment, &world, &ignored))
        return;
    const char *function = config_resource_text(resource, "lambda");
    if (!lambda_get_alias(world->aws, function, config_resource_text(resource, "alias"),
                          interrupt_cancel(), &alias, &ignored) ||
        !lambda_get_function(world->aws, function, alias.version, interrupt_cancel(), &version,
                             &ignored))
        return;
    json_object_set_new(
        inputs, "running",
        json_pack("{s:s, s:s}", "version", alias.version, "image", version.resolved_image_uri));
    lambda_configuration_clear(&version);
}

bool inputs_resolve(struct session *s, const struct environment *environment, json_t **out,
                    struct error *err)
{
    json_t *inputs = json_object();
    if (!resolve_image(s, environment, inputs, err)) {
        json_decref(inputs);
        return false;
    }
    resolve_running(s, environment, inputs);
    resolve_changes(s, environment, inputs);
    *out = inputs;
    return true;
}
