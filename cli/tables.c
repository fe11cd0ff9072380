/*
 * tables.c - joins the lists of step, probe and resource kinds. A new kind needs no edit here.
 */
#include "cli/tables.h"

#include <stddef.h>

#include "aws/resources.h"
#include "aws/steps.h"
#include "core/house.h"
#include "core/probes.h"
#include "core/steps.h"
#include "db/resources.h"
#include "net/probes.h"
#include "net/steps.h"

#define STEP_ROW(name) &step_##name,
static const struct step_kind *const step_kinds[] = {
    CORE_STEP_KINDS(STEP_ROW) NET_STEP_KINDS(STEP_ROW) AWS_STEP_KINDS(STEP_ROW) NULL};

#define PROBE_ROW(name) &probe_##name,
static const struct probe_kind *const probe_kinds[] = {CORE_PROBE_KINDS(PROBE_ROW)
                                                           NET_PROBE_KINDS(PROBE_ROW) NULL};

#define RESOURCE_ROW(name) &resource_##name,
static const struct resource_kind *const resource_kinds[] = {
    AWS_RESOURCE_KINDS(RESOURCE_ROW) DB_RESOURCE_KINDS(RESOURCE_ROW) NULL};

static const struct house house = {
    .step_kinds = step_kinds,
    .probe_kinds = probe_kinds,
    .resource_kinds = resource_kinds,
};

const struct house *tables_house(void) { return &house; }
