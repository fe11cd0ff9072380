/* sts.c - whose keys these are. */
#include "aws/sts.h"

#include "tests/aws_fixture.h"

Test(sts, knows_a_sign_in_that_has_ended_from_one_that_cannot_be_asked)
{
    static const struct {
        const char *code;
        bool has_ended;
    } cases[] = {
        {"ExpiredToken", true},
        {"ExpiredTokenException", true},
        {"RequestExpired", true},
        {"InvalidClientTokenId", true},
        {"InvalidAccessKeyId", true},
        {"UnrecognizedClientException", true},
        {"SignatureDoesNotMatch", false},
        {"RequestTimeTooSkewed", false},
        {"AccessDenied", false},
        {"TLS_NOT_TRUSTED", false},
        {"CONNECT", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {.kind = ERROR_DENIED};
        error_code(&err, cases[i].code);
        cr_expect_eq(sts_has_ended(&err), cases[i].has_ended, "%s", cases[i].code);
    }
}

Test(sts, reads_the_identity_or_says_that_it_cannot, .timeout = 60)
{
    static const struct {
        const char *status, *body;
        enum error_kind kind;
    } cases[] = {
        {"200 OK",
         "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
         "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ana</Arn><UserId>AIDA</"
         "UserId>"
         "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
         ERROR_NONE},
        {"200 OK", "<R><GetCallerIdentityResult/></R>", ERROR_INTERNAL},
        {"403 No",
         "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>m</Message></Error>"
         "</ErrorResponse>",
         ERROR_DENIED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        auto_free char *reply = fixture_reply(cases[i].status, "", cases[i].body);
        const struct scripted_step step = {reply, SCRIPTED_KEEP, 0};
        struct fixture f = fixture_open(&step, 1, NULL, "");
        struct sts_identity identity;
        struct error err = {0};
        bool is_ok = sts_get_caller_identity(f.aws, NULL, &identity, &err);
        cr_expect_eq(err.kind, cases[i].kind, "%s", err.message);
        if (is_ok) {
            cr_expect_str_eq(identity.account, "123456789012");
            cr_expect_str_eq(identity.arn, "arn:aws:iam::123456789012:user/ana");
            cr_expect_str_eq(identity.user_id, "AIDA");
        }
        cr_expect_not_null(
            strstr(f.server->requests[0], "\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15"));
        fixture_close(&f);
    }
}
