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
struct session;

/* Has the sign-in of the run there ended? Then with that of a console here whose person is the
 * same. What cannot be helped is said, once. */
void desk_renewal_look(struct desk *d, const struct environment *environment);
/* Somebody came: runs of the same person go on with the newer sign-in. number: desk_callers.h. */
void desk_renewal_offer(struct desk *d, int number);
/*
 * Who resumes or tries again takes the run on. False: their sign-in is to another account. One that
 * has ended, or is not known to AWS now, changes nothing.
 */
bool desk_renewal_take_on(struct desk *d, const struct environment *environment,
                          struct session *session, struct error *err) FD_MUST_USE;

#endif
