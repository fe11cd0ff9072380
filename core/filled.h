/*
 * filled.h - the words of a plan with what the run found out: "all traffic to
 * ${deploy.old_version}" becomes "all traffic to v41". Pure.
 */
#ifndef CORE_FILLED_H
#define CORE_FILLED_H

struct run;

/* What is not known yet is named by its key: "the old version". Yours. */
char *filled_text(const struct run *run, const char *text);
/* What the plan says about taking the step back, filled; "" when it says nothing. Yours. */
char *filled_undo(const struct run *run, const char *step_id);

#endif
