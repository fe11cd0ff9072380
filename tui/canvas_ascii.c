/* canvas_ascii.c - a readable ASCII character for each that a plain terminal cannot show. */
#include <wchar.h>

#include "tui/canvas_parts.h"

#define FIRST_LATIN 0x00C0
#define LAST_LATIN 0x017F
#define FIRST_BRAILLE 0x2800
#define LAST_BRAILLE 0x28FF
#define FIRST_BOX 0x2500
#define LAST_BOX 0x257F

/* Letters without their marks, from U+00C0 to U+017F. */
static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYPs"
                            "aaaaaaaceeeeiiiidnooooo/ouuuuypy"
                            "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGg"
                            "GgGgHhHhIiIiIiIiIiJjJjKkkLlLlLlL"
                            "lLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSs"
                            "SsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";
_Static_assert(sizeof latin - 1 == LAST_LATIN - FIRST_LATIN + 1, "a letter for each");

static const struct {
    wchar_t character;
    char ascii;
} replacements[] = {
    {0x00A0, ' '},  {0x00B0, 'o'}, {0x00B1, '~'},  {0x00B5, 'u'}, {0x00B7, '.'}, {0x2010, '-'},
    {0x2011, '-'},  {0x2012, '-'}, {0x2013, '-'},  {0x2014, '-'}, {0x2015, '-'}, {0x2018, '\''},
    {0x2019, '\''}, {0x201A, ','}, {0x201C, '"'},  {0x201D, '"'}, {0x201E, '"'}, {0x2022, '*'},
    {0x2026, '~'},  {0x202F, ' '}, {0x2032, '\''}, {0x2033, '"'}, {0x2039, '<'}, {0x203A, '>'},
    {0x2043, '-'},  {0x2190, '<'}, {0x2191, '^'},  {0x2192, '>'}, {0x2193, 'v'}, {0x21B5, '<'},
    {0x21D0, '<'},  {0x21D2, '>'}, {0x2212, '-'},  {0x2215, '/'}, {0x2217, '*'}, {0x2219, '.'},
    {0x223C, '~'},  {0x2248, '~'}, {0x2260, '#'},  {0x2264, '<'}, {0x2265, '>'}, {0x22C5, '.'},
    {0x2580, '"'},  {0x2581, '_'}, {0x2582, '.'},  {0x2583, '-'}, {0x2584, '='}, {0x2585, '+'},
    {0x2586, '*'},  {0x2587, '%'}, {0x2588, '#'},  {0x2589, '#'}, {0x258A, '#'}, {0x258B, '#'},
    {0x258C, '#'},  {0x258D, '|'}, {0x258E, '|'},  {0x258F, '|'}, {0x2590, '#'}, {0x2591, '-'},
    {0x2592, ':'},  {0x2593, '#'}, {0x25A0, '#'},  {0x25A1, 'o'}, {0x25AA, '*'}, {0x25B2, '^'},
    {0x25B4, '^'},  {0x25B6, '>'}, {0x25B8, '>'},  {0x25BA, '>'}, {0x25BC, 'v'}, {0x25BE, 'v'},
    {0x25C0, '<'},  {0x25C2, '<'}, {0x25C6, '*'},  {0x25C7, 'o'}, {0x25CB, 'o'}, {0x25CF, '*'},
    {0x25E6, 'o'},  {0x2605, '*'}, {0x2606, '*'},  {0x2610, 'o'}, {0x2611, '+'}, {0x2612, 'x'},
    {0x2705, '+'},  {0x2713, '+'}, {0x2714, '+'},  {0x2715, 'x'}, {0x2716, 'x'}, {0x2717, 'x'},
    {0x2718, 'x'},  {0x274C, 'x'}, {0x2794, '>'},  {0x279C, '>'}, {0x27A4, '>'}, {0x3000, ' '},
};

static int dots_of(wchar_t character)
{
    int dots = 0;
    for (unsigned bits = (unsigned)(character - FIRST_BRAILLE); bits; bits >>= 1)
        dots += (int)(bits & 1);
    return dots;
}

static wchar_t box_of(wchar_t character)
{
    static const wchar_t level[] = L"─━┄┅┈┉╌╍", upright[] = L"│┃┆┇┊┋╎╏║";
    if (character == L'═')
        return L'=';
    return wcschr(level, character) ? L'-' : wcschr(upright, character) ? L'|' : L'+';
}

wchar_t canvas_ascii_of(wchar_t character)
{
    static const char by_dots[] = " ..:::###";
    if (character >= 0x20 && character < 0x7F)
        return character;
    if (character >= FIRST_LATIN && character <= LAST_LATIN)
        return (wchar_t)latin[character - FIRST_LATIN];
    if (character >= FIRST_BRAILLE && character <= LAST_BRAILLE)
        return (wchar_t)by_dots[dots_of(character)];
    if (character >= FIRST_BOX && character <= LAST_BOX)
        return box_of(character);
    for (size_t i = 0; i < sizeof replacements / sizeof replacements[0]; i++)
        if (replacements[i].character == character)
            return (wchar_t)replacements[i].ascii;
    return L'?';
}
