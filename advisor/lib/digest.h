/* SHA-256 by libcrypto. */
#pragma once
#include "base/arena.h"

#include <stddef.h>

enum { DIGEST_HEX = 65 };

/* 64 hex digits and NUL. */
void digest_sha256(const void *bytes, size_t len, char ret_hex[DIGEST_HEX]);
