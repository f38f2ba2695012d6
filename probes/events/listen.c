#include "probes/events/listen.h"
#include "base/str.h"
#include "base/sys.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { DATAGRAM_MAX = 8192, BATCH = 32, WAITING_MAX = 8 << 20, RCVBUF = 4 << 20 };

/* Datagrams one after another: this header, then the bytes, padded to 8. */
struct header {
        int64_t at_us;
        uint64_t len;
};

struct buffer {
        char *bytes;
        size_t len;
};

struct listener {
        int fd, stop_fd;
        pthread_t thread;
        bool running;
        pthread_mutex_t lock;   /* of filling and dropped */
        struct buffer filling, taken;
        int64_t dropped;
        char path[sizeof((struct sockaddr_un *)0)->sun_path]; /* "" for UDP */
        dev_t dev;
        ino_t ino;
};

/* ── The thread ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static void keep(struct listener *l, const char *bytes, size_t len, bool cut, int64_t at_us)
{
        size_t padded = (len + 7) & ~(size_t)7;
        if (cut || l->filling.len + sizeof(struct header) + padded > WAITING_MAX) {
                l->dropped++;
                return;
        }
        struct header h = {at_us, len};
        memcpy(l->filling.bytes + l->filling.len, &h, sizeof h);
        memcpy(l->filling.bytes + l->filling.len + sizeof h, bytes, len);
        l->filling.len += sizeof h + padded;
}

static void receive(struct listener *l, struct mmsghdr messages[BATCH])
{
        for (;;) {
                int n = recvmmsg(l->fd, messages, BATCH, MSG_DONTWAIT, NULL);
                if (n <= 0)
                        return;
                int64_t now = sys.realtime_us();
                pthread_mutex_lock(&l->lock);
                for (int i = 0; i < n; i++)
                        keep(l, messages[i].msg_hdr.msg_iov->iov_base, messages[i].msg_len, messages[i].msg_hdr.msg_flags & MSG_TRUNC, now);
                pthread_mutex_unlock(&l->lock);
        }
}

static void *receive_until_stopped(void *arg)
{
        struct listener *l = arg;
        static _Thread_local char bytes[BATCH][DATAGRAM_MAX];
        struct mmsghdr messages[BATCH] = {0};
        struct iovec vecs[BATCH];
        for (int i = 0; i < BATCH; i++) {
                vecs[i] = (struct iovec){bytes[i], DATAGRAM_MAX};
                messages[i].msg_hdr = (struct msghdr){.msg_iov = &vecs[i], .msg_iovlen = 1};
        }
        for (;;) {
                struct pollfd fds[] = {{.fd = l->fd, .events = POLLIN}, {.fd = l->stop_fd, .events = POLLIN}};
                if (poll(fds, 2, -1) < 0 && errno != EINTR)
                        return NULL;
                receive(l, messages);
                if (fds[1].revents)
                        return NULL;
        }
}

/* Signals stay with the main thread, which ends its capture by them. */
static int start_thread(struct listener *l, struct err *err)
{
        sigset_t all, old;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        int r = pthread_create(&l->thread, NULL, receive_until_stopped, l);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        if (r)
                return err_set(err, ERR_IO, "cannot start the thread that receives events: %s", strerror(r));
        l->running = true;
        return 0;
}

/* ── The socket ───────────────────────────────────────────────────────────────────────────────────────────────────── */

static int remove_stale(const char *path, const struct sockaddr_un *address, struct err *err)
{
        struct stat st;
        if (lstat(path, &st) < 0)
                return 0;
        if (!S_ISSOCK(st.st_mode))
                return err_set(err, ERR_REFUSED, "'%s' is there and is no socket", path);
        CLEANUP(close) int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof *address) == 0) {
                err_set(err, ERR_REFUSED, "another process listens at '%s'", path);
                return err_hint(err, "Only one capture can receive events at a time.");
        }
        if (st.st_uid != geteuid())
                return err_set(err, ERR_REFUSED, "'%s' belongs to another user", path);
        return sys.unlinkat(AT_FDCWD, path, 0) < 0 ? err_errno(err, ERR_IO, "cannot remove the stale socket '%s'", path) : 0;
}

