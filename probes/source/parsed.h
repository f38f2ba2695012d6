/*
 * Flat trees as bytes, by the hash of the text that they are of: who consults a file that did not change need not parse it. Five or six
 * bytes a node; decoding is some thirty times faster than parsing.
 */
#pragma once
#include "base/str.h"
#include "probes/source/source.h"

void parsed_write(const struct file *f, struct str *out);
/* Nodes, what does not parse and the note of it; false when these bytes cannot be of this file. Its bytes must be there. */
bool parsed_read(struct file *f, const void *bytes, size_t len);
