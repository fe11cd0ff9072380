/*
 * consoling.h - opens the console on a session: the desk behind it, the screen before it.
 */
#ifndef CLI_CONSOLING_H
#define CLI_CONSOLING_H

#include <stdbool.h>

#include "core/error.h"

struct cli;
struct session;

/* Rows for the options of a verb that may open the console. */
#define CONSOLING_OPTIONS                                                                          \
    {.name = "env", .value = "NAME", .help = "the environment on the screen first"},               \
        {.name = "read-only", .help = "nothing can be unlocked; rolling back works all the same"}, \
        {.name = "theme",                                                                          \
         .value = "NAME",                                                                          \
         .help = "dark, light, mono, high-contrast, deuteranopia or one of your own"},             \
        {.name = "ascii", .help = "no line drawing and no blocks"},                                \
        {.name = "no-color", .help = "also with NO_COLOR set"},                                    \
        {.name = "no-mouse", .help = "the mouse is the terminal's, for selecting text"},           \
        {.name = "in-process",                                                                     \
         .help = "its engine ends with it, also where one runs: docs/engine.md"},                  \
        {.name = "no-notify", .help = "no bell and no notices of the terminal"},                   \
    {                                                                                              \
        .name = "plain", .help = "a line for each event, for pipes and screen readers; commands "  \
                                 "are typed as lines"                                              \
    }

struct consoling {
    const struct cli *cli;
    struct session *session; /* loaded */
    const char *environment; /* on the screen first; NULL = --env, else the desk's choice */
    bool is_demo;
    const char *second; /* the demo's second person; NULL = none */
};

/* Call first of all: signals come to the console's loop. */
void consoling_begin(void);
/* The terminal, or --plain, can be used; else ERROR_USAGE. */
bool consoling_can(const struct cli *cli, struct error *err) FD_MUST_USE;
/*
 * Until the person leaves. Attached to an engine, which is started where none runs; a demo, --plain
 * and --read-only start none. A run that is driven in this process and not over goes on: without a
 * screen when the person left, without anybody when the terminal is gone. Returns an enum
 * exit_code.
 */
int consoling_run(const struct consoling *c);

#endif