static int bind_unix(struct listener *l, const char *path, struct err *err)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        if (*path != '/' || strlen(path) >= sizeof address.sun_path)
                return err_set(err, ERR_CONFIG, "events.listen: '%s' must be absolute and shorter than %zu bytes", path, sizeof address.sun_path);
        strcpy(address.sun_path, path);
        int r = remove_stale(path, &address, err);
        if (r < 0)
                return r;
        l->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        mode_t old = umask(0111);
        r = l->fd < 0 ? -1 : bind(l->fd, (struct sockaddr *)&address, sizeof address);
        umask(old);
        if (r < 0)
                return err_errno(err, ERR_IO, "cannot listen for events at '%s'", path);
        struct stat st;
        if (lstat(path, &st) == 0) {
                strcpy(l->path, path);
                l->dev = st.st_dev;
                l->ino = st.st_ino;
        }
        return 0;
}

static int bind_udp(struct listener *l, const char *where, struct err *err)
{
        struct sockaddr_in address = {.sin_family = AF_INET};
        char host[64];
        const char *colon = strrchr(where, ':');
        char *end = NULL;
        long port = colon ? strtol(colon + 1, &end, 10) : 0;
        if (!colon || *end || port < 1 || port > 65535 || (size_t)(colon - where) >= sizeof host)
                return err_set(err, ERR_CONFIG, "events.listen: 'udp:%s' must be udp:127.0.0.1:port", where);
        snprintf(host, sizeof host, "%.*s", (int)(colon - where), where);
        if (inet_pton(AF_INET, !strcmp(host, "localhost") || !*host ? "127.0.0.1" : host, &address.sin_addr) != 1 ||
            ntohl(address.sin_addr.s_addr) >> 24 != 127)
                return err_set(err, ERR_CONFIG, "events.listen: '%s' is not a loopback address", host);
        address.sin_port = htons((uint16_t)port);
        l->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&address, sizeof address) < 0)
                return err_errno(err, errno == EADDRINUSE ? ERR_REFUSED : ERR_IO, "cannot listen for events at udp:%s", where);
        return 0;
}

int listener_open(const char *address, struct listener **ret_listener, struct err *err)
{
        CLEANUP(listener_close) struct listener *l = calloc(1, sizeof *l);
        if (!l)
                return err_set(err, ERR_IO, "out of memory");
        l->fd = -1;
        l->stop_fd = eventfd(0, EFD_CLOEXEC);
        pthread_mutex_init(&l->lock, NULL);
        l->filling.bytes = malloc(WAITING_MAX);
        l->taken.bytes = malloc(WAITING_MAX);
        if (!l->filling.bytes || !l->taken.bytes || l->stop_fd < 0)
                return err_set(err, ERR_IO, "no memory for events");
        int r = str_starts(address, "unix:") ? bind_unix(l, address + 5, err)
              : str_starts(address, "udp:")  ? bind_udp(l, address + 4, err)
                                             : err_set(err, ERR_CONFIG, "events.listen: '%s' is neither unix:/path nor udp:host:port", address);
        if (r < 0)
                return r;
        int size = RCVBUF;
        if (setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
                setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        if ((r = start_thread(l, err)) < 0)
                return r;
        *ret_listener = take(l);
        return 0;
}

struct listener *listener_close(struct listener *l)
{
        if (!l)
                return NULL;
        if (l->running) {
                eventfd_write(l->stop_fd, 1);
                pthread_join(l->thread, NULL);
        }
        struct stat st;
        if (*l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
                sys.unlinkat(AT_FDCWD, l->path, 0);
        if (l->fd >= 0)
                close(l->fd);
        if (l->stop_fd >= 0)
                close(l->stop_fd);
        pthread_mutex_destroy(&l->lock);
        free(l->filling.bytes);
        free(l->taken.bytes);
        free(l);
        return NULL;
}

size_t listener_take(struct listener *l, void (*f)(void *arg, char *bytes, size_t len, int64_t at_us), void *arg)
{
        pthread_mutex_lock(&l->lock);
        struct buffer full = l->filling;
        l->filling = (struct buffer){.bytes = l->taken.bytes};
        pthread_mutex_unlock(&l->lock);
        l->taken = full;
        size_t count = 0;
        for (size_t at = 0; at < full.len; count++) {
                struct header h;
                memcpy(&h, full.bytes + at, sizeof h);
                f(arg, full.bytes + at + sizeof h, h.len, h.at_us);
                at += sizeof h + ((h.len + 7) & ~(uint64_t)7);
        }
        l->taken.len = 0;
        return count;
}

int64_t listener_dropped(struct listener *l)
{
        pthread_mutex_lock(&l->lock);
        int64_t n = l->dropped;
        pthread_mutex_unlock(&l->lock);
        return n;
}
