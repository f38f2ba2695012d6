#include "model/model.h"

#include <math.h>
#include <string.h>

const struct model *const model_all[] = {
#define MODEL(name) &model_##name,
#include "model/models.def"
#undef MODEL
        NULL,
};

const struct model *model_by_name(const char *name)
{
        for (const struct model *const *m = model_all; *m; m++)
                if (!strcmp((*m)->name, name))
                        return *m;
        return NULL;
}

const char *rule_row_text(const struct rule_row *row, const char *name)
{
        for (size_t i = 0; i < row->n; i++)
                if (!strcmp(row->names[i], name))
                        return row->texts[i];
        return NULL;
}

double rule_row_number(const struct rule_row *row, const char *name)
{
        for (size_t i = 0; i < row->n; i++)
                if (!strcmp(row->names[i], name))
                        return row->numbers[i];
        return NAN;
}
