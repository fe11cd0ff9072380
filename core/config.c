/*
 * config.c - reads flightdeck.yaml: the top of its tables, and the questions about what was read.
 */
#include "core/config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/config_parts.h"
#include "core/grammar.h"
#include "core/mem.h"
#include "core/resource.h"
#include "core/text.h"
#include "core/yaml.h"

#define SILENT_LOOKS 3 /* at least so many fit into rollback.silent-for */

#define FILE_NAME "flightdeck.yaml"
#define MOST_NAMES 64
#define LONGEST_PROJECT 60

/* ---- small parts ----------------------------------------------------------------------------- */

static bool read_version(struct config_reader *r, json_t *given, void *into, json_t **shown,
                         struct error *err)
{
    const char *text;

    (void)into;
    (void)shown;
    if (!config_reader_text(r, given, &text, err))
        return false;
    if (strcmp(text, "1") == 0)
        return true;
    config_reader_fail(r, given, err, "version \"%.20s\" of the language is not known", text);
    return error_hint(err, "This flightdeck reads version 1");
}

/* The project's name becomes a folder's. */
static bool check_project(const char *text, struct error *err)
{
    size_t len = strlen(text);
    bool is_fit = len <= LONGEST_PROJECT && isalnum((unsigned char)text[0]);

    for (size_t i = 0; i < len; i++)
        is_fit = is_fit && (isalnum((unsigned char)text[i]) || strchr("-_.", text[i]) != NULL);
    if (is_fit)
        return true;
    error_set(err, ERROR_USAGE, "\"%.60s\" is no name of a project", text);
    return error_hint(err, "Names are letters, digits, - _ and ., at most %d", LONGEST_PROJECT);
}

static bool read_guide(struct config_reader *r, json_t *given, void *into, json_t **shown,
                       struct error *err)
{
    struct config *c = into;
    char *text;

    (void)shown;
    if (given == NULL) {
        c->guide = xstrdup("");
        return true;
    }
    if (!config_reader_expanded(r, given, &text, err))
        return false;
    c->guide = text[0] == '/' ? xstrdup(text) : xasprintf("%s/%s", c->directory, text);
    free(text);
    if (access(c->guide, R_OK) == 0)
        return true;
    config_reader_fail(r, given, err, "there is no guide %.200s", c->guide);
    return error_hint(err, "The path is relative to the configuration");
}

static bool read_group(struct config_reader *r, json_t *given, struct people_group *group,
                       struct error *err)
{
    size_t count;

    if (!config_reader_count(r, given, &count, err))
        return false;
    if (count == 0)
        return config_reader_fail(r, given, err, "the group has no member");
    group->members = xcalloc(count, sizeof *group->members);
    for (size_t i = 0; i < count; i++) {
        if (!config_reader_expanded(r, config_reader_at(given, i), &group->members[i], err))
            return false;
        group->count++;
    }
    return true;
}

static bool read_people(struct config_reader *r, json_t *given, void *into, json_t **shown,
                        struct error *err)
{
    struct config *c = into;
    const char *name;
    json_t *value;

    (void)shown;
    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    c->people = xcalloc(json_object_size(given) + 1, sizeof *c->people);
    json_object_foreach(given, name, value)
    {
        struct people_group *group = &c->people[c->people_count++];
        *group = (struct people_group){.name = xstrdup(name)};
        if (!config_reader_is_name(r, value, name, err) || !read_group(r, value, group, err))
            return false;
    }
    return true;
}

static bool read_class(struct config_reader *r, json_t *given, struct change_class *class,
                       struct error *err)
{
    size_t count;

    if (!config_reader_count(r, given, &count, err))
        return false;
    if (count == 0)
        return config_reader_fail(r, given, err, "the class has no path");
    class->globs = xcalloc(count, sizeof *class->globs);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = config_reader_at(given, i);
        const char *text;
        if (!config_reader_text(r, value, &text, err))
            return false;
        if (text[0] == '/' || text_starts_with(text, "./") || text_starts_with(text, "../")) {
            config_reader_fail(r, value, err, "\"%.60s\" fits no path", text);
            return error_hint(err, "Paths are as git names them from the configuration's folder: "
                                   "database/**");
        }
        class->globs[class->glob_count++] = xstrdup(text);
    }
    return true;
}

