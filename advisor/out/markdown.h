#pragma once
#include "out/out.h"

/* Text that Markdown shows as it is. */
void markdown_add(struct str *out, const char *text);
