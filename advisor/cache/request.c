#include "cache/request.h"

#include <string.h>

uint64_t cache_key_of(const void *bytes, size_t len)
{
        const unsigned char *p = bytes;
        uint64_t h = UINT64_C(0xcbf29ce484222325) ^ len, word;
        for (; len >= 8; p += 8, len -= 8) {
                memcpy(&word, p, 8);
                h = cache_mix(h ^ word, UINT64_C(0x9e3779b97f4a7c15));
        }
        word = 0;
        memcpy(&word, p, len);
        return cache_mix(h ^ word, UINT64_C(0x9e3779b97f4a7c15));
}
