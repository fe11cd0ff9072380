/* theme.c - tests of tui/theme.c and of the themes themselves. */
#include "tui/theme.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/mem.h"
#include "tests/source_path.h"

#define NOT_NAMED 0x8000U

static struct theme loaded(const char *name)
{
    struct theme theme;
    struct error err;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    cr_assert(theme_load(name, &theme, &err), "%s: %s", err.at, err.message);
    return theme;
}

static double luminance(int colour)
{
    static const double weights[] = {0.2126, 0.7152, 0.0722};
    int rgb[3];
    double sum = 0;
    theme_rgb(colour, rgb);
    for (int i = 0; i < 3; i++) {
        double part = rgb[i] / 255.0;
        sum += weights[i] * (part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* WCAG 2, 1.4.3 */
static double contrast(int a, int b)
{
    double light = fmax(luminance(a), luminance(b)), dark = fmin(luminance(a), luminance(b));
    return (light + 0.05) / (dark + 0.05);
}

/* CIE L*, to 100 */
static double lightness(int colour)
{
    double y = luminance(colour);
    return y > 0.008856 ? 116 * cbrt(y) - 16 : 903.3 * y;
}

/* Lines, which need 3 only (WCAG 2, 1.4.11) and in a calm screen are less. */
static bool is_text(enum role role) { return role != ROLE_BORDER; }

Test(theme, names_are_the_files)
{
    const char *const *names = theme_names();
    static const char *const wanted[] = {"dark", "deuteranopia", "high-contrast", "light", "mono"};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        bool is_there = false;
        for (size_t j = 0; names[j]; j++)
            is_there = is_there || strcmp(names[j], wanted[i]) == 0;
        cr_expect(is_there, "%s is not built in", wanted[i]);
    }
    for (size_t j = 0; names[j]; j++) {
        auto_free char *file = xasprintf("themes/%s.theme", names[j]);
        auto_free char *path = source_path(file);
        struct stat st;
        cr_expect_eq(stat(path, &st), 0, "%s is not there", path);
    }
}

Test(theme, every_role_is_in_every_theme)
{
    for (const char *const *name = theme_names(); *name; name++) {
        char text[8192];
        struct theme theme;
        struct error err;
        auto_free char *file = xasprintf("themes/%s.theme", *name);
        auto_free char *path = source_path(file);
        FILE *in = fopen(path, "r");
        cr_assert_not_null(in, "%s", path);
        text[fread(text, 1, sizeof text - 1, in)] = '\0';
        fclose(in);
        for (int i = 0; i < ROLE_COUNT; i++)
            theme.styles[i] = (struct style){.attributes = NOT_NAMED};
        cr_assert(theme_parse(path, text, &theme, &err), "%s: %s", err.at, err.message);
        cr_expect_str_eq(theme.name, *name);
        for (int i = 0; i < ROLE_COUNT; i++)
            cr_expect_neq(theme.styles[i].attributes, NOT_NAMED, "%s says nothing about %s", *name,
                          canvas_role_name((enum role)i));
    }
}

Test(theme, only_production_is_bold_and_reverse)
{
    const unsigned both = STYLE_BOLD | STYLE_REVERSE;
    for (const char *const *name = theme_names(); *name; name++) {
        struct theme theme = loaded(*name);
        for (int i = 0; i < ROLE_COUNT; i++) {
            unsigned attributes = theme.styles[i].attributes;
            if (theme.styles[i].foreground_16 >= 8) /* bright is bold where there are 8 colours */
                attributes |= STYLE_BOLD;
            cr_expect_eq((attributes & both) == both, i == ROLE_BAND_PRODUCTION, "%s: %s", *name,
                         canvas_role_name((enum role)i));
        }
    }
}

Test(theme, text_can_be_read_on_its_background)
{
    /* What a terminal's own colours may be: black up to a dark grey, white down to a light one. */
    static const struct {
        const char *name;
        int foreground, background;
        double least;
    } own[] = {
        {"dark", 252, 16, 4.5},         {"dark", 252, 234, 4.5},
        {"light", 16, 231, 4.5},        {"light", 16, 255, 4.5},
        {"deuteranopia", 252, 16, 4.5}, {"deuteranopia", 252, 234, 4.5},
        {"high-contrast", -1, -1, 7.0},
    };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        struct theme theme = loaded(own[i].name);
        for (int role = 0; role < ROLE_COUNT; role++) {
            const struct style *s = &theme.styles[role];
            int fg = s->foreground < 0 ? own[i].foreground : s->foreground;
            int bg = s->background < 0 ? own[i].background : s->background;
            cr_assert(fg >= 0 && bg >= 0, "%s sets both colours of %s", own[i].name,
                      canvas_role_name((enum role)role));
            if (is_text((enum role)role))
                cr_expect_geq(contrast(fg, bg), own[i].least, "%s: %s has %.2f", own[i].name,
                              canvas_role_name((enum role)role), contrast(fg, bg));
        }
    }
}

Test(theme, good_and_bad_differ_for_deuteranopes)
{
    struct theme theme = loaded("deuteranopia");
    int good[3], bad[3];
    int a = theme.styles[ROLE_GOOD].foreground, b = theme.styles[ROLE_BAD].foreground;
    theme_rgb(a, good);
    theme_rgb(b, bad);
    cr_expect_geq(fabs(lightness(a) - lightness(b)), 15);
    cr_expect(good[2] > good[0] && good[2] > good[1], "good is blue");
    cr_expect(bad[0] > bad[1] && bad[1] > bad[2], "bad is orange");
    cr_expect_neq(theme.styles[ROLE_GOOD].foreground_16, theme.styles[ROLE_BAD].foreground_16);
}

Test(theme, what_must_not_be_confused_looks_different_in_every_theme)
{
    static const enum role pairs[][2] = {
        {ROLE_GOOD, ROLE_BAD},
        {ROLE_GOOD, ROLE_WARN},
        {ROLE_BAD, ROLE_WARN},
        {ROLE_BAND, ROLE_BAND_PRODUCTION},
        {ROLE_TEXT, ROLE_BAD},
        {ROLE_TEXT, ROLE_WARN},
        {ROLE_TEXT, ROLE_STAGED},
        {ROLE_OLD_VERSION, ROLE_NEW_VERSION},
        {ROLE_DIALOG, ROLE_DIALOG_DANGER},
        {ROLE_TOAST, ROLE_TOAST_BAD},
        {ROLE_BORDER, ROLE_BORDER_FOCUS},
        {ROLE_TITLE, ROLE_TITLE_FOCUS},
        {ROLE_TEXT, ROLE_FIELD},
        {ROLE_TEXT, ROLE_ROLLBACK},
        {ROLE_KEY, ROLE_ROLLBACK},
        {ROLE_TEXT, ROLE_STRONG},
        {ROLE_TEXT, ROLE_KEY},
        {ROLE_GOOD, ROLE_ACTIVE},
    };
    for (const char *const *name = theme_names(); *name; name++) {
        struct theme theme = loaded(*name);
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
            const struct style *a = &theme.styles[pairs[i][0]], *b = &theme.styles[pairs[i][1]];
            bool is_same_16 = a->foreground_16 == b->foreground_16 &&
                              a->background_16 == b->background_16 &&
                              a->attributes == b->attributes;
            bool is_same = a->foreground == b->foreground && a->background == b->background &&
                           a->attributes == b->attributes;
            cr_expect(!is_same && !is_same_16, "%s: %s and %s look the same", *name,
                      canvas_role_name(pairs[i][0]), canvas_role_name(pairs[i][1]));
        }
    }
}

