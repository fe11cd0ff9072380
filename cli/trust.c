/*
 * trust.c - see trust.h.
 */
#include "cli/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/session.h"
#include "core/hash.h"
#include "core/journal.h"
#include "core/mem.h"
#include "core/plan.h"

#define TRUST_FILE "trusted-commands"

static void hash_commands(const struct config *config, char out[static HASH_HEX_SIZE])
{
    json_t *commands = config_commands(config);
    auto_free char *canonical = plan_canonical_json(commands);
    hash_sha256_hex(canonical, strlen(canonical), out);
    json_decref(commands);
}

static bool has_commands(const struct config *config)
{
    json_t *commands = config_commands(config);
    size_t count = json_array_size(commands);
    json_decref(commands);
    return count > 0;
}

/* CI has nobody to ask; whoever wrote --config into the pipeline has decided.
 */
static bool is_trusted_by_ci(const struct session *s)
{
    const char *ci = getenv("CI");
    return ci != NULL && strcmp(ci, "true") == 0 && cli_value(s->cli, "config") != NULL;
}

static bool file_has_line(const char *path, const char *line)
{
    char read[HASH_HEX_SIZE + 2];
    bool is_found = false;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (!is_found && fgets(read, sizeof read, file) != NULL) {
        read[strcspn(read, "\n")] = '\0';
        is_found = strcmp(read, line) == 0;
    }
    (void)fclose(file);
    return is_found;
}

bool trust_is_given(struct session *s, bool *out, struct error *err)
{
    const char *directory;
    char hash[HASH_HEX_SIZE];

    if (!session_load(s, err) || !session_state_directory(s, &directory, err))
        return false;
    auto_free char *path = xasprintf("%s/" TRUST_FILE, directory);
    hash_commands(s->config, hash);
    *out = s->is_own_state || !has_commands(s->config) || is_trusted_by_ci(s) ||
           file_has_line(path, hash);
    return true;
}

bool trust_give(struct session *s, struct error *err)
{
    struct journal *journal;
    const char *directory;
    char line[HASH_HEX_SIZE + 1];

    if (!session_load(s, err) || !session_state_directory(s, &directory, err) ||
        !journal_open(directory, &journal, err)) /* makes the folder, and refuses unfit ones */
        return false;
    journal_close(journal);
    auto_free char *path = xasprintf("%s/" TRUST_FILE, directory);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set(err, ERROR_USAGE, "could not write %s: %s", path, strerror(errno));
    hash_commands(s->config, line);
    line[HASH_HEX_SIZE - 1] = '\n';
    bool is_written = write(fd, line, HASH_HEX_SIZE) == HASH_HEX_SIZE;
    int number = errno;
    (void)close(fd);
    return is_written ||
           error_set(err, ERROR_USAGE, "could not write %s: %s", path, strerror(number));
}

static void show_commands(const struct session *s)
{
    json_t *commands = config_commands(s->config);
    size_t i;
    json_t *command;
    cli_note(s->cli, "%s would run these commands on this computer:", s->config->path);
    json_array_foreach(commands, i, command) cli_note(s->cli, "  %s", json_string_value(command));
    json_decref(commands);
}

bool trust_require(struct session *s, struct error *err)
{
    bool is_given = false;
    if (!trust_is_given(s, &is_given, err))
        return false;
    if (is_given)
        return true;
    show_commands(s);
    if (answer_can_ask() && !cli_is_json(s->cli)) {
        if (answer_ask("Do you trust them?"))
            return trust_give(s, err);
    }
    error_set(err, ERROR_USAGE, "the commands of %s are not trusted yet", s->config->path);
    return error_hint(err, "Read them, then: flightdeck config trust");
}
