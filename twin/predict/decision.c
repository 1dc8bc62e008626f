#include "twin/predict/decision.h"

#include "model/lif/network.h"

int decision_classes(const struct net *n)
{
    int n_out = n->shape.layer[n->shape.n_layers - 1].n_out;
    return n->labels.n && n_out % n->labels.n == 0 ? n->labels.n : n_out;
}

int decision_heard(const struct net *n, const int32_t *count, int32_t heard[IMAGE_MAX_NEURONS])
{
    int classes = decision_classes(n), n_out = n->shape.layer[n->shape.n_layers - 1].n_out;
    net_class_counts(count, n_out, n_out / classes, heard);
    return classes;
}

uint16_t decision_of(const struct net *n, const int32_t *count)
{
    int32_t heard[IMAGE_MAX_NEURONS];
    int classes = decision_heard(n, count, heard), first = network_decide(heard, classes),
        equal = 0;
    for (int i = 0; i < classes; i++)
        equal += heard[i] == heard[first];
    return (uint16_t)(first | (heard[first] == 0 ? DECISION_SILENT
                               : equal > 1       ? DECISION_TIED
                                                 : 0));
}

static int first(const uint16_t *nominal, const uint16_t *chip, const uint16_t *label, int n,
                 bool nominal_right, bool chip_right)
{
    for (int i = 0; i < n; i++)
        if ((decision_class(nominal[i]) == label[i]) == nominal_right &&
            (decision_class(chip[i]) == label[i]) == chip_right)
            return i;
    return -1;
}

int decision_choose(int wanted, const uint16_t *nominal, const uint16_t *chip,
                    const uint16_t *label, int n)
{
    int i = wanted;
    if (i == DECISION_WRONG) {
        i = first(nominal, chip, label, n, true, false);
        if (i < 0) i = first(nominal, chip, label, n, false, false);
    } else if (i == DECISION_RIGHT)
        i = first(nominal, chip, label, n, true, true);
    return i < 0 ? 0 : i;
}