Test(theme, mono_sets_no_colour)
{
    struct theme theme = loaded(THEME_MONO);
    for (int i = 0; i < ROLE_COUNT; i++)
        cr_expect(theme.styles[i].foreground == -1 && theme.styles[i].background == -1 &&
                  theme.styles[i].foreground_16 == -1 && theme.styles[i].background_16 == -1);
}

Test(theme, colours_of_16_stand_after_a_slash_or_are_the_nearest)
{
    struct theme theme = {0};
    struct error err;
    cr_assert(theme_parse("a/x.theme", "good = 208/yellow default bold dim\n# no\n\nbad=196 16 # x",
                          &theme, &err),
              "%s", err.message);
    cr_expect_str_eq(theme.name, "x");
    cr_expect_eq(theme.styles[ROLE_GOOD].foreground, 208);
    cr_expect_eq(theme.styles[ROLE_GOOD].foreground_16, 3);
    cr_expect_eq(theme.styles[ROLE_GOOD].background, -1);
    cr_expect_eq(theme.styles[ROLE_GOOD].attributes, STYLE_BOLD | STYLE_DIM);
    cr_expect_eq(theme.styles[ROLE_BAD].foreground_16, 9);
    cr_expect_eq(theme.styles[ROLE_BAD].background_16, 0);
}

