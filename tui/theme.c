/* theme.c - reads themes: those built in (themes/NAME.theme) and the user's own. */
#include "tui/theme.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"
#include "tui/theme_files.h"

#define MOST_BYTES 65536
#define COLOUR_COUNT 256

static const struct {
    const char *name, *text;
} files[] = {THEME_FILES};
#define FILE_COUNT (sizeof files / sizeof files[0])

static const char *const colour_names[] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "bright-black",   "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white", "default",
};
#define NAMED_COUNT 16

static const struct {
    const char *name;
    unsigned attribute;
} attributes[] = {
    {"bold", STYLE_BOLD},       {"dim", STYLE_DIM},       {"underline", STYLE_UNDERLINE},
    {"reverse", STYLE_REVERSE}, {"italic", STYLE_ITALIC},
};
#define ATTRIBUTE_COUNT (sizeof attributes / sizeof attributes[0])

/* ---- colours ---- */

/* The palette of xterm: 16 that are named, a cube of 6 by 6 by 6, 24 greys. */
void theme_rgb(int colour, int out[static 3])
{
    static const int named[NAMED_COUNT][3] = {
        {0, 0, 0},       {205, 0, 0},   {0, 205, 0},   {205, 205, 0},
        {0, 0, 238},     {205, 0, 205}, {0, 205, 205}, {229, 229, 229},
        {127, 127, 127}, {255, 0, 0},   {0, 255, 0},   {255, 255, 0},
        {92, 92, 255},   {255, 0, 255}, {0, 255, 255}, {255, 255, 255},
    };
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    int cube = colour - NAMED_COUNT;
    if (cube < 0) {
        memcpy(out, named[colour < 0 ? 0 : colour], sizeof named[0]);
    } else if (cube < 216) {
        out[0] = levels[cube / 36];
        out[1] = levels[cube / 6 % 6];
        out[2] = levels[cube % 6];
    } else {
        out[0] = out[1] = out[2] = 8 + 10 * (cube - 216);
    }
}

static int nearest_of_16(int colour)
{
    int wanted[3], nearest = colour;
    long nearest_distance = -1;
    if (colour < NAMED_COUNT)
        return colour;
    theme_rgb(colour, wanted);
    for (int i = 0; i < NAMED_COUNT; i++) {
        int rgb[3];
        long distance = 0;
        theme_rgb(i, rgb);
        for (int j = 0; j < 3; j++)
            distance += (long)(rgb[j] - wanted[j]) * (rgb[j] - wanted[j]);
        if (nearest_distance < 0 || distance < nearest_distance) {
            nearest = i;
            nearest_distance = distance;
        }
    }
    return nearest;
}

/* ---- parsing ---- */

struct reader {
    const char *path;
    const char *line_start;
    int line;
    struct error *err;
};

/* Adds the place of a word to the error that is set. */
static bool fail_at(const struct reader *r, const char *at)
{
    return error_at(r->err, r->path, r->line, (int)(at - r->line_start) + 1);
}

static bool unknown(const struct reader *r, struct text word, const char *what,
                    const char *const *candidates, size_t count)
{
    char shown[64];
    auto_free char *copy = text_dup(word);
    auto_free char *safe = text_safe(copy);
    text_copy(shown, sizeof shown, safe);
    const char *near = text_nearest(copy, candidates, count);
    error_set(r->err, ERROR_USAGE, "\"%s\" is no %s", shown, what);
    if (near)
        error_hint(r->err, "Did you mean %s?", near);
    return fail_at(r, word.ptr);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The next word of a line; len 0 at its end. */
static struct text next_word(struct text *rest)
{
    *rest = text_trim(*rest);
    size_t len = 0;
    while (len < rest->len && !is_blank(rest->ptr[len]))
        len++;
    struct text word = {.ptr = rest->ptr, .len = len};
    rest->ptr += len;
    rest->len -= len;
    return word;
}

/* A name or a number below `count`; -1 = default. */
static bool read_colour(const struct reader *r, struct text word, int count, int *out)
{
    static const char what[] = "colour (default, a name, or a number to 255)";
    static const char what_16[] = "colour of the 16 (default or a name)";
    for (int i = 0; i < NAMED_COUNT; i++)
        if (text_eq(word, colour_names[i])) {
            *out = i;
            return true;
        }
    if (text_eq(word, "default")) {
        *out = -1;
        return true;
    }
    auto_free char *copy = text_dup(word);
    int64_t number;
    if (text_to_int64(copy, &number) && number >= 0 && number < count) {
        *out = (int)number;
        return true;
    }
    return unknown(r, word, count == COLOUR_COUNT ? what : what_16, colour_names, NAMED_COUNT + 1);
}

/* "208/yellow" */
static bool read_colours(const struct reader *r, struct text word, int *out, int *out_16)
{
    struct text rest = word, first, fall_back;
    if (!text_split(&rest, '/', &first) || !read_colour(r, first, COLOUR_COUNT, out))
        return false;
    fall_back = rest;
    if (fall_back.ptr)
        return read_colour(r, fall_back, NAMED_COUNT, out_16);
    *out_16 = nearest_of_16(*out);
    return true;
}

static bool read_attribute(const struct reader *r, struct text word, unsigned *all)
{
    const char *names[ATTRIBUTE_COUNT];
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        names[i] = attributes[i].name;
        if (text_eq(word, names[i])) {
            *all |= attributes[i].attribute;
            return true;
        }
    }
    return unknown(r, word, "attribute", names, ATTRIBUTE_COUNT);
}

static bool read_role(const struct reader *r, struct text word, enum role *out)
{
    const char *names[ROLE_COUNT];
    auto_free char *copy = text_dup(word);
    if (canvas_role_parse(copy, out))
        return true;
    for (int i = 0; i < ROLE_COUNT; i++)
        names[i] = canvas_role_name((enum role)i);
    return unknown(r, word, "role", names, ROLE_COUNT);
}

