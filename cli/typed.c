/*
 * typed.c - see typed.h.
 */
#include "cli/typed.h"

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/text.h"

const char typed_help[] = "Type and press Enter: promote, pause, resume, approve, tick ITEM, "
                          "retry, skip STEP because REASON, abort, rollback";

#define BECAUSE " because "

static const struct {
    const char *word;
    enum command_verb verb;
    bool needs_object;
} words[] = {
    {"approve", COMMAND_APPROVE, false}, {"pause", COMMAND_PAUSE, false},
    {"resume", COMMAND_RESUME, false},   {"retry", COMMAND_RETRY, false},
    {"skip", COMMAND_SKIP, false},       {"promote", COMMAND_PROMOTE, false},
    {"abort", COMMAND_ABORT, false},     {"rollback", COMMAND_ROLLBACK, false},
    {"tick", COMMAND_TICK, true},        {"untick", COMMAND_UNTICK, true},
    {"waive", COMMAND_WAIVE, true},
};

/* A choice of an open question stands for its answer. */
static bool find_choice(const struct run *run, const char *word, struct command *out)
{
    for (size_t i = 0; i < run->prompt_count; i++) {
        size_t k;
        json_t *choice;
        json_array_foreach(run->prompts[i].choices, k, choice)
        {
            if (strcmp(json_string_value(choice), word) != 0)
                continue;
            out->verb = COMMAND_ANSWER;
            (void)snprintf(out->step, sizeof out->step, "%s", run->prompts[i].id);
            (void)snprintf(out->answer, sizeof out->answer, "%s", word);
            return true;
        }
    }
    return false;
}

static bool refuse(const char *word, struct error *err)
{
    const char *names[sizeof words / sizeof words[0]];
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        names[i] = words[i].word;
    const char *near = text_nearest(word, names, sizeof words / sizeof words[0]);
    error_set(err, ERROR_USAGE, "\"%s\" is nothing that can be typed now", word);
    return near != NULL ? error_hint(err, "Did you mean \"%s\"?", near)
                        : error_hint(err, "%s", typed_help);
}

bool typed_command(const char *line, const struct run *run, struct command *out, struct error *err)
{
    auto_free char *whole = text_dup(text_trim(text_of(line)));
    size_t length = strcspn(whole, " ");
    auto_free char *word = xstrndup(whole, length);
    auto_free char *object = text_dup(text_trim(text_of(whole + length)));
    char *because = strstr(object, BECAUSE);

    *out = (struct command){.seen_seq = run->last_seq};
    if (word[0] == '\0') {
        error_set(err, ERROR_USAGE, "nothing was typed");
        return error_code(err, "empty");
    }
    if (find_choice(run, whole, out))
        return true;
    if (because != NULL) {
        (void)snprintf(out->reason, sizeof out->reason, "%s", because + strlen(BECAUSE));
        *because = '\0';
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, word) != 0)
            continue;
        out->verb = words[i].verb;
        if (words[i].needs_object && object[0] == '\0')
            return error_set(err, ERROR_USAGE, "%s what?", word);
        if (out->verb == COMMAND_WAIVE && out->reason[0] == '\0')
            return error_set(err, ERROR_USAGE, "waive ITEM because REASON");
        (void)snprintf(out->step, sizeof out->step, "%s", object);
        return true;
    }
    return refuse(word, err);
}
