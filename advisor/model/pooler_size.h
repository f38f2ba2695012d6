/* The server side of PgBouncer: default_pool_size from the traffic behind it. Part of the model pool_size. */
#pragma once
#include "model/pool_fleet.h"

/* Adds advice for poolers that a row names, and sets fleet->pooler_slots to what poolers may open on the server afterwards. */
void pooler_size_advise(struct pool_fleet *fleet, struct advise_out *out);
