// The command that was given, as a shell reads it back.
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

void command_set(int argc, char **argv); // main's

// "" before there is one.
const char *command_verb(void);

// The whole of it, under the name `program`, or under the one that it was called by if NULL;
// without an argument that is a start of `less` (an option without value, such as "--force") and
// with `more` at its end; NULL: nothing. malloc'd; dies where there is no memory.
char *command_text(const char *program, const char *less, const char *more);

#endif