Test(theme, a_broken_line_names_its_place_and_what_was_meant)
{
    static const struct {
        const char *text, *at, *message, *hint;
    } cases[] = {
        {"text = default default\n\n  bnad = red default", "u.theme:3:3", "\"bnad\" is no role",
         "Did you mean bad?"},
        {"good = gren default", "u.theme:1:8", "\"gren\" is no colour", "Did you mean green?"},
        {"good = 256 default", "u.theme:1:8", "\"256\" is no colour", ""},
        {"good = -1 default", "u.theme:1:8", "\"-1\" is no colour", ""},
        {"good = 208/16 default", "u.theme:1:12", "\"16\" is no colour of the 16", ""},
        {"good = 208/ default", "u.theme:1:12", "\"\" is no colour of the 16", ""},
        {"good = red default blod", "u.theme:1:20", "\"blod\" is no attribute",
         "Did you mean bold?"},
        {"good = red", "u.theme:1:11", "needs a foreground and a background", "Write them as in"},
        {"good =", "u.theme:1:7", "needs a foreground and a background", "Write them as in"},
        {"good red default", "u.theme:1:1", "a line of a theme is", ""},
        {"= red default", "u.theme:1:1", "\"\" is no role", ""},
        {"good = red red\ngood = red red", "u.theme:2:1", "good is there twice", ""},
        {"good = \x1b[31m red", "u.theme:1:8", "\"\\x1b[31m\" is no colour", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct theme theme = {.name = "untouched"};
        struct error err;
        cr_assert(!theme_parse("u.theme", cases[i].text, &theme, &err), "%s", cases[i].text);
        cr_expect_eq(err.kind, ERROR_USAGE);
        cr_expect_str_eq(err.at, cases[i].at, "%s: %s", cases[i].text, err.at);
        cr_expect(strstr(err.message, cases[i].message), "%s: %s", cases[i].text, err.message);
        cr_expect(strstr(err.hint, cases[i].hint), "%s: %s", cases[i].text, err.hint);
        cr_expect_str_eq(theme.name, "untouched");
    }
}

Test(theme, any_text_is_read_or_refused_with_its_place)
{
    static const char *const pieces[] = {
        "good",    "bad",
        "=",       " ",
        "\n",      "\t",
        "red",     "208/yellow",
        "/",       "default",
        "bold",    "#",
        "-1",      "999999999999999999999",
        "\xff",    "\x1b[2J",
        "\r\n",    "text = red blue\n",
        "reverse", "日",
    };
    unsigned dice = 1;
    for (int round = 0; round < 5000; round++) {
        char text[1024] = "";
        struct theme theme = {.name = "untouched"};
        struct error err;
        for (int i = 0; i < 24; i++) {
            dice = dice * 1664525U + 1013904223U;
            const char *piece = pieces[(dice >> 8) % (sizeof pieces / sizeof pieces[0])];
            memcpy(text + strlen(text), piece, strlen(piece) + 1);
        }
        if (theme_parse("u.theme", text, &theme, &err))
            continue;
        cr_assert_eq(err.kind, ERROR_USAGE);
        cr_assert_eq(strncmp(err.at, "u.theme:", 8), 0, "%s", err.at);
        cr_assert_null(strchr(err.message, '\x1b'));
        cr_assert_str_eq(theme.name, "untouched");
    }
}

Test(theme, an_unknown_name_says_which_is_near)
{
    struct theme theme;
    struct error err;
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    cr_assert(!theme_load("drak", &theme, &err));
    cr_expect_str_eq(err.message, "there is no theme \"drak\"");
    cr_expect_str_eq(err.hint, "Did you mean dark?");
    cr_assert(!theme_load("../../etc/passwd", &theme, &err));
    cr_expect(strstr(err.hint, "There are: dark, deuteranopia"), "%s", err.hint);
}

static char *own_themes(void)
{
    static char folder[] = "/tmp/themes-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    setenv("XDG_CONFIG_HOME", folder, 1);
    auto_free char *one = xasprintf("%s/flightdeck", folder);
    auto_free char *two = xasprintf("%s/flightdeck/themes", folder);
    mkdir(one, 0700);
    mkdir(two, 0700);
    return folder;
}

static void write_own(const char *folder, const char *name, const char *text)
{
    auto_free char *path = xasprintf("%s/flightdeck/themes/%s.theme", folder, name);
    FILE *out = fopen(path, "w");
    cr_assert_not_null(out);
    fputs(text, out);
    fclose(out);
}

static void remove_own(const char *folder, const char *const *names)
{
    for (; *names; names++) {
        auto_free char *path = xasprintf("%s/flightdeck/themes/%s.theme", folder, *names);
        remove(path);
    }
    auto_free char *two = xasprintf("%s/flightdeck/themes", folder);
    auto_free char *one = xasprintf("%s/flightdeck", folder);
    remove(two);
    remove(one);
    remove(folder);
}

Test(theme, the_users_file_overrides_and_adds)
{
    struct theme theme, dark = loaded("dark"), light = loaded("light");
    struct error err;
    const char *folder = own_themes();
    write_own(folder, "light", "good = 201 17\n");
    write_own(folder, "mine", "bad = 202 18\n");
    write_own(folder, "broken", "bad = 202 18\nstorng = red red\n");
    cr_assert(theme_load("light", &theme, &err), "%s", err.message);
    cr_expect_eq(theme.styles[ROLE_GOOD].foreground, 201);
    cr_expect_eq(theme.styles[ROLE_BAD].foreground, light.styles[ROLE_BAD].foreground);
    cr_assert(theme_load("mine", &theme, &err), "%s", err.message);
    cr_expect_str_eq(theme.name, "mine");
    cr_expect_eq(theme.styles[ROLE_BAD].foreground, 202);
    cr_expect_eq(theme.styles[ROLE_GOOD].foreground, dark.styles[ROLE_GOOD].foreground);
    cr_assert(!theme_load("broken", &theme, &err));
    cr_expect(strstr(err.at, "/flightdeck/themes/broken.theme:2:1"), "%s", err.at);
    cr_expect_str_eq(err.hint, "Did you mean strong?");
    remove_own(folder, (const char *const[]){"light", "mine", "broken", NULL});
}
