/* ini.c - the shared files are read as botocore reads them, and a broken line is an error. */
#include "aws/ini.h"

#include <criterion/criterion.h>
#include <string.h>

static struct ini *parse(const char *text)
{
    struct ini *ini = NULL;
    struct error err;
    cr_assert(ini_parse(text, strlen(text), "config", &ini, &err), "%s", err.message);
    return ini;
}

Test(ini, reads_sections_keys_and_sub_keys)
{
    struct ini *ini = parse("\xEF\xBB\xBF# comment\r\n"
                            "[default]\r\n"
                            "region = eu-central-1\r\n"
                            "AWS_Access_Key_ID=AKIA\n"
                            "  ; an indented comment\n"
                            "empty =\n"
                            "\n"
                            "[profile \"my team\"]\n"
                            "  region: us-east-1\n"
                            "  s3 =\n"
                            "    max_concurrent = 4\n"
                            "  output = a = b # not a comment\n"
                            "[services local]\n"
                            "lambda =\n"
                            "  endpoint_url = http://localhost:1\n"
                            "rds = \n"
                            "  endpoint_url = http://localhost:2\n"
                            "[default]\n"
                            "output = json");
    cr_expect_str_eq(ini_get(ini, "default", "region"), "eu-central-1");
    cr_expect_str_eq(ini_get(ini, "default", "aws_access_key_id"), "AKIA");
    cr_expect_str_eq(ini_get(ini, "default", "output"), "json");
    cr_expect_null(ini_get(ini, "default", "empty"));
    cr_expect_null(ini_get(ini, "default", "absent"));
    cr_expect(ini_has_section(ini, "profile my team"));
    cr_expect_not(ini_has_section(ini, "my team"));
    cr_expect_str_eq(ini_get(ini, "profile my team", "region"), "us-east-1");
    cr_expect_str_eq(ini_get(ini, "profile my team", "output"), "a = b # not a comment");
    cr_expect_str_eq(ini_get_nested(ini, "profile my team", "s3", "max_concurrent"), "4");
    cr_expect_str_eq(ini_get_nested(ini, "services local", "lambda", "endpoint_url"),
                     "http://localhost:1");
    cr_expect_str_eq(ini_get_nested(ini, "services local", "rds", "endpoint_url"),
                     "http://localhost:2");
    ini_free(ini);
}

Test(ini, says_where_a_file_is_broken_without_showing_the_line)
{
    static const struct {
        const char *text, *at;
    } cases[] = {
        {"region = x\n", "config:1:1"},
        {"[default\nregion = x\n", "config:1:1"},
        {"[]\n", "config:1:1"},
        {"[a]\n\nsecretsecret\n", "config:3:1"},
        {"[a]\n= secretsecret\n", "config:2:1"},
        {"[a]\nk = 1\n  x = secretsecret\n", "config:3:1"},
        {"[a]\nk = 1\nk = secretsecret\n", "config:3:1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ini *ini = NULL;
        struct error err = {0};
        cr_expect_not(ini_parse(cases[i].text, strlen(cases[i].text), "config", &ini, &err));
        cr_expect_eq(err.kind, ERROR_DENIED);
        cr_expect_str_eq(err.at, cases[i].at, "%s: %s", cases[i].text, err.message);
        cr_expect_null(strstr(err.message, "secretsecret"));
    }
}

Test(ini, a_missing_file_is_empty_and_an_unreadable_one_is_an_error)
{
    struct ini *ini = NULL;
    struct error err;
    cr_assert(ini_load("/nonexistent/config", &ini, &err));
    cr_expect_not(ini_has_section(ini, "default"));
    ini_free(ini);
    cr_assert(ini_load("/dev/null", &ini, &err));
    ini_free(ini);
    cr_expect_not(ini_load("/", &ini, &err));
    cr_expect_eq(err.kind, ERROR_DENIED);
}
