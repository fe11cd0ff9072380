/* aws_command.c - a call becomes a line that a shell takes as it was meant. */
#include "tui/aws_command.h"

#include <criterion/criterion.h>
#include <jansson.h>

#include "core/mem.h"

static const struct {
    const char *call, *region, *command;
} cases[] = {
    {"{\"service\":\"lambda\",\"operation\":\"UpdateAlias\",\"params\":{\"FunctionName\":\"f\","
     "\"RoutingConfig\":{\"AdditionalVersionWeights\":{\"42\":0.25}},\"Description\":\"it's\"}}",
     "eu-central-1",
     "aws lambda update-alias --function-name f --routing-config "
     "'{\"AdditionalVersionWeights\":{\"42\":0.25}}' --description 'it'\\''s' --region "
     "eu-central-1"},
    {"{\"service\":\"rds\",\"operation\":\"CreateDBSnapshot\",\"params\":{"
     "\"DBInstanceIdentifier\":\"db\"}}",
     "", "aws rds create-db-snapshot --db-instance-identifier db"},
    {"{\"service\":\"lambda\",\"operation\":\"PublishVersion\",\"params\":{\"CodeSha256\":\"$(x)\"}"
     "}",
     NULL, "aws lambda publish-version --code-sha256 '$(x)'"},
    {"{\"service\":\"http\",\"operation\":\"GET\",\"params\":{\"url\":\"https://a/b?c=1&d\"}}", "r",
     "curl -sS 'https://a/b?c=1&d'"},
    {"{\"service\":\"command\",\"operation\":\"run\",\"params\":{\"command\":\"make -C x\"}}", "r",
     "make -C x"},
    {"{\"service\":\"lambda\",\"operation\":\"Invoke\",\"params\":{\"FunctionName\":\"f\","
     "\"Request\":\"GET /health\"}}",
     "r",
     "aws lambda invoke --function-name f --region r --payload fileb://event.json /dev/stdout # an "
     "event for GET /health"},
    {"{\"service\":\"lambda\",\"operation\":\"GetAlias\",\"params\":{\"Name\":\"a\\u001b[2Jb\\nc\"}"
     "}",
     "", "aws lambda get-alias --name 'a\\x1b[2Jb\\x0ac'"},
};

Test(aws_command, is_quoted_for_a_shell_and_safe_to_show)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *call = json_loads(cases[i].call, 0, NULL);
        cr_assert_not_null(call, "%s", cases[i].call);
        auto_free char *text = aws_command_text(call, cases[i].region);
        cr_expect_str_eq(text, cases[i].command);
        json_decref(call);
    }
}
