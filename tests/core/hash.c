/* hash.c - SHA-256 (FIPS 180-4 examples) and HMAC-SHA-256 (RFC 4231). */
#include "core/hash.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(hash, gives_the_published_digests)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char hex[HASH_HEX_SIZE];
    for (size_t i = 0; i < COUNT(cases); i++) {
        hash_sha256_hex(cases[i].text, strlen(cases[i].text), hex);
        cr_expect_str_eq(hex, cases[i].hex);
    }
    hash_sha256_hex(NULL, 0, hex);
    cr_assert_str_eq(hex, cases[0].hex);
}

Test(hash, gives_the_published_macs)
{
    unsigned char long_key[131];
    memset(long_key, 0xaa, sizeof(long_key));
    static const char long_text[] = "Test Using Larger Than Block-Size Key - Hash Key First";
    const struct {
        const void *key;
        size_t key_len;
        const char *text, *hex;
    } cases[] = {
        {"Jefe", 4, "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {long_key, sizeof(long_key), long_text,
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned char mac[HASH_SIZE];
        char hex[HASH_HEX_SIZE];
        hash_hmac_sha256(cases[i].key, cases[i].key_len, cases[i].text, strlen(cases[i].text), mac);
        hash_hex(mac, hex);
        cr_expect_str_eq(hex, cases[i].hex, "case %zu", i);
    }
}

Test(hash, an_empty_key_after_another_is_still_empty)
{
    unsigned char mac[HASH_SIZE];
    unsigned char again[HASH_SIZE];
    hash_hmac_sha256("", 0, "x", 1, mac);
    hash_hmac_sha256("another", 7, "x", 1, again);
    hash_hmac_sha256(NULL, 0, "x", 1, again);
    cr_assert_arr_eq(mac, again, HASH_SIZE);
}

Test(hash, random_bytes_differ_and_fill_everything)
{
    unsigned char a[600] = {0};
    unsigned char b[600] = {0};
    hash_random(a, sizeof(a));
    hash_random(b, sizeof(b));
    cr_assert_arr_neq(a, b, sizeof(a));
    static const unsigned char zero[32];
    cr_assert_arr_neq(a + sizeof(a) - 32, zero, 32);
}

Test(hash, wipes)
{
    char key[] = "secret";
    hash_wipe(key, sizeof(key));
    static const char zero[sizeof(key)];
    cr_assert_arr_eq(key, zero, sizeof(key));
    hash_wipe(NULL, 0);
}