static bool read_changes(struct config_reader *r, json_t *given, void *into, json_t **shown,
                         struct error *err)
{
    struct config *c = into;
    const char *name;
    json_t *value;

    (void)shown;
    if (given == NULL)
        return true;
    if (!config_reader_is_object(r, given, err))
        return false;
    c->changes = xcalloc(json_object_size(given) + 1, sizeof *c->changes);
    json_object_foreach(given, name, value)
    {
        struct change_class *class = &c->changes[c->change_count++];
        *class = (struct change_class){.name = xstrdup(name)};
        if (!config_reader_is_name(r, value, name, err) || !read_class(r, value, class, err))
            return false;
    }
    return true;
}

static bool read_freeze(struct config_reader *r, json_t *given, void *into, json_t **shown,
                        struct error *err)
{
    struct config *c = into;

    (void)shown;
    return given == NULL ||
           config_environments_read_freezes(r, given, &c->freezes, &c->freeze_count, err);
}

/* "3 releases" or "3" */
static bool read_keep(struct config_reader *r, json_t *given, void *into, json_t **shown,
                      struct error *err)
{
    struct config *c = into;
    const char *text;

    (void)shown;
    if (!config_reader_text(r, given, &text, err))
        return false;
    size_t digits = strspn(text, "0123456789");
    auto_free char *number = xstrndup(text, digits);
    const char *rest = text + digits + strspn(text + digits, " ");
    bool is_fit = *rest == '\0' || strcmp(rest, "releases") == 0 || strcmp(rest, "release") == 0;
    if (is_fit && text_to_int64(number, &c->rollback_keep) && c->rollback_keep > 0)
        return true;
    config_reader_fail(r, given, err, "\"%.60s\" is no number of releases", text);
    return error_hint(err, "Write `3 releases`");
}

/* "profile NAME" */
static bool read_as(struct config_reader *r, json_t *given, void *into, json_t **shown,
                    struct error *err)
{
    static const char word[] = "profile ";
    struct config *c = into;
    char *text;

    (void)shown;
    if (given == NULL) {
        c->rollback_profile = xstrdup("");
        return true;
    }
    if (!config_reader_expanded(r, given, &text, err))
        return false;
    const char *name = text_starts_with(text, word) ? text + strlen(word) : "";
    c->rollback_profile = text_dup(text_trim(text_of(name)));
    free(text);
    if (c->rollback_profile[0] != '\0' && strchr(c->rollback_profile, ' ') == NULL)
        return true;
    config_reader_fail(r, given, err, "names no profile");
    return error_hint(err, "Write `profile NAME`: a profile of ~/.aws/config");
}

/* AWS is asked to wait that long at each look: one that comes late must not be one too many. */
static bool read_silent_for(struct config_reader *r, json_t *given, void *into, json_t **shown,
                            struct error *err)
{
    struct config *c = into;
    const char *text;

    (void)shown;
    c->silent_ms = 0;
    if (given == NULL)
        return true;
    if (!config_reader_text(r, given, &text, err))
        return false;
    if (!grammar_duration(text, &c->silent_ms, err))
        return config_reader_fail(r, given, err, "\"%.60s\" is no duration", text);
    if (c->silent_ms >= SILENT_LOOKS * c->judge.interval_ms)
        return true;
    config_reader_fail(r, given, err, "is shorter than %d looks of the judge", SILENT_LOOKS);
    return error_hint(err, "Write `5m`: judge.interval is the time between two looks");
}

/* ---- the tables ------------------------------------------------------------------------------ */

#define MEMBER(name) offsetof(struct config, name)

static const struct config_key smoke_keys[] = {
    {.name = "checks",
     .type = CONFIG_OWN,
     .read = config_smoke_read,
     .help = "what is asked of the new version, and of everyone's address"},
    {0},
};

