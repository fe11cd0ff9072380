/*
 * dialog_rollback.h - the way back: what its two files share; nobody else includes it.
 */
#ifndef TUI_DIALOG_ROLLBACK_H
#define TUI_DIALOG_ROLLBACK_H

#include "tui/dialog_parts.h"

enum back_phase {
    BACK_LOOKING,  /* the preview is on its way */
    BACK_READY,    /* with a preview, or the reason why there is none */
    BACK_ASKED,    /* y: the request is sent */
    BACK_APPLYING, /* the run says that it goes back */
    BACK_VERIFIED, /* traffic was read back */
    BACK_FAILED,
};

struct rollback {
    int64_t serial;          /* which dialog a reply is for */
    char *environment, *run; /* run: on the screen when it was opened; NULL = none */
    enum back_phase phase;
    json_t *preview;            /* NULL = not yet */
    char *trouble;              /* why there is no preview; NULL */
    bool is_nowhere;            /* because nothing is known to go back to */
    char *from, *target;        /* by what the model knows: "v41 90 %, v42 10 %", "41"; NULL */
    char *looked_at;            /* revision that the preview is of; NULL = not known */
    char *looked_run;           /* the same of the run: what of it tells what goes back */
    int64_t asked_ms, ended_ms; /* boot clock */
    char *answer;               /* what the engine's side said at the end */
    char *hint;                 /* of a failure; NULL */
    bool is_abort;              /* asked to end the run, not to go back */
    int scroll;
};

/* The version that gets the traffic, without its "v"; NULL = not known. Borrowed. */
const char *dialog_rollback_target(const struct rollback *s);
/* Known to be of no use. */
bool dialog_rollback_is_needless(const struct rollback *s);
/* Somebody else changed what it puts back, and the preview shows what is there. */
bool dialog_rollback_is_over(const struct rollback *s);
/* Whether there is anything that y could do, as far as is known. */
bool dialog_rollback_has_yes(const struct rollback *s);
/* The run has done something, but traffic is where it was. */
bool dialog_rollback_moves_nothing(const struct rollback *s);
/* What y does, in words. Yours. */
char *dialog_rollback_does(const struct rollback *s, bool is_short);
/* A run that waits or goes on could be ended where there is nothing to go back from. */
bool dialog_rollback_may_abort(const struct app *app, const struct rollback *s);

int dialog_rollback_height(const struct app *app, const struct rollback *s, int width);
void dialog_rollback_draw(const struct app *app, const struct dialog *d, struct canvas *c,
                          struct area a);

#endif
