/* Where the analysis of sources keeps what it found: the history, opened for that alone. */
#pragma once
#include "cmd/cmd.h"
#include "store/store.h"

/* NULL when the state folder cannot be used: the analysis then looks at every file, and --verbose says why. */
struct store *app_source_cache(struct app *app);
