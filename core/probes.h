/*
 * probes.h - the probe kinds of core/: one line each. A new kind is a file in core/probes/ and a
 * line here.
 */
#ifndef CORE_PROBES_H
#define CORE_PROBES_H

#include "core/probe.h"

#define CORE_PROBE_KINDS(X)                                                                        \
    X(ask)                                                                                         \
    X(command)                                                                                     \
    X(git)                                                                                         \
    X(passed)

#define PROBE_KIND_DECLARE(name) extern const struct probe_kind probe_##name;
CORE_PROBE_KINDS(PROBE_KIND_DECLARE)
#undef PROBE_KIND_DECLARE

#endif
