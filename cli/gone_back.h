/*
 * gone_back.h - whether a run that was asked to go back has done so. Pure.
 */
#ifndef CLI_GONE_BACK_H
#define CLI_GONE_BACK_H

#include <stdbool.h>

#include "core/error.h"
#include "core/run.h"

/* A run of one step that goes back by going forward. */
bool gone_back_is_forward(const struct run *run);
/* Is that the version that such a run gives everything to? */
bool gone_back_goes_to(const struct run *run, const char *version);
/* It goes back, or went back: no end of it left more traffic where it was moved to than it found.
 */
bool gone_back_is_well(const struct run *run);
/* It shipped while it was asked to go back: there is nobody any more who could take it back. */
bool gone_back_has_shipped(const struct run *run);
/* Its traffic was read back where it goes: the old version has all, or it is over without having
 * shipped. */
bool gone_back_is_there(const struct run *run);

/* Nothing more is written to its traffic: the steps that moved some say that it is undone, or it is
 * over. */
bool gone_back_is_settled(const struct run *run);

/* A way back that is carried out already: nobody goes back from it. Fills *err, is always false. */
bool gone_back_refuse(const struct run *run, struct error *err);

#endif
