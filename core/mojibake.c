/*
 * mojibake.c - see mojibake.h. Byte tables: Unicode's ROMAN.TXT and CP1252.TXT; holes of CP1252 are
 * the C1 controls, as the WHATWG encoding standard decodes them, which also covers Latin-1.
 */
#include "core/mojibake.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "core/text.h"

#define MOST_ROUNDS 3 /* text that was damaged again and again */

static const uint16_t mac_roman[128] = {
    0x00c4, 0x00c5, 0x00c7, 0x00c9, 0x00d1, 0x00d6, 0x00dc, 0x00e1, 0x00e0, 0x00e2, 0x00e4, 0x00e3,
    0x00e5, 0x00e7, 0x00e9, 0x00e8, 0x00ea, 0x00eb, 0x00ed, 0x00ec, 0x00ee, 0x00ef, 0x00f1, 0x00f3,
    0x00f2, 0x00f4, 0x00f6, 0x00f5, 0x00fa, 0x00f9, 0x00fb, 0x00fc, 0x2020, 0x00b0, 0x00a2, 0x00a3,
    0x00a7, 0x2022, 0x00b6, 0x00df, 0x00ae, 0x00a9, 0x2122, 0x00b4, 0x00a8, 0x2260, 0x00c6, 0x00d8,
    0x221e, 0x00b1, 0x2264, 0x2265, 0x00a5, 0x00b5, 0x2202, 0x2211, 0x220f, 0x03c0, 0x222b, 0x00aa,
    0x00ba, 0x03a9, 0x00e6, 0x00f8, 0x00bf, 0x00a1, 0x00ac, 0x221a, 0x0192, 0x2248, 0x2206, 0x00ab,
    0x00bb, 0x2026, 0x00a0, 0x00c0, 0x00c3, 0x00d5, 0x0152, 0x0153, 0x2013, 0x2014, 0x201c, 0x201d,
    0x2018, 0x2019, 0x00f7, 0x25ca, 0x00ff, 0x0178, 0x2044, 0x20ac, 0x2039, 0x203a, 0xfb01, 0xfb02,
    0x2021, 0x00b7, 0x201a, 0x201e, 0x2030, 0x00c2, 0x00ca, 0x00c1, 0x00cb, 0x00c8, 0x00cd, 0x00ce,
    0x00cf, 0x00cc, 0x00d3, 0x00d4, 0xf8ff, 0x00d2, 0x00da, 0x00db, 0x00d9, 0x0131, 0x02c6, 0x02dc,
    0x00af, 0x02d8, 0x02d9, 0x02da, 0x00b8, 0x02dd, 0x02db, 0x02c7,
};

static const uint16_t windows_1252[128] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
    0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
    0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178, 0x00a0, 0x00a1, 0x00a2, 0x00a3,
    0x00a4, 0x00a5, 0x00a6, 0x00a7, 0x00a8, 0x00a9, 0x00aa, 0x00ab, 0x00ac, 0x00ad, 0x00ae, 0x00af,
    0x00b0, 0x00b1, 0x00b2, 0x00b3, 0x00b4, 0x00b5, 0x00b6, 0x00b7, 0x00b8, 0x00b9, 0x00ba, 0x00bb,
    0x00bc, 0x00bd, 0x00be, 0x00bf, 0x00c0, 0x00c1, 0x00c2, 0x00c3, 0x00c4, 0x00c5, 0x00c6, 0x00c7,
    0x00c8, 0x00c9, 0x00ca, 0x00cb, 0x00cc, 0x00cd, 0x00ce, 0x00cf, 0x00d0, 0x00d1, 0x00d2, 0x00d3,
    0x00d4, 0x00d5, 0x00d6, 0x00d7, 0x00d8, 0x00d9, 0x00da, 0x00db, 0x00dc, 0x00dd, 0x00de, 0x00df,
    0x00e0, 0x00e1, 0x00e2, 0x00e3, 0x00e4, 0x00e5, 0x00e6, 0x00e7, 0x00e8, 0x00e9, 0x00ea, 0x00eb,
    0x00ec, 0x00ed, 0x00ee, 0x00ef, 0x00f0, 0x00f1, 0x00f2, 0x00f3, 0x00f4, 0x00f5, 0x00f6, 0x00f7,
    0x00f8, 0x00f9, 0x00fa, 0x00fb, 0x00fc, 0x00fd, 0x00fe, 0x00ff,
};

/* Older tables: MacRoman's currency sign before the euro, and the ohm sign. Latin-1 keeps C1
 * controls. */
static const struct {
    uint16_t character;
    unsigned char byte;
} mac_roman_older[] = {{0x00a4, 0xdb}, {0x2126, 0xbd}};

static const struct codec {
    const char *name;
    const uint16_t *high; /* of the bytes 0x80 to 0xff */
    bool keeps_controls;  /* U+0080 to U+009F stand for their own byte */
} codecs[] = {
    /* First: Ã and © are é here, but also a rare accent in MacRoman; the other way round cannot
       happen. */
    {"Windows-1252", windows_1252, true},
    {"MacRoman", mac_roman, false},
};
#define CODEC_COUNT (sizeof codecs / sizeof codecs[0])

static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    if (lead >= 0xf0 && lead <= 0xf4)
        return 4;
    return 0;
}

