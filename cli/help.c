/*
 * help.c - see help.h.
 */
#include "cli/help.h"

#include <string.h>

#include "cli/answer.h"
#include "cli/arguments.h"
#include "cli/wrapped.h"
#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define HELP_CEILING (1u << 16)
#define COMMAND "  flightdeck "

static void add_options(struct buf *out, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        auto_free char *form = xasprintf(
            "--%s%s%s%s", options->name, options->value != NULL ? " " : "",
            options->value != NULL ? options->value : "", options->is_repeated ? " ..." : "");
        buf_addf(out, "  %-24s %s\n", form, options->help);
    }
}

/* Where the second column of a line begins; 0 = it has one only. */
static size_t second_column(const char *line)
{
    size_t lead = strspn(line, " ");
    const char *gap = strstr(line + lead, "  ");
    return gap != NULL ? (size_t)(gap - line) + strspn(gap, " ") : 0;
}

/* A line that is indented is one of a list, or a command to copy; other lines are prose. */
static void print_listed(const char *line)
{
    size_t column = second_column(line);
    if (column == 0 && text_starts_with(line, COMMAND))
        answer_line(TONE_PLAIN, line);
    else
        wrapped_line(TONE_PLAIN, column > 0 ? column : strspn(line, " "), line);
}

/* On a terminal as wide as it is; elsewhere as it was written. */
static void print(const char *text)
{
    struct text rest = text_of(text), piece;
    auto_buf prose;
    buf_init(&prose, HELP_CEILING);

    if (wrapped_width() == 0) {
        answer_block(text);
        return;
    }
    while (text_split(&rest, '\n', &piece)) {
        auto_free char *line = text_dup(piece);
        bool is_prose = line[0] != '\0' && line[0] != ' ', is_end = rest.ptr == NULL;
        if (is_prose)
            buf_addf(&prose, "%s%s", prose.len > 0 ? " " : "", line);
        if (!is_prose && prose.len > 0) {
            wrapped_line(TONE_PLAIN, 0, prose.ptr);
            buf_reset(&prose);
        }
        if (!is_prose && !is_end)
            print_listed(line);
    }
    if (prose.len > 0)
        wrapped_line(TONE_PLAIN, 0, prose.ptr);
}

void help_overview(const struct subcommand *const *subcommands)
{
    auto_buf out;
    buf_init(&out, HELP_CEILING);
    buf_adds(&out, "flightdeck - releases on AWS Lambda that prove every step "
                   "and can be taken back\n\n"
                   "  flightdeck [VERB] [ENV] [options]      without a verb: the console\n\n");
    for (; *subcommands != NULL; subcommands++) {
        auto_free char *form =
            xasprintf("%s%s%s", (*subcommands)->name,
                      (*subcommands)->arguments[0] != '\0' ? " " : "", (*subcommands)->arguments);
        if (strlen(form) > 24)
            buf_addf(&out, "  %s\n  %-24s %s\n", form, "", (*subcommands)->summary);
        else
            buf_addf(&out, "  %-24s %s\n", form, (*subcommands)->summary);
    }
    buf_adds(&out, "\nEvery verb takes:\n");
    add_options(&out, arguments_everybody);
    buf_adds(&out, "\nFirst steps:\n"
                   "  flightdeck demo                        one whole release, on a "
                   "sandbox, without an account\n"
                   "  flightdeck check --guide RELEASING.md  what your own guide asks for\n"
                   "  flightdeck help run                    a verb explained, with "
                   "examples\n"
                   "\nExit codes: 0 done, 1 failed, 2 usage or configuration, 3 a gate is "
                   "closed, 4 rolled back,\n"
                   "5 somebody else holds the lock, 6 could not tell: look, 130 "
                   "interrupted\n");
    print(out.ptr);
}

void help_verb(const struct subcommand *subcommand)
{
    auto_buf out;
    buf_init(&out, HELP_CEILING);
    buf_addf(&out, "flightdeck %s%s%s\n\n%s.\n", subcommand->name,
             subcommand->arguments[0] != '\0' ? " " : "", subcommand->arguments,
             subcommand->summary);
    if (subcommand->details != NULL)
        buf_addf(&out, "\n%s\n", subcommand->details);
    if (subcommand->options != NULL && subcommand->options[0].name != NULL) {
        buf_adds(&out, "\nOptions:\n");
        add_options(&out, subcommand->options);
    }
    buf_adds(&out, "\nEvery verb takes:\n");
    add_options(&out, arguments_everybody);
    print(out.ptr);
}
