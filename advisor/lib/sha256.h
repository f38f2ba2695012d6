/*
 * SHA-256 as lower-case hexadecimal, by libcrypto.
 */
#pragma once
#include <stddef.h>

void sha256_hex(const void *bytes, size_t len, char ret_hex[65]);
