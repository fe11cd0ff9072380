/* password.c - a password is read from where the configuration says, and from nowhere else. */
#include "db/password.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/secret.h"

static const struct {
    const char *reference, *content; /* of the file; NULL = none is needed */
    const char *password;            /* NULL = refused; "" = unset */
    enum error_kind kind;
} cases[] = {
    {"", NULL, "", ERROR_NONE},
    {"env:PASSWORD_OF_TEST", NULL, "from-the-environment", ERROR_NONE},
    {"env:PASSWORD_EMPTY", NULL, NULL, ERROR_DENIED},
    {"env:PASSWORD_NOT_SET", NULL, NULL, ERROR_DENIED},
    {"file:%s", "from a file\n", "from a file", ERROR_NONE},
    {"file:%s", "two\nlines\n", "two\nlines", ERROR_NONE},
    {"file:%s", "without a newline", "without a newline", ERROR_NONE},
    {"file:%s", "", NULL, ERROR_USAGE},
    {"file:%s", "\n", NULL, ERROR_USAGE},
    {"file:/nowhere/at/all", NULL, NULL, ERROR_DENIED},
    {"correct-horse-battery", NULL, NULL, ERROR_USAGE},
};

/* The reference with the path of a file that has the content, where it needs one. Yours. */
static char *prepare(size_t i, char path[static 64])
{
    path[0] = '\0';
    if (cases[i].content == NULL)
        return xstrdup(cases[i].reference);
    (void)snprintf(path, 64, "/tmp/flightdeck-password-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_geq(write(fd, cases[i].content, strlen(cases[i].content)), 0);
    close(fd);
    return xasprintf("file:%s", path);
}

Test(password, is_where_the_reference_says)
{
    setenv("PASSWORD_OF_TEST", "from-the-environment", 1);
    setenv("PASSWORD_EMPTY", "", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct secret secret;
        struct error err = {0};
        char path[64];
        secret_init(&secret);
        auto_free char *reference = prepare(i, path);
        bool ok = password_read(reference, &secret, &err);
        cr_expect_eq(ok, cases[i].password != NULL, "%s: %s", reference, err.message);
        cr_expect_eq(err.kind, cases[i].kind, "%s: %s", reference, err.message);
        if (ok && cases[i].password[0] != '\0')
            cr_expect_str_eq(secret.bytes, cases[i].password);
        else
            cr_expect_null(secret.bytes);
        cr_expect_null(strstr(err.message, "correct-horse"), "%s", err.message);
        secret_clear(&secret);
        if (path[0] != '\0')
            (void)unlink(path);
    }
}
