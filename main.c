/*
 * main.c - the program starts here; everything else is in cli/.
 */
#include <signal.h>

#include "cli/cli.h"
#include "core/crash.h"
#include "core/opening.h"
#include "core/process.h"
#include "core/secret.h"

int main(int argc, char **argv)
{
    process_hold_standard_streams();
    secret_protect_process();
    opening_begin();
    /* A closed reader is an error of write(), seen and said in answer.c. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error, as a full disk is */
    (void)signal(SIGCHLD, SIG_DFL); /* or nobody hears how a program ended */
    int code = cli_main(argc, argv);
    crash_write_count();
    return code;
}
