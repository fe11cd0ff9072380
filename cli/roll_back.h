/*
 * roll_back.h - `flightdeck rollback ENV`: of a run under way, of a run that ended, or to a
 * version.
 */
#ifndef CLI_ROLL_BACK_H
#define CLI_ROLL_BACK_H

struct cli;

int roll_back_environment(struct cli *cli);

#endif
