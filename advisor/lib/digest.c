#include "lib/digest.h"

#include <openssl/sha.h>

void digest_sha256(const void *bytes, size_t len, char ret_hex[DIGEST_HEX])
{
        unsigned char md[SHA256_DIGEST_LENGTH];
        SHA256(bytes, len, md);
        for (size_t i = 0; i < sizeof md; i++) {
                ret_hex[2 * i] = "0123456789abcdef"[md[i] >> 4];
                ret_hex[2 * i + 1] = "0123456789abcdef"[md[i] & 15];
        }
        ret_hex[2 * sizeof md] = '\0';
}
