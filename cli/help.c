/*
 * help.c - see help.h.
 */
#include "cli/help.h"

#include <string.h>

#include "cli/answer.h"
#include "cli/arguments.h"
#include "core/buf.h"
#include "core/mem.h"

#define HELP_CEILING (1u << 16)

static void add_options(struct buf *out, const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        auto_free char *form = xasprintf(
            "--%s%s%s%s", options->name, options->value != NULL ? " " : "",
            options->value != NULL ? options->value : "", options->is_repeated ? " ..." : "");
        buf_addf(out, "  %-24s %s\n", form, options->help);
    }
}

void help_overview(const struct subcommand *const *subcommands)
{
    auto_buf out;
    buf_init(&out, HELP_CEILING);
    buf_adds(&out, "flightdeck - releases on AWS Lambda that prove every step "
                   "and can be taken back\n\n"
                   "  flightdeck VERB [ENV] [options]\n\n");
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
                   "  flightdeck demo --headless             one whole release, on a "
                   "sandbox, without an account\n"
                   "  flightdeck check --guide RELEASING.md  what your own guide asks for\n"
                   "  flightdeck help run                    a verb explained, with "
                   "examples\n"
                   "\nExit codes: 0 done, 1 failed, 2 usage or configuration, 3 a gate is "
                   "closed, 4 rolled back,\n"
                   "5 somebody else holds the lock, 6 could not tell: look, 130 "
                   "interrupted\n");
    answer_block(out.ptr);
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
    answer_block(out.ptr);
}
