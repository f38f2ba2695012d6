/*
 * Output formats of an analysis: one file per format and one row in outs.def. A format is a function from the analysis to text; where
 * the text goes is the command's business. Everything that came from outside is made visible first (str_add_visible).
 */
#pragma once
#include "base/str.h"
#include "change/change.h"
#include "config/config.h"

struct out_options {
        bool colour;
        bool verbose;          /* also rules that could not be judged, one by one, and evidence of findings */
        bool no_figures;       /* sources alone: there is nothing to measure */
        const char *subtitle;  /* what was analysed: "capture 12 of 2026-11-23 02:30 (60 s)", or NULL */
};

struct output {
        const char *name;
        const char *doc;
        int (*write)(const struct analysis *a, const struct config *config, const struct out_options *options, struct str *out, struct err *err);
};

#define OUTPUT(name) extern const struct output output_##name;
#include "out/outs.def"
#undef OUTPUT
extern const struct output *const output_all[]; /* NULL-terminated, sorted */
const struct output *output_by_name(const char *name);

/* Words that several formats share. */
const char *out_figure_value(char buf[32], const struct figure_spec *spec, double v);
const char *out_verdict(const struct analysis *a, const struct config *config, int figure); /* met missed unknown */
const char *out_effect(struct arena *a, const struct effect *e);
const char *out_change(struct arena *a, const struct change *c); /* several lines: where, before -> after, or the SQL */
size_t out_count(const struct analysis *a, enum severity severity, bool acknowledged);
