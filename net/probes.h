/*
 * probes.h - the probe kinds of net/: one line each.
 */
#ifndef NET_PROBES_H
#define NET_PROBES_H

#include "core/probe.h"

#define NET_PROBE_KINDS(X) X(http)

#define PROBE_KIND_DECLARE(name) extern const struct probe_kind probe_##name;
NET_PROBE_KINDS(PROBE_KIND_DECLARE)
#undef PROBE_KIND_DECLARE

#endif