static const struct config_key rollback_keys[] = {
    {.name = "keep",
     .type = CONFIG_OWN,
     .read = read_keep,
     .fallback = "3 releases",
     .help = "how many releases back the way must stay open"},
    {.name = "as",
     .type = CONFIG_OWN,
     .read = read_as,
     .help = "a narrow AWS profile for going back: profile NAME"},
    {.name = "silent-for",
     .type = CONFIG_OWN,
     .read = read_silent_for,
     .help = "no sign of life from flightdeck for so long: AWS itself puts the old version back"},
    {.name = "silent-role",
     .type = CONFIG_TEXT,
     .offset = MEMBER(silent_role),
     .fallback = "flightdeck-silent",
     .help = "the IAM role that AWS does it as: a name, or an ARN"},
    {0},
};

/* The order of reading: what stands below may name what stands above. */
const struct config_key config_keys[] = {
    {.name = "version",
     .type = CONFIG_OWN,
     .read = read_version,
     .fallback = "1",
     .help = "version of this language"},
    {.name = "project",
     .type = CONFIG_TEXT,
     .offset = MEMBER(project),
     .is_required = true,
     .check = check_project,
     .help = "the project's name: runs are recorded under it"},
    {.name = "guide",
     .type = CONFIG_OWN,
     .read = read_guide,
     .help = "Markdown file whose task lists are the checklists"},
    {.name = "people",
     .type = CONFIG_OWN,
     .read = read_people,
     .help = "groups of AWS sign-in names, for approvals"},
    {.name = "freeze",
     .type = CONFIG_OWN,
     .read = read_freeze,
     .help = "days without releases, everywhere"},
    {.name = "all",
     .type = CONFIG_OWN,
     .read = config_environments_check_all,
     .help = "what is the same in every environment"},
    {.name = "environments",
     .type = CONFIG_OWN,
     .read = config_environments_read,
     .help = "the environments, and what each does differently"},
    {.name = "changes",
     .type = CONFIG_OWN,
     .read = read_changes,
     .help = "kinds of changes, by the paths that were touched"},
    {.name = "plan",
     .type = CONFIG_OWN,
     .read = config_steps_read,
     .help = "the steps of a release; left out: deploy, shift, all-clear"},
    {.name = "checklists",
     .type = CONFIG_OWN,
     .read = config_bindings_read,
     .help = "what proves which items of the guide"},
    {.name = "smoke",
     .type = CONFIG_SECTION,
     .keys = smoke_keys,
     .help = "quick checks of a version"},
    {.name = "metrics",
     .type = CONFIG_OWN,
     .read = config_metrics_read,
     .help = "what is shown of each resource; left out: all it has"},
    {.name = "judge",
     .type = CONFIG_OWN,
     .read = config_judging_read,
     .help = "when the new version is good, and when it is bad"},
    {.name = "alerts",
     .type = CONFIG_OWN,
     .read = config_judging_read_alerts,
     .help = "conditions on metrics, and what happens then"},
    {.name = "rollback", .type = CONFIG_SECTION, .keys = rollback_keys, .help = "going back"},
    {.name = "manual-lifetime",
     .type = CONFIG_DURATION,
     .offset = MEMBER(manual_lifetime_ms),
     .fallback = "72h",
     .help = "how long a person's tick counts"},
    {0},
};

const struct config_part config_all_parts[] = {
    {"", config_keys},
    {"environments.NAME", config_environments_keys},
    {"smoke", smoke_keys},
    {"smoke.checks", config_smoke_keys},
    {"judge", config_judging_keys},
    {"alerts.NAME", config_judging_alert_keys},
    {"rollback", rollback_keys},
    {0},
};

/* ---- loading --------------------------------------------------------------------------------- */

static char *directory_of(const char *path)
{
    char *resolved = realpath(path, NULL);
    if (resolved == NULL)
        return xstrdup(".");
    char *slash = strrchr(resolved, '/');
    *(slash == resolved ? slash + 1 : slash) = '\0';
    return resolved;
}

/* Without environments there is one: production. */
static void add_environment(struct config_reader *r)
{
    json_t *root = yaml_tree_root(r->tree);
    if (json_object_get(root, "environments") == NULL)
        json_object_set_new(root, "environments", json_pack("{s:{}}", "production"));
}

