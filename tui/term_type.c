/* term_type.c - looks a type of terminal up in terminfo. */
#include <curses.h>
#include <term.h>

#include "tui/term_type.h"

static bool has(const char *capability)
{
    const char *text = tigetstr(capability);
    return text != NULL && text != (const char *)-1;
}

bool term_type_look(const char *name, int fd, struct term_type *out)
{
    int found = 0;
    if (setupterm(name, fd, &found) != OK)
        return false;
    int colours = tigetnum("colors");
    *out = (struct term_type){.can_move_cursor = has("cup"),
                              .has_mouse = has("kmous"),
                              .colours = colours >= 256  ? 256
                                         : colours >= 16 ? 16
                                         : colours >= 8  ? 8
                                                         : 0};
    (void)del_curterm(cur_term);
    return true;
}
