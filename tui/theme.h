/*
 * theme.h - how each role looks: themes/NAME.theme, built into the program, overridden by the
 * user's own in $XDG_CONFIG_HOME/flightdeck/themes/.
 *
 * A line of a theme is `role = FOREGROUND BACKGROUND [bold dim underline reverse italic]`; a colour
 * is `default`, one of the 16 names, or a number to 255, with a fall-back for 16 colours after a
 * slash: `208/yellow`. Without one the nearest is taken. Without colour (NO_COLOR) `mono` is what
 * is shown unless somebody asked for another one: its attributes tell roles apart by themselves. A
 * theme of the user's that does not name every role takes the others from the built-in one of the
 * same name, else from `dark`. Only production's band is both bold and reverse.
 */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "tui/canvas.h"

enum style_attribute {
    STYLE_BOLD = 1,
    STYLE_DIM = 2,
    STYLE_UNDERLINE = 4,
    STYLE_REVERSE = 8,
    STYLE_ITALIC = 16,
};
struct style {
    int foreground, background;       /* of 256; -1 = the terminal's own */
    int foreground_16, background_16; /* of 16; -1 */
    unsigned attributes;              /* enum style_attribute */
};
struct theme {
    char name[32];
    struct style styles[ROLE_COUNT];
};

/* name NULL = "dark". ERROR_USAGE with file:line for a broken file, or naming the nearest theme. */
bool theme_load(const char *name, struct theme *out, struct error *err) FD_MUST_USE;
/* Roles that the text does not name stay as they are in *out. */
bool theme_parse(const char *path, const char *text, struct theme *out,
                 struct error *err) FD_MUST_USE;
/* Names of those built in, NULL-terminated; static. */
const char *const *theme_names(void);
/* What a colour of the 256 looks like, red, green and blue to 255. */
void theme_rgb(int colour, int out[static 3]);
#define THEME_DARK "dark"
#define THEME_LIGHT "light"
#define THEME_MONO "mono"

#endif
