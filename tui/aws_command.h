/*
 * aws_command.h - a call as a line for a shell: with the AWS CLI, or curl. Pure.
 */
#ifndef TUI_AWS_COMMAND_H
#define TUI_AWS_COMMAND_H

#include <jansson.h>

/*
 * Of {"service","operation","params"} (core/call.h): "aws lambda update-alias --function-name f
 * --routing-config '{...}' --region eu-central-1". region may be NULL or "". `${step.key}` stays as
 * it is: known at run time only. Quoted for a POSIX shell. Yours, one line.
 */
char *aws_command_text(const json_t *call, const char *region);

#endif