/* A section is not read where one that it names things of is wrong: its mistakes would be echoes.
 */
static const struct {
    const char *section, *rests_on;
} rests[] = {
    {"plan", "environments"},    {"plan", "changes"},       {"checklists", "environments"},
    {"checklists", "changes"},   {"checklists", "plan"},    {"smoke", "environments"},
    {"metrics", "environments"}, {"judge", "environments"}, {"judge", "metrics"},
    {"alerts", "environments"},  {"alerts", "metrics"},
};

static bool is_wrong(const char *section, const bool *wrong)
{
    for (size_t i = 0; config_keys[i].name != NULL; i++)
        if (strcmp(config_keys[i].name, section) == 0)
            return wrong[i];
    return false;
}

static bool rests_on_wrong(const char *section, const bool *wrong)
{
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++)
        if (strcmp(rests[i].section, section) == 0 && is_wrong(rests[i].rests_on, wrong))
            return true;
    return false;
}

/* A key that nobody knows may be meant for any section that is not there. */
static void doubt_absent(json_t *root, bool *wrong)
{
    for (size_t i = 0; config_keys[i].name != NULL; i++)
        wrong[i] = json_object_get(root, config_keys[i].name) == NULL;
}

static bool read_sections(struct config_reader *r, json_t *root, struct error *err)
{
    bool wrong[sizeof config_keys / sizeof config_keys[0]] = {0};
    bool is_right = config_reader_names(r, config_keys, root, err);

    if (!is_right && !config_reader_goes_on(r, err))
        return false;
    if (!is_right)
        doubt_absent(root, wrong);
    for (size_t i = 0; config_keys[i].name != NULL; i++) {
        if (wrong[i] || rests_on_wrong(config_keys[i].name, wrong)) {
            wrong[i] = true;
            continue;
        }
        wrong[i] =
            !config_reader_key(r, &config_keys[i], root, r->config, r->config->document, err);
        if (wrong[i] && !config_reader_goes_on(r, err))
            return false;
        is_right = is_right && !wrong[i];
    }
    return is_right;
}

static bool read_all(struct config_reader *r, const char *const *overrides, struct error *err)
{
    struct config *c = r->config;
    json_t *root = yaml_tree_root(r->tree);

    if (json_is_string(root) && json_string_value(root)[0] == '\0') {
        config_reader_fail(r, root, err, "the file is empty");
        return error_hint(err, "docs/configuration.md begins with a small one");
    }
    if (!config_reader_is_object(r, root, err))
        return false;
    add_environment(r);
    if (!config_set_all(r, overrides, err))
        return false;
    const json_t *project = json_object_get(root, "project");
    r->scope.project = json_is_string(project) ? json_string_value(project) : "";
    if (!read_sections(r, root, err))
        return false;
    json_object_del(c->document, "all"); /* it is in the environments now */
    return true;
}

static bool load(const char *path, const struct house *house, const char *const *overrides,
                 struct config_mistakes *mistakes, struct config **out, struct error *err)
{
    struct config *c = xcalloc(1, sizeof *c);

    c->path = xstrdup(path);
    c->directory = directory_of(path);
    c->document = json_object();
    if (!yaml_tree_load(path, &c->source, err)) {
        err->kind = ERROR_USAGE; /* also a file that is not there: it was named */
        config_free(c);
        return false;
    }
    struct config_reader reader = {
        .tree = c->source, .house = house, .config = c, .mistakes = mistakes};
    if (!read_all(&reader, overrides, err)) {
        config_free(c);
        return false;
    }
    *out = c;
    return true;
}

bool config_load(const char *path, const struct house *house, const char *const *overrides,
                 struct config **out, struct error *err)
{
    return load(path, house, overrides, NULL, out, err);
}

bool config_load_whole(const char *path, const struct house *house, const char *const *overrides,
                       struct config **out, struct config_mistakes *mistakes)
{
    struct error err;

    if (load(path, house, overrides, mistakes, out, &err))
        return true;
    config_mistakes_add(mistakes, &err);
    return false;
}

