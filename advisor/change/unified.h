/*
 * Unified diffs of bytes, as `patch -p1` takes them from `/`: paths a/abs and b/abs without the leading slash, missing files as
 * /dev/null, "\ No newline at end of file". Shortest edit script by Myers' algorithm (An O(ND) Difference Algorithm,
 * 1986) as long as the texts differ in fewer than 1000 lines; past that one hunk replaces all that lies between the equal
 * head and tail, which is correct and merely longer.
 */
#pragma once
#include "base/str.h"

/* before or after NULL: the file does not exist on that side. Writes nothing when both are equal. path is absolute. */
void unified_diff(struct str *out, const char *path, const char *before, size_t before_len, const char *after, size_t after_len);
