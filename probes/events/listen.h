/*
 * A datagram socket that a thread of its own empties into memory.
 *
 * A unix datagram socket holds only net.unix.max_dgram_qlen datagrams (10 by default) whatever its buffer size, and senders drop what
 * does not fit: a poll loop that writes to the history in between would lose events. So the thread only receives, and
 * listen_take() hands over what has come since the last call. At most 8 MB wait; beyond that datagrams are dropped and counted.
 */
#pragma once
#include "base/cleanup.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct listener;

/*
 * "unix:/path" or "udp:127.0.0.1:8125" (loopback only). A socket file that a dead process of this user left behind is
 * replaced; one that is in use, or no socket, or somebody else's, is refused. The file has mode 0666, so that other users' programs can send.
 */
int listener_open(const char *address, struct listener **ret_listener, struct err *err);

/* Ends the thread, closes, and removes the socket file when it is still ours. */
struct listener *listener_close(struct listener *l);
DEFINE_CLEANUP(struct listener *, listener_close)

/* Calls f for each datagram since the last call; the bytes may be changed. Returns how many. */
size_t listener_take(struct listener *l, void (*f)(void *arg, char *bytes, size_t len, int64_t at_us), void *arg);

int64_t listener_dropped(struct listener *l); /* for want of memory, or cut off as too long */
