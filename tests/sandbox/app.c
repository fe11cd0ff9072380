/* app.c - the application of each environment answers behind its alias. */
#include "sandbox/app.h"

#include "tests/sandbox_fixture.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

Test(app, answers_as_the_release_expects)
{
    static const struct {
        const char *path;
        int status;
        const char *holds;
    } cases[] = {
        {"/app/production/health", 200, "{\"success\":true,\"data\":{\"status\":\"healthy\""},
        {"/app/staging/health?x=/y", 200, "\"healthy\""},
        {"/app/dev/health", 200, "\"healthy\""},
        {"/app/production/users/me", 401, "\"success\":false"},
        {"/app/production/login", 200, "<title>FinAlly</title>"},
        {"/app/production", 200, "FinAlly"},
        {"/app/nowhere/health", 404, "Not Found"},
        {"/app/", 404, "Not Found"},
        {"/app/production/../dev/health", 404, ""},
    };
    struct box b = box_open(NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *body;
        cr_expect_eq(box_fetch(&b, "GET", cases[i].path, "", &body), cases[i].status, "%s: %s",
                     cases[i].path, body);
        cr_expect_not_null(strstr(body, cases[i].holds), "%s: %s", cases[i].path, body);
        free(body);
    }
    box_close(&b);
}
