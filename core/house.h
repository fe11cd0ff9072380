/*
 * house.h - the tables of ports that main wires together, and the way to the outside.
 *
 * core/ knows no network: it hands `struct world` on to the kinds that do. Immutable after start.
 */
#ifndef CORE_HOUSE_H
#define CORE_HOUSE_H

struct step_kind;
struct probe_kind;
struct resource_kind;
struct transport; /* net/ */
struct aws;       /* aws/ */
struct sign_in;

struct house {
    const struct step_kind *const *step_kinds; /* NULL-terminated, as the other two */
    const struct probe_kind *const *probe_kinds;
    const struct resource_kind *const *resource_kinds;
};

/* Through what one environment's world is reached. Borrowed; NULL where not signed in. */
struct world {
    struct transport *transport;
    struct aws *aws;
    struct aws *rollback_aws; /* `rollback.as`, perhaps without keys yet; NULL = none is named */
    struct sign_in *sign_in;  /* of aws, and of the programs that are started; NULL = our own */
};

const struct step_kind *house_step_kind(const struct house *house,
                                        const char *name); /* NULL = none */
const struct probe_kind *house_probe_kind(const struct house *house, const char *name);
const struct resource_kind *house_resource_kind(const struct house *house, const char *name);

#endif
