/*
 * findings.c - one refusal out of everything that a preflight found: the first that is wrong.
 */
#include "cli/findings.h"

#include <criterion/criterion.h>

#define PASS "{\"state\":\"pass\",\"step\":\"shift\",\"text\":\"fine\"}"
#define NOTE "{\"state\":\"note\",\"step\":\"shift\",\"text\":\"by the way\"}"
#define UNREAD "{\"state\":\"unknown\",\"step\":\"snapshot\",\"text\":\"not read\"}"
#define WRONG "{\"state\":\"fail\",\"step\":\"deploy\",\"text\":\"no image\"}"
#define MOVED                                                                                      \
    "{\"state\":\"fail\",\"step\":\"shift\",\"text\":\"kim moves it\",\"code\":\"locked\"}"

Test(findings, name_what_is_wrong_before_what_could_not_be_read)
{
    static const struct {
        const char *findings, *message, *code;
    } cases[] = {
        {"[" PASS "," UNREAD "," WRONG "]", "nothing was changed; deploy: no image", "gate-closed"},
        {"[" UNREAD "]", "nothing was changed; snapshot: not read", "gate-closed"},
        {"[" WRONG "," MOVED "]", "nothing was changed; deploy: no image", "locked"},
        {"[]", "nothing was changed; the preflight did not pass", "gate-closed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *findings = json_loads(cases[i].findings, 0, NULL);
        struct error err;
        cr_assert_not(findings_permit(findings, false, &err));
        cr_expect_eq(err.kind, ERROR_REFUSED);
        cr_expect_str_eq(err.message, cases[i].message);
        cr_expect_str_eq(err.code, cases[i].code);
        json_decref(findings);
    }
}

Test(findings, permit_what_passed)
{
    json_t *findings = json_loads("[" PASS "," NOTE "]", 0, NULL);
    struct error err = {.kind = ERROR_NONE};

    cr_expect(findings_permit(findings, true, &err));
    cr_expect_eq(err.kind, ERROR_NONE);
    json_decref(findings);
}