/* Length of the valid UTF-8 character at s, 0 when it is none. */
static size_t character_length(const char *s, size_t len)
{
    size_t n = sequence_length((unsigned char)s[0]);

    return n != 0 && n <= len && text_is_utf8(s, n) ? n : 0;
}

static uint32_t decode(const char *s, size_t n)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t value = (unsigned char)s[0] & lead_bits[n];

    for (size_t i = 1; i < n; i++)
        value = value << 6 | ((unsigned char)s[i] & 0x3f);
    return value;
}

static void add_character(struct buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_addc(out, (char)c);
    } else if (c < 0x800) {
        buf_addc(out, (char)(0xc0 | c >> 6));
        buf_addc(out, (char)(0x80 | (c & 0x3f)));
    } else {
        buf_addc(out, (char)(0xe0 | c >> 12));
        buf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_addc(out, (char)(0x80 | (c & 0x3f)));
    }
}

/* The byte that this encoding reads as the character, 0 when there is none. */
static unsigned char byte_of(const struct codec *codec, uint32_t character)
{
    if (codec->keeps_controls && character >= 0x80 && character <= 0x9f)
        return (unsigned char)character;
    for (size_t i = 0; i < 128; i++)
        if (codec->high[i] == character)
            return (unsigned char)(0x80 + i);
    if (codec->high == mac_roman)
        for (size_t i = 0; i < sizeof mac_roman_older / sizeof mac_roman_older[0]; i++)
            if (mac_roman_older[i].character == character)
                return mac_roman_older[i].byte;
    return 0;
}

/*
 * Tries to read one damaged character at s: fills `original` (up to 4 bytes, *length of them) and
 * returns how many bytes of the damaged text it took, or 0.
 */
static size_t undamage(const struct codec *codec, const char *s, size_t len,
                       char original[static 4], size_t *length)
{
    size_t at = 0, want = 1;

    for (size_t i = 0; i < want; i++) {
        if (at >= len || (unsigned char)s[at] < 0x80)
            return 0;
        size_t n = character_length(s + at, len - at);
        unsigned char byte = n == 0 ? 0 : byte_of(codec, decode(s + at, n));
        if (byte == 0)
            return 0;
        if (i == 0)
            want = sequence_length(byte);
        if (want < 2)
            return 0;
        original[i] = (char)byte;
        at += n;
    }
    if (!text_is_utf8(original, want) || decode(original, want) < 0xa0)
        return 0;
    *length = want;
    return at;
}

/* Repairs into out (may be NULL: only counts). *left: characters beyond ASCII that stay as they
 * are. */
static size_t repair_with(const struct codec *codec, const char *s, size_t len, struct buf *out,
                          size_t *left)
{
    size_t places = 0;

    *left = 0;
    for (size_t i = 0; i < len;) {
        char original[4];
        size_t length = 0, taken = 0;
        if ((unsigned char)s[i] >= 0x80)
            taken = undamage(codec, s + i, len - i, original, &length);
        if (taken > 0) {
            places++;
            if (out != NULL)
                buf_add(out, original, length);
            i += taken;
            continue;
        }
        size_t n = character_length(s + i, len - i);
        n = n == 0 ? 1 : n;
        *left += n > 1;
        if (out != NULL)
            buf_add(out, s + i, n);
        i += n;
    }
    return places;
}

/* Replaces bytes that are not UTF-8 by what they are in Windows-1252; returns how many there were.
 */
static size_t scrub(const char *s, size_t len, struct buf *out)
{
    size_t count = 0;

    for (size_t i = 0; i < len;) {
        size_t n = character_length(s + i, len - i);
        if (n > 0) {
            buf_add(out, s + i, n);
            i += n;
            continue;
        }
        add_character(out, windows_1252[(unsigned char)s[i] - 0x80]);
        count++;
        i++;
    }
    return count;
}

static const char *plural(size_t count) { return count == 1 ? "" : "s"; }

char *mojibake_repair(const char *bytes, size_t len, struct buf *out)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    auto_buf said;
    auto_buf now;

    buf_init(&said, 512);
    buf_init(&now, len * 3 + 1);
    if (len >= 3 && memcmp(bytes, byte_order_mark, 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    size_t bad = scrub(bytes, len, &now);
    if (bad > 0)
        buf_addf(&said, "%zu byte%s not UTF-8, read as Windows-1252", bad,
                 bad == 1 ? " that is" : "s that are");
    for (int round = 0; round < MOST_ROUNDS; round++) {
        const struct codec *best = NULL;
        size_t best_places = 0, best_left = 0;
        for (size_t i = 0; i < CODEC_COUNT; i++) {
            size_t left, places = repair_with(&codecs[i], now.ptr, now.len, NULL, &left);
            if (places > best_places) {
                best = &codecs[i];
                best_places = places;
                best_left = left;
            }
        }
        if (best == NULL || best_places <= best_left)
            break;
        auto_buf next;
        buf_init(&next, now.len + 1);
        (void)repair_with(best, now.ptr, now.len, &next, &best_left);
        buf_addf(&said, "%sUTF-8 that was read as %s: repaired %zu place%s",
                 said.len > 0 ? "; " : "", best->name, best_places, plural(best_places));
        buf_reset(&now);
        buf_add(&now, next.ptr, next.len);
    }
    buf_add(out, now.ptr, now.len);
    return buf_steal(&said);
}
