#include "base/build.h"

#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char id[65];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_note(const char *at, const char *end)
{
        while ((size_t)(end - at) >= sizeof(ElfW(Nhdr))) {
                const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
                const char *name = at + sizeof *note, *body = name + ((note->n_namesz + 3) & ~3u);
                if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(name, "GNU", 4))
                        for (size_t i = 0; i < note->n_descsz && i < 32; i++)
                                snprintf(id + 2 * i, 3, "%02x", (unsigned char)body[i]);
                at = body + ((note->n_descsz + 3) & ~3u);
        }
}

/* The first object is the program itself. */
static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
        (void)size, (void)arg;
        for (int i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *p = &info->dlpi_phdr[i];
                const char *at = (const char *)(info->dlpi_addr + p->p_vaddr);
                if (p->p_type == PT_NOTE)
                        read_note(at, at + p->p_memsz);
        }
        return 1;
}

static void find(void)
{
        dl_iterate_phdr(look, NULL);
}

const char *build_id(void)
{
        pthread_once(&once, find);
        return id;
}
