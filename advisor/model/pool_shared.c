#include "model/pool_shared.h"
#include "base/num.h"

#include <math.h>
#include <string.h>

/* A heap of (when, which). */
struct entry {
        double at;
        uint32_t job;
};

struct queue_heap {
        struct entry *items;
        size_t n;
};

static void push(struct queue_heap *h, double at, uint32_t job)
{
        size_t i = h->n++;
        for (; i && h->items[(i - 1) / 2].at > at; i = (i - 1) / 2)
                h->items[i] = h->items[(i - 1) / 2];
        h->items[i] = (struct entry){at, job};
}

static uint32_t pop(struct queue_heap *h)
{
        uint32_t job = h->items[0].job;
        struct entry last = h->items[--h->n];
        size_t i = 0;
        for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
                child += child + 1 < h->n && h->items[child + 1].at < h->items[child].at;
                if (h->items[child].at >= last.at)
                        break;
                h->items[i] = h->items[child];
        }
        h->items[i] = last;
        return job;
}

/* First come, first served, before `free` places. Jobs are chained by next[]. */
enum { NOBODY = UINT32_MAX };
struct gate {
        int free;
        uint32_t first, last;
};

static bool enter(struct gate *g, uint32_t *next, uint32_t job)
{
        if (g->free > 0) {
                g->free--;
                return true;
        }
        next[job] = NOBODY;
        if (g->first == NOBODY)
                g->first = job;
        else
                next[g->last] = job;
        g->last = job;
        return false;
}

/* Who may enter now, or NOBODY. */
static uint32_t leave(struct gate *g, const uint32_t *next)
{
        uint32_t job = g->first;
        if (job == NOBODY)
                g->free++;
        else
                g->first = next[job];
        return job;
}

/*
 * Sessions at work share one clock: work_done is what each of them would have got done since the beginning, so a session that starts
 * with w to do ends when the clock has gone w further, whatever the others do meanwhile to its pace.
 */
struct fleet_sim {
        const struct shared_shape *shape;
        struct pool_load *load;
        struct gate *processes, pooler;
        uint32_t *next;
        uint16_t *process;
        double *began;                 /* when the hold began */
        struct queue_heap working, thinking;
        double now, work_done, work_area, hold_sum, plain_sum;
};

static void begin_work(struct fleet_sim *f, uint32_t job)
{
        f->began[job] = f->now;
        f->load->wait_ms[job] = f->now - f->load->at_ms[job];
        push(&f->working, f->work_done + f->load->hold_ms[job] * f->shape->work_frac, job);
}

static void have_connection(struct fleet_sim *f, uint32_t job)
{
        if (!f->shape->pooler || enter(&f->pooler, f->next, job))
                begin_work(f, job);
}

static void give_back(struct fleet_sim *f, uint32_t job)
{
        uint32_t successor;
        if (job >= f->load->warm_up) {
                f->hold_sum += f->now - f->began[job];
                f->plain_sum += f->load->hold_ms[job];
        }
        f->began[job] = f->now - f->began[job]; /* from here on: how long it was held */
        if (f->shape->pooler && (successor = leave(&f->pooler, f->next)) != NOBODY)
                begin_work(f, successor);
        if ((successor = leave(&f->processes[f->process[job]], f->next)) != NOBODY)
                have_connection(f, successor);
}

static void advance(struct fleet_sim *f, double to, double speed)
{
        f->work_done += (to - f->now) * speed;
        f->work_area += (to - f->now) * (double)f->working.n;
        f->now = to;
}

static void run(struct fleet_sim *f)
{
        struct pool_load *l = f->load;
        for (size_t arrived = 0; arrived < l->n || f->working.n || f->thinking.n;) {
                double speed = db_speed(&f->shape->db, (int)f->working.n);
                double arrival = arrived < l->n ? l->at_ms[arrived] : INFINITY, thought = f->thinking.n ? f->thinking.items[0].at : INFINITY;
                double worked = f->working.n ? f->now + fmax(0, f->working.items[0].at - f->work_done) / speed : INFINITY;
                if (worked <= arrival && worked <= thought) {
                        advance(f, worked, speed);
                        uint32_t job = pop(&f->working);
                        push(&f->thinking, f->now + l->hold_ms[job] * (1 - f->shape->work_frac), job);
                } else if (thought <= arrival) {
                        advance(f, thought, speed);
                        give_back(f, pop(&f->thinking));
                } else {
                        advance(f, arrival, speed);
                        uint32_t job = (uint32_t)arrived++;
                        if (enter(&f->processes[f->process[job]], f->next, job))
                                have_connection(f, job);
                }
        }
}

static void begin(struct fleet_sim *f, struct arena *a)
{
        struct rng rng;
        rng_seed(&rng, 77);
        size_t n = f->load->n;
        f->next = arena_alloc(a, n * sizeof *f->next);
        f->process = arena_alloc(a, n * sizeof *f->process);
        f->began = arena_alloc(a, n * sizeof *f->began);
        f->working.items = arena_alloc(a, (n + 1) * sizeof(struct entry));
        f->thinking.items = arena_alloc(a, (n + 1) * sizeof(struct entry));
        f->processes = arena_alloc(a, (size_t)f->shape->processes * sizeof *f->processes);
        for (int i = 0; i < f->shape->processes; i++)
                f->processes[i] = (struct gate){f->shape->size, NOBODY, NOBODY};
        f->pooler = (struct gate){f->shape->pooler, NOBODY, NOBODY};
        for (size_t i = 0; i < n; i++)
                f->process[i] = (uint16_t)rng_below(&rng, (size_t)f->shape->processes);
}

struct shared_wait pool_shared(struct arena *a, struct pool_load *load, const struct shared_shape *shape)
{
        struct shared_wait r = {.wait = pool_wait_unknown, .working_mean = NAN, .stretch = NAN};
        if (shape->processes < 1 || shape->processes > UINT16_MAX || shape->size < 1 || shape->pooler < 0 || load->n <= load->warm_up || load->n >= NOBODY ||
            !(shape->work_frac >= 0 && shape->work_frac <= 1))
                return r;
        struct fleet_sim f = {.shape = shape, .load = load};
        begin(&f, a);
        run(&f);
        r.working_mean = f.now > 0 ? f.work_area / f.now : 0;
        r.stretch = f.plain_sum > 0 ? f.hold_sum / f.plain_sum : 1;
        double *plain = load->hold_ms;
        load->hold_ms = f.began;
        r.wait = pool_load_sum_up(load, 0);
        load->hold_ms = plain;
        return r;
}
