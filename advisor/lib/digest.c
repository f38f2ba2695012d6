#include "lib/digest.h"

#include <openssl/sha.h>
#include <stdio.h>

void digest_sha256(const void *bytes, size_t len, char ret_hex[DIGEST_HEX])
{
        unsigned char md[SHA256_DIGEST_LENGTH];
        SHA256(bytes, len, md);
        for (size_t i = 0; i < sizeof md; i++)
                snprintf(ret_hex + 2 * i, 3, "%02x", md[i]);
}