static bool read_style(const struct reader *r, struct text line, struct style *out)
{
    struct style style = {0};
    struct text foreground = next_word(&line);
    struct text background = next_word(&line);
    if (background.len == 0) {
        error_set(r->err, ERROR_USAGE, "a role needs a foreground and a background");
        error_hint(r->err, "Write them as in: good = 114/green default bold");
        return fail_at(r, background.ptr);
    }
    if (!read_colours(r, foreground, &style.foreground, &style.foreground_16) ||
        !read_colours(r, background, &style.background, &style.background_16))
        return false;
    for (struct text word = next_word(&line); word.len > 0; word = next_word(&line))
        if (!read_attribute(r, word, &style.attributes))
            return false;
    *out = style;
    return true;
}

static bool read_line(const struct reader *r, struct text line, struct theme *out,
                      bool is_seen[static ROLE_COUNT])
{
    struct text rest = line, key;
    enum role role;
    text_split(&rest, '=', &key);
    key = text_trim(key);
    if (!rest.ptr) {
        error_set(r->err, ERROR_USAGE, "a line of a theme is \"role = foreground background\"");
        return fail_at(r, key.ptr);
    }
    if (!read_role(r, key, &role))
        return false;
    if (is_seen[role]) {
        error_set(r->err, ERROR_USAGE, "%s is there twice", canvas_role_name(role));
        return fail_at(r, key.ptr);
    }
    is_seen[role] = true;
    return read_style(r, rest, &out->styles[role]);
}

static void take_name(const char *path, char out[static 32])
{
    const char *slash = strrchr(path, '/');
    auto_free char *name = xstrdup(slash ? slash + 1 : path);
    if (text_ends_with(name, ".theme"))
        name[strlen(name) - strlen(".theme")] = '\0';
    text_copy(out, 32, name);
}

bool theme_parse(const char *path, const char *text, struct theme *out, struct error *err)
{
    struct theme theme = *out;
    struct reader r = {.path = path, .err = err};
    struct text rest = text_of(text), line;
    bool is_seen[ROLE_COUNT] = {false};
    while (text_split(&rest, '\n', &line)) {
        r.line++;
        r.line_start = line.ptr;
        const char *comment = line.len > 0 ? memchr(line.ptr, '#', line.len) : NULL;
        if (comment)
            line.len = (size_t)(comment - line.ptr);
        line = text_trim(line);
        if (line.len > 0 && !read_line(&r, line, &theme, is_seen))
            return false;
    }
    take_name(path, theme.name);
    *out = theme;
    return true;
}

/* ---- finding ---- */

const char *const *theme_names(void)
{
    static const char *names[FILE_COUNT + 1];
    for (size_t i = 0; i < FILE_COUNT; i++)
        names[i] = files[i].name;
    return names;
}

static bool load_built_in(const char *name, struct theme *out, struct error *err)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (strcmp(files[i].name, name) == 0) {
            auto_free char *path = xasprintf("themes/%s.theme", name);
            return theme_parse(path, files[i].text, out, err);
        }
    auto_free char *safe = text_safe(name);
    const char *near = text_nearest(name, theme_names(), FILE_COUNT);
    error_set(err, ERROR_USAGE, "there is no theme \"%s\"", safe);
    if (near)
        return error_hint(err, "Did you mean %s?", near);
    auto_buf known;
    buf_init(&known, sizeof err->hint);
    for (size_t i = 0; i < FILE_COUNT; i++)
        buf_addf(&known, "%s%s", i > 0 ? ", " : "", files[i].name);
    return error_hint(err, "There are: %s", known.ptr);
}

/* Where the user's own would lie; NULL: nowhere. Yours. */
static char *own_path(const char *name)
{
    const char *config_home = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '-' || *c == '_'))
            return NULL;
    if (config_home && config_home[0] == '/')
        return xasprintf("%s/flightdeck/themes/%s.theme", config_home, name);
    if (home && home[0])
        return xasprintf("%s/.config/flightdeck/themes/%s.theme", home, name);
    return NULL;
}

/* *out = NULL: there is none. */
static bool read_own(const char *path, char **out, struct error *err)
{
    char chunk[4096];
    size_t got;
    struct buf text;
    *out = NULL;
    FILE *file = path ? fopen(path, "re") : NULL;
    if (!file) {
        if (!path || errno == ENOENT || errno == ENOTDIR)
            return true;
        return error_set(err, ERROR_USAGE, "cannot read %s: %s", path, strerror(errno));
    }
    buf_init(&text, MOST_BYTES);
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        buf_add(&text, chunk, got);
    bool is_read = !ferror(file) && !text.is_full && strlen(text.ptr) == text.len;
    fclose(file);
    if (is_read) {
        *out = buf_steal(&text);
        return true;
    }
    buf_clear(&text);
    return error_set(err, ERROR_USAGE, "%s is no theme: a text of at most %d bytes", path,
                     MOST_BYTES);
}

static bool is_built_in(const char *name)
{
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (strcmp(files[i].name, name) == 0)
            return true;
    return false;
}

bool theme_load(const char *name, struct theme *out, struct error *err)
{
    if (!name)
        name = THEME_DARK;
    struct theme theme = {0};
    auto_free char *path = own_path(name);
    char *text;
    if (!read_own(path, &text, err))
        return false;
    auto_free char *own = text;
    bool is_ok = load_built_in(own && !is_built_in(name) ? THEME_DARK : name, &theme, err) &&
                 (!own || theme_parse(path, own, &theme, err));
    if (is_ok)
        *out = theme;
    return is_ok;
}
