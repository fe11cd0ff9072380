/*
 * ask.c - a question that only a person can answer: nothing ticks it but a person.
 */
#include "core/probes.h"

static const struct param params[] = {
    {.name = "question",
     .type = PARAM_TEXT,
     .is_required = true,
     .help = "what the person who ticks it vouches for"},
    {0},
};

const struct probe_kind probe_ask = {
    .name = "ask",
    .summary = "A person answers, with name, time and reason",
    .params = params,
    .is_person = true,
};
