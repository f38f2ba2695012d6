/* The estimates of models as SQL functions: pool_wait_p95_ms(rate_hz, ...) in a rule is the formula in advisor/model/. */
#include "rule/engine.h"
#include "model/model.h"

int rule_functions_add(struct db *db, struct err *err)
{
        for (const struct model *const *m = model_all; *m; m++) {
                if (!(*m)->estimate)
                        continue;
                int r = db_add_function(db, (*m)->name, (*m)->nargs, (*m)->estimate, NULL, err);
                if (r < 0)
                        return r;
        }
        return 0;
}
