/*
 * desk_lanes.h - the lanes of the desk: one line for each cli/desk_NAME.c.
 *
 * A verb belongs to the first lane that has it in its table, but "refresh": that goes to the lane
 * which DESK_REFRESHES names for its "what".
 */
#ifndef CLI_DESK_LANES_H
#define CLI_DESK_LANES_H

#define DESK_LANES(X)                                                                              \
    X(back)                                                                                        \
    X(back_look)                                                                                   \
    X(command)                                                                                     \
    X(act)                                                                                         \
    X(start)                                                                                       \
    X(shift_look)                                                                                  \
    X(shift)                                                                                       \
    X(plan)                                                                                        \
    X(flight)                                                                                      \
    X(ready)                                                                                       \
    X(second)                                                                                      \
    X(scene)                                                                                       \
    X(runs)                                                                                        \
    X(watch)                                                                                       \
    X(measure)                                                                                     \
    X(check)                                                                                       \
    X(books)                                                                                       \
    X(versions)

struct lane_kind;
#define LANE_DECLARE(name) extern const struct lane_kind lane_##name;
DESK_LANES(LANE_DECLARE)
#undef LANE_DECLARE

/* What can be read again, and the lane that does it: its table has the verb "refresh". */
#define DESK_REFRESHES(X)                                                                          \
    X(status, watch)                                                                               \
    X(metrics, measure)                                                                            \
    X(check, check)                                                                                \
    X(plan, plan)                                                                                  \
    X(ready, ready)

#endif
