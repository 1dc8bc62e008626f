// "did you mean": the word that is nearest to one that there is not.
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

struct nearest {
    const char *given;
    const char *word; // NULL: none is near
    int edits;
};

struct nearest nearest_to(const char *given);
void nearest_try(struct nearest *n,
                 const char *word); // of two that are as near the first that was tried

#endif