void config_free(struct config *c)
{
    if (c == NULL)
        return;
    config_environments_clear(c);
    config_bindings_clear(c);
    config_smoke_clear(c);
    config_metrics_clear(c);
    config_judging_clear(c);
    for (size_t i = 0; i < c->people_count; i++) {
        for (size_t k = 0; k < c->people[i].count; k++)
            free(c->people[i].members[k]);
        free(c->people[i].members);
        free(c->people[i].name);
    }
    for (size_t i = 0; i < c->change_count; i++) {
        for (size_t k = 0; k < c->changes[i].glob_count; k++)
            free(c->changes[i].globs[k]);
        free(c->changes[i].globs);
        free(c->changes[i].name);
    }
    for (size_t i = 0; i < c->freeze_count; i++)
        free(c->freezes[i].reason);
    free(c->people);
    free(c->changes);
    free(c->freezes);
    free(c->project);
    free(c->guide);
    free(c->rollback_profile);
    free(c->silent_role);
    json_decref(c->document);
    yaml_tree_free(c->source);
    free(c->path);
    free(c->directory);
    free(c);
}

bool config_find(const char *start_directory, char **out, struct error *err)
{
    char *directory = realpath(start_directory, NULL);

    if (directory == NULL)
        return error_set(err, ERROR_USAGE, "could not look for a configuration in %s: %s",
                         start_directory, strerror(errno));
    for (;;) {
        const char *between = strcmp(directory, "/") == 0 ? "" : "/";
        auto_free char *path = xasprintf("%s%s" FILE_NAME, directory, between);
        auto_free char *repository = xasprintf("%s%s.git", directory, between);
        if (access(path, F_OK) == 0) {
            *out = xstrdup(path);
            free(directory);
            return true;
        }
        char *slash = strrchr(directory, '/');
        if (access(repository, F_OK) == 0 || strcmp(directory, "/") == 0)
            break;
        *(slash == directory ? slash + 1 : slash) = '\0';
    }
    free(directory);
    error_set(err, ERROR_USAGE, "there is no " FILE_NAME " in %.200s or above", start_directory);
    return error_hint(err, "Name it with --config FILE, or try `flightdeck demo`");
}

/* ---- questions ------------------------------------------------------------------------------- */

const struct environment *config_environment(const struct config *c, const char *name,
                                             struct error *err)
{
    const char *names[MOST_NAMES];
    size_t count = 0;

    for (size_t i = 0; i < c->environment_count; i++) {
        if (strcmp(c->environments[i].name, name) == 0)
            return &c->environments[i];
        if (count < MOST_NAMES)
            names[count++] = c->environments[i].name;
    }
    error_set(err, ERROR_USAGE, "there is no environment \"%.60s\"", name);
    const char *near = text_nearest(name, names, count);
    if (near == NULL) /* people use short names, too */
        for (size_t i = 0; i < c->environment_count; i++)
            if (c->environments[i].short_name != NULL &&
                strcmp(c->environments[i].short_name, name) == 0)
                near = c->environments[i].name;
    if (near != NULL) {
        error_hint(err, "Did you mean %s?", near);
        return NULL;
    }
    auto_buf listed;
    buf_init(&listed, 200);
    for (size_t i = 0; i < count; i++)
        buf_addf(&listed, "%s%s", i > 0 ? ", " : "", names[i]);
    error_hint(err, "There is: %s", listed.ptr);
    return NULL;
}

const struct resource *config_resource(const struct environment *e, const char *name)
{
    for (size_t i = 0; i < e->resource_count; i++)
        if (strcmp(e->resources[i].name, name) == 0)
            return &e->resources[i];
    return NULL;
}

const struct resource *config_resource_of_kind(const struct environment *e, const char *kind_name)
{
    for (size_t i = 0; i < e->resource_count; i++)
        if (strcmp(e->resources[i].kind->name, kind_name) == 0)
            return &e->resources[i];
    return NULL;
}

const char *config_resource_text(const struct resource *r, const char *param)
{
    const char *text = json_string_value(json_object_get(r->params, param));
    return text == NULL ? "" : text;
}
