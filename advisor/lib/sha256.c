#include "lib/sha256.h"

#include <openssl/sha.h>
#include <stdio.h>

void sha256_hex(const void *bytes, size_t len, char ret_hex[65])
{
        unsigned char digest[SHA256_DIGEST_LENGTH];
        SHA256(bytes, len, digest);
        for (size_t i = 0; i < sizeof digest; i++)
                sprintf(ret_hex + 2 * i, "%02x", digest[i]);
}
