/*
 * Programs: what the files of a deployment start. A way of declaring them is a file here and a row of declarations.def; all of
 * them hand a command line to command.c, which knows servers and task queues (servers.def).
 */
#pragma once
#include "probes/source/config/config.h"
#include "probes/source/world.h"

/* Adds a program that stands at byte `at` of f; drop it again by s->programs.len-- when its command is none of Python. */
struct program *program_add(struct source *s, struct file *f, const char *declared_as, const char *name, uint32_t at);
/* A variable of its environment: the last one counts. */
void program_set(struct source *s, struct program *p, const char *name, const struct file *f, const struct entry *value);
void program_set_text(struct source *s, struct program *p, const char *name, const char *value, const struct file *f, uint32_t start, uint32_t end);
/* All variables of an environment file that `from` names; false when it is not in the tree. */
bool program_set_file(struct source *s, struct program *p, const struct file *from, const char *path);
/* `X=1` of a list. */
void program_set_pair(struct source *s, struct program *p, const struct file *f, const struct entry *pair);

/* The folder of the tree that a path on the host means: the longest tail of it that exists. NULL: none. */
const char *folder_of(struct source *s, const struct file *from, const char *path);

/* command.c: several may follow each other (the entrypoint and the command of a container); false when nothing of Python is started. */
bool command_read(struct source *s, struct program *p, const struct file *f, const struct entry *const *commands, size_t n);

/* words.c */
struct word {
        const char *text;
        uint32_t start, end; /* its bytes in the file; 0: it does not stand there as it is */
};
struct words {
        VEC(struct word);
};
/* As a shell (or JSON, when it begins with a bracket) would take it apart; variables of the program's environment are filled in. */
void words_split(struct source *s, const struct program *p, const struct file *f, const char *text, uint32_t start, bool verbatim, struct words *out);

/* scripts.c: the module behind the name of a script that the project installs, "" for none */
const char *script_module(struct source *s, const char *name);

/* server.c: postgres -c max_connections=200, redis-server --maxclients 100 */
void server_read(struct source *s, const char *service, const char *image, const struct file *f, const struct entry *const *commands, size_t n);
void setting_add(struct source *s, const char *system, const char *program, const char *name, const char *value, const struct file *f, uint32_t start, uint32_t end);

#define DECLARES(name) void declare_##name(struct source *s, struct file *f);
#include "probes/source/programs/declarations.def"
#undef DECLARES
