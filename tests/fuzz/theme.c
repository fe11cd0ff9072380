/* theme.c - fuzzes themes: any text is refused with a place, or gives styles that a terminal can
 * show. */
#include "tui/theme.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(int colour, int most)
{
    int rgb[3];
    if (colour < -1 || colour >= most)
        abort();
    if (colour < 0)
        return;
    theme_rgb(colour, rgb);
    for (int i = 0; i < 3; i++)
        if (rgb[i] < 0 || rgb[i] > 255)
            abort();
}

static bool is_in(const char *text, const char *word) { return strstr(text, word) != NULL; }

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const unsigned attributes =
        STYLE_BOLD | STYLE_DIM | STYLE_UNDERLINE | STYLE_REVERSE | STYLE_ITALIC;
    struct theme theme;
    struct error err = {0};
    char *text = xmalloc(len + 1);

    if (!theme_load("dark", &theme, &err))
        abort();
    memcpy(text, bytes, len);
    text[len] = '\0';
    if (!theme_parse("mine.theme", text, &theme, &err) &&
        (err.kind != ERROR_USAGE || err.message[0] == '\0' ||
         !(is_in(err.at, "mine.theme") || is_in(err.message, "mine.theme"))))
        abort();
    free(text);
    for (int role = 0; role < ROLE_COUNT; role++) {
        const struct style *style = &theme.styles[role];
        check(style->foreground, 256);
        check(style->background, 256);
        check(style->foreground_16, 16);
        check(style->background_16, 16);
        if ((style->attributes & ~attributes) != 0)
            abort();
    }
    return 0;
}
