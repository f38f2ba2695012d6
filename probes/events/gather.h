/*
 * What a fleet sends, gathered between two writes to the history: histograms, gauges, counters, cache requests by template, losses by
 * process, and the trace of cache accesses. Bounded whatever is sent: a table that is full counts what it turned away.
 *
 * The trace keeps every access until it is full (GATHER_TRACE_MAX); from then on only keys whose hash is below a threshold
 * that halves each time, and drops the others that it holds. So it is at any time a sample of whole keys (a tenth of the keys with all their
 * accesses, not a tenth of the accesses): what miss-ratio curves need (Waldspurger et al., SHARDS, FAST 2015).
 */
#pragma once
#include "base/hist.h"
#include "probes/events/parse.h"
#include "probes/record.h"

enum { GATHER_SERIES_MAX = 2000, GATHER_PROCESSES_MAX = 1000, GATHER_TRACE_MAX = 400000 };

struct gather;

struct gather *gather_new(size_t trace_max); /* 0: GATHER_TRACE_MAX */
struct gather *gather_free(struct gather *g);

/* One datagram as received; its bytes are cut up. */
void gather_datagram(struct gather *g, char *bytes, size_t len, int64_t at_us);

struct gather_totals {
        int64_t datagrams, events, malformed, turned_away, lost, processes, accesses, trace_rows;
        double trace_frac; /* of keys kept: 1, 0.5, 0.25 ... */
};
struct gather_totals gather_totals(const struct gather *g);

/* Whether any event of that name arrived since the beginning. */
bool gather_saw(const struct gather *g, const char *metric);

/* Rows of one interval, between sink_begin and sink_end of the caller; then begins the next interval. */
void gather_emit(struct gather *g, struct sink *k, int64_t at_us, int64_t interval_us);

/* The losses, once, at the end. */
void gather_emit_end(struct gather *g, struct sink *k, int64_t at_us);

/* At most `max` rows of the trace from row `from` on; returns the next row, and gather_totals().trace_rows when all are out. */
size_t gather_emit_trace(const struct gather *g, struct sink *k, size_t from, size_t max);
