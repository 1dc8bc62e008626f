#include "cli/run_files.h"

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "twin/io/json_io.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *run_file_command(enum run_file_kind which, const char *run, const char *data,
                             char *text, size_t size)
{
    const struct run_file *f = &run_files[which];
    char *folder = text_quoted(run ? run : ""), *from = text_quoted(data ? data : "");
    const bool told = f->data && data;
    if (!folder || !from) cli_no_memory();
    snprintf(text, size, "spiketwin %s%s%s%s%s%s", f->verb, run ? " " : "", run ? folder : "",
             told ? " -d " : "", told ? from : "", run ? f->takes : "");
    free(folder);
    free(from);
    return text;
}

// The place of a file beside the net; false: the net lies in no run folder.
static bool place(char path[FILE_PATH], const char *net, const char *name)
{
    const char *slash = strrchr(net, '/');
    int n = slash ? (int)(slash - net) + 1 : 0;
    if (snprintf(path, FILE_PATH, "%.*s%s", n, net, run_files[RUN_TRAIN].name) >= FILE_PATH ||
        access(path, F_OK))
        return false;
    return snprintf(path, FILE_PATH, "%.*s%s", n, net, name) < FILE_PATH;
}

// The command that made what is there already, to be freed, where it is another one; NULL.
static char *command_before(const char *path, const cJSON *json)
{
    struct fail f;
    char *before = 0;
    cJSON *old = access(path, F_OK) ? 0 : json_read(path, &f);
    const cJSON *const of[] = {old, json};
    const char *command[2];
    for (int i = 0; i < 2; i++) {
        const cJSON *x = cJSON_GetObjectItemCaseSensitive(of[i], "provenance");
        command[i] = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(x, "command"));
    }
    if (command[0] && command[1] && strcmp(command[0], command[1]) != 0)
        before = strdup(command[0]);
    cJSON_Delete(old);
    return before;
}

void run_file_tell(enum run_file_kind which, const char *net, const struct cli_common *c,
                   cJSON *json)
{
    char path[FILE_PATH];
    struct fail f;
    if (c->json) {
        cli_print_json(json);
        return;
    }
    if (place(path, net, run_files[which].name)) {
        char *before = command_before(path, json);
        if (json_write(json, path, &f))
            cli_warn("the result is not kept in the run folder: %s", f.text);
        else if (!c->quiet)
            cli_tell("%s is written%s%s", path, before ? ", in place of that of " : "",
                     before ? before : "");
        free(before);
    }
    cJSON_Delete(json);
}
