// Runs the checks of kill_words.c and kill_networks.c against one mutant of the model after
// another, each in a process of its own: it may crash, or never end. Says of each "N killed WHERE"
// or "N survived". Mutant 0 is the model as it is.
//
//   kill_model NUMBER[:FIRST]...    FIRST: w, i, n, m or d, the checks that most likely see it
#include "tests/mutants/kill/kill_model.h"

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int mutant_selected;

enum { SECONDS = 8 }; // of processor time; all checks of the original take less than two

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        fflush(stdout);
        pid_t child = fork();
        if (child < 0) return 2;
        if (child == 0) {
            struct rlimit limit = {SECONDS, SECONDS}, none = {0, 0};
            setrlimit(RLIMIT_CPU, &limit);
            setrlimit(RLIMIT_CORE, &none);
            alarm(20 * SECONDS);
            mutant_selected = atoi(argv[i]);
            const char *first = strchr(argv[i], ':');
            int where = first && first[1] == 'n'   ? check_networks()
                        : first && first[1] == 'i' ? check_images()
                        : first && first[1] == 'd' ? check_dpi_runs()
                        : first && first[1] == 'm' ? check_many()
                                                   : 0;
            if (!where) where = check_words();
            if (!where) where = check_images();
            if (!where) where = check_networks();
            if (!where) where = check_many();
            if (!where) where = check_dpi_rules();
            if (!where) where = check_dpi_runs();
            _exit(where ? 1 + where % 100 : 0);
        }
        int status;
        if (waitpid(child, &status, 0) != child) return 2;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
            printf("%d survived\n", atoi(argv[i]));
        else
            printf("%d killed %d\n", atoi(argv[i]), WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    }
    return 0;
}
