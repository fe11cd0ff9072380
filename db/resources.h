/*
 * resources.h - the resource kinds of db/: one line each. A new kind is a file in db/resources/ and
 * a line here.
 */
#ifndef DB_RESOURCES_H
#define DB_RESOURCES_H

#include "core/resource.h"

#define DB_RESOURCE_KINDS(X) X(schema_version)

#define RESOURCE_KIND_DECLARE(name) extern const struct resource_kind resource_##name;
DB_RESOURCE_KINDS(RESOURCE_KIND_DECLARE)
#undef RESOURCE_KIND_DECLARE

#endif
