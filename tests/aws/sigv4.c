/* sigv4.c - every stage of signing gives what botocore computed for the vectors. */
#include "aws/sigv4.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "tests/source_path.h"

#define KEY_ID "AKIAEXAMPLEEXAMPLE00"
#define SECRET "not/a+real=secret/just40characterslong00"
#define MAX_HEADERS 16

static char *vectors_path(const char *name, const char *file)
{
    auto_free char *path = xasprintf("tests/vectors/sigv4/%s%s%s", name, file[0] ? "/" : "", file);
    return source_path(path);
}

static char *read_vector(const char *name, const char *file)
{
    auto_free char *path = vectors_path(name, file);
    FILE *stream = fopen(path, "rb");
    cr_assert_not_null(stream, "%s", path);
    struct buf content;
    buf_init(&content, 1 << 20);
    char chunk[1024];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, stream)) > 0;)
        buf_add(&content, chunk, got);
    fclose(stream);
    return buf_steal(&content);
}

struct vector {
    char *text; /* request.txt, cut into pieces in place */
    struct sigv4_header headers[MAX_HEADERS];
    char payload_hash[HASH_HEX_SIZE];
    char *service;
    struct sigv4_request request;
    struct sigv4_scope scope;
};

/* A line break that a header value goes on behind is followed by a blank. */
static char *end_of_header(char *line)
{
    char *end = strchr(line, '\n');
    while (end && end[1] == ' ')
        end = strchr(end + 1, '\n');
    return end;
}

static void load(const char *name, struct vector *v)
{
    v->text = read_vector(name, "request.txt");
    v->service = read_vector(name, "service.txt");
    char *body = strstr(v->text, "\n\n");
    cr_assert_not_null(body, "%s", name);
    body[1] = '\0';
    body += 2;
    char *line_end = strchr(v->text, '\n');
    *line_end = '\0';
    char *target = strchr(v->text, ' ');
    *target++ = '\0';
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    size_t count = 0;
    for (char *line = line_end + 1; *line;) {
        char *end = end_of_header(line);
        *end = '\0';
        char *colon = strchr(line, ':');
        *colon = '\0';
        v->headers[count++] = (struct sigv4_header){line, colon + 2};
        line = end + 1;
    }
    hash_sha256_hex(body, strlen(body), v->payload_hash);
    bool is_unsigned = strstr(name, "unsigned-payload") != NULL;
    v->request =
        (struct sigv4_request){.method = v->text,
                               .path = target,
                               .query = query ? query : "",
                               .headers = v->headers,
                               .header_count = count,
                               .payload_hash = is_unsigned ? "UNSIGNED-PAYLOAD" : v->payload_hash,
                               .is_s3 = strcmp(v->service, "s3") == 0};
    v->scope = (struct sigv4_scope){.key_id = KEY_ID,
                                    .secret_key = SECRET,
                                    .region = "eu-central-1",
                                    .service = v->service,
                                    .timestamp = "20261124T101112Z"};
}

static void check(const char *name)
{
    struct vector v;
    auto_buf canonical = {0};
    auto_buf names = {0};
    auto_buf to_sign = {0};
    auto_buf authorization = {0};
    load(name, &v);
    buf_init(&canonical, 1 << 20);
    buf_init(&names, 1 << 20);
    buf_init(&to_sign, 1 << 20);
    buf_init(&authorization, 1 << 20);
    sigv4_canonical_request(&v.request, &canonical, &names);
    sigv4_string_to_sign(&v.scope, &canonical, &to_sign);
    sigv4_authorization(&v.request, &v.scope, &authorization);
    auto_free char *expected_canonical = read_vector(name, "canonical.txt");
    auto_free char *expected_to_sign = read_vector(name, "string-to-sign.txt");
    auto_free char *expected_authorization = read_vector(name, "authorization.txt");
    cr_expect_str_eq(canonical.ptr, expected_canonical, "%s\n%s\n--\n%s", name, canonical.ptr,
                     expected_canonical);
    cr_expect_str_eq(to_sign.ptr, expected_to_sign, "%s", name);
    cr_expect_str_eq(authorization.ptr, expected_authorization, "%s", name);
    free(v.text);
    free(v.service);
}

Test(sigv4, signs_every_vector_as_botocore_does)
{
    auto_free char *root = vectors_path("", "");
    DIR *folder = opendir(root);
    cr_assert_not_null(folder);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.' || strchr(entry->d_name, '.'))
            continue;
        check(entry->d_name);
        count++;
    }
    closedir(folder);
    cr_expect_geq(count, 30);
}

Test(sigv4, signs_exactly_the_names_it_is_given)
{
    static const struct sigv4_header headers[] = {
        {"Host", "h"}, {"X-Amz-Date", "20261124T101112Z"}, {"X-Other", "1"}, {"X-Amz-A", "2"}};
    const struct sigv4_request request = {.method = "GET",
                                          .path = "/",
                                          .query = "",
                                          .headers = headers,
                                          .header_count = 4,
                                          .signed_names = "host;x-amz-date;x-other",
                                          .payload_hash = "UNSIGNED-PAYLOAD"};
    auto_buf canonical = {0};
    auto_buf names = {0};
    buf_init(&canonical, 1 << 20);
    buf_init(&names, 1 << 20);
    sigv4_canonical_request(&request, &canonical, &names);
    cr_expect_str_eq(names.ptr, "host;x-amz-date;x-other");
    cr_expect_str_eq(canonical.ptr, "GET\n/\n\nhost:h\nx-amz-date:20261124T101112Z\nx-other:1\n\n"
                                    "host;x-amz-date;x-other\nUNSIGNED-PAYLOAD");
}

Test(sigv4, writes_the_time_as_aws_does)
{
    char stamp[20];
    sigv4_timestamp(1440938160000, stamp);
    cr_expect_str_eq(stamp, "20150830T123600Z");
    sigv4_timestamp(1440938160999, stamp);
    cr_expect_str_eq(stamp, "20150830T123600Z");
}

Test(sigv4, decodes_and_encodes_queries_of_any_spelling)
{
    static const struct {
        const char *query, *canonical;
    } cases[] = {
        {"a=%7E&b=~", "a=~&b=~"},
        {"a=%2f", "a=%2F"},
        {"a=%zz&b=%2", "a=%25zz&b=%252"},
        {"&&a=1&", "a=1"},
        {"a=b=c", "a=b%3Dc"},
        {"a=%00", "a=%00"},
        {"=v", "=v"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct sigv4_request request = {.method = "GET",
                                              .path = "/",
                                              .query = cases[i].query,
                                              .payload_hash = "UNSIGNED-PAYLOAD"};
        auto_buf canonical = {0};
        auto_buf names = {0};
        buf_init(&canonical, 1 << 20);
        buf_init(&names, 1 << 20);
        sigv4_canonical_request(&request, &canonical, &names);
        auto_free char *expected =
            xasprintf("GET\n/\n%s\n\n\n\nUNSIGNED-PAYLOAD", cases[i].canonical);
        cr_expect_str_eq(canonical.ptr, expected, "%s: %s", cases[i].query, canonical.ptr);
    }
}
