/*
 * waiting.h - what an open run waits for from a person, and the command that answers it. Pure.
 */
#ifndef CORE_WAITING_H
#define CORE_WAITING_H

struct run;

/* "approval: waits for one of release-managers to approve"; yours. NULL: it waits for nobody. */
char *waiting_reason(const struct run *run);
/* "flightdeck run approve r-0142"; or more than one. Yours; NULL as above. */
char *waiting_command(const struct run *run);
/*
 * "held: the sign-in of ana@example.com has ended": its traffic is moved no further, though it is
 * under way and waits for nobody. Yours; NULL: it is not held.
 */
char *waiting_held(const struct run *run);

#endif
