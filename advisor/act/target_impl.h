/* For target.c and target_write.c only. */
#pragma once
#include "act/target.h"

struct target {
        int dirfd;
        const char *path, *name;
        uint64_t mount; /* of the directory; 0 unknown */
};

/* The attributes that a replaced file keeps: user.*, trusted.* (for root), capabilities, the access ACL. */
int target_attrs_read(struct arena *a, int fd, const char *path, struct target_image *image, struct err *err);
