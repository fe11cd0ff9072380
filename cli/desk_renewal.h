/*
 * desk_renewal.h - whose sign-in a run that is driven here goes on with, once its own has ended or
 * somebody else takes it on. Thread: any; asks STS.
 */
#ifndef CLI_DESK_RENEWAL_H
#define CLI_DESK_RENEWAL_H

#include <stdbool.h>

#include "core/error.h"

struct desk;
struct environment;
struct flight_hands;
struct session;

/* Has the sign-in of the run there ended? Then with that of a console here whose person is the
 * same, where there is one; else it is said, once. */
void desk_renewal_look(struct desk *d, const struct environment *environment);
/*
 * Who resumes or tries again takes the run on, with what AWS names as theirs now. Refused where
 * that is another account, or where somebody else's keys are not taken by AWS: nobody goes on with
 * another's. *former: for desk_renewal_settle.
 */
bool desk_renewal_take_on(struct desk *d, const struct environment *environment,
                          struct session *session, struct flight_hands **former,
                          struct error *err) FD_MUST_USE;
/* Their word was taken, or was not: then the run has its former sign-in. Frees former. */
void desk_renewal_settle(struct desk *d, const struct environment *environment,
                         struct session *session, struct flight_hands *former, bool is_on);

#endif
