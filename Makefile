# perfadvise. `make help` lists the targets. CFLAGS, LDFLAGS, CC, prefix and DESTDIR are yours; ours are added to them.

prefix ?= /usr/local
V ?= 0
Q = $(if $(filter 1,$(V)),,@)
VERSION := $(shell sed -n 's/^## \([0-9][^ ]*\).*/\1/p' CHANGELOG.md 2>/dev/null | head -n 1)
FLAVOUR ?=
B := build$(if $(FLAVOUR),/$(FLAVOUR))

PACKAGES := libpq yaml-0.1 sqlite3 tree-sitter hiredis jansson libcrypto zlib liblzma libzstd
CC ?= cc
CFLAGS ?= -O2 -g
GRAMMARS := build/grammars/node_modules
GRAMMAR_DIRS := tree-sitter-python @tree-sitter-grammars/tree-sitter-toml @tree-sitter-grammars/tree-sitter-yaml

pa_cppflags = -D_GNU_SOURCE -DPERFADVISE_VERSION='"$(or $(VERSION),dev)"' -DRULES_DIR='"$(prefix)/share/perfadvise/rules"' \
              -I. -Iadvisor $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
pa_warnings = -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-missing-field-initializers \
              $(if $(CI),-Werror)
pa_harden = -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE -ftrivial-auto-var-init=zero \
            -Werror=format-security $(if $(filter asan,$(FLAVOUR)),,-D_FORTIFY_SOURCE=2)
pa_cflags = -std=gnu17 $(pa_warnings) $(pa_harden) -MMD -MP $(flavour_$(FLAVOUR))
pa_ldflags = -pie -Wl,--build-id=sha1 -Wl,-z,relro,-z,now,-z,noexecstack $(flavour_ld_$(FLAVOUR))
# Debian's static libtree-sitter, where it is: the parser calls itself a billion times, and not through a PLT.
tree_sitter_a := $(shell $(CC) -print-file-name=libtree-sitter.a)
static_libs = $(if $(filter /%,$(tree_sitter_a)),$(patsubst -ltree-sitter,$(tree_sitter_a),$(1)),$(1))
pa_libs = $(call static_libs,$(shell pkg-config --libs $(PACKAGES) 2>/dev/null)) -lpg_query -lm -lpthread
flavour_asan = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1
flavour_ld_asan = -fsanitize=address,undefined
flavour_fault = -DPERFADVISE_FAULTS

sources := $(wildcard advisor/*.c advisor/*/*.c advisor/*/*/*.c probes/*.c probes/*/*.c probes/*/*/*.c store/*.c)
objects := $(patsubst %.c,$(B)/%.o,$(filter-out advisor/main.c,$(sources))) $(B)/gen/embed.o $(B)/gen/image.o
grammar_objects := $(foreach g,python toml yaml,$(B)/grammar/$(g)_parser.o $(B)/grammar/$(g)_scanner.o)
tests := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))

.PHONY: all check golden demo asan fuzz bench bench-audit bench-pools bench-capture bench-source bench-index lint install uninstall dist help clean unit packages
.DELETE_ON_ERROR:
.SECONDARY:

all: $(B)/perfadvise

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

# ── Dependencies that a fresh machine lacks ─────────────────────────────────────────────────────────────────────────

build/packages.ok: tests/lib/packages.txt tests/lib/ensure-packages
	$(Q)mkdir -p build
	$(Q)tests/lib/ensure-packages
	$(Q)touch $@

packages: build/packages.ok

build/grammars/ok: probes/source/grammars/package.json probes/source/grammars/package-lock.json | build/packages.ok
	$(Q)rm -rf build/grammars && mkdir -p build/grammars
	$(Q)cp probes/source/grammars/package.json probes/source/grammars/package-lock.json build/grammars/
	$(Q)cd build/grammars && npm ci --ignore-scripts --legacy-peer-deps --no-audit --no-fund --loglevel=error >/dev/null
	$(Q)touch $@

# ── Compiling ───────────────────────────────────────────────────────────────────────────────────────────────────────

$(B)/%.o: %.c | build/packages.ok build/grammars/ok
	$(Q)mkdir -p $(@D)
	$(if $(filter 1,$(V)),,@echo "  CC    $<")
	$(Q)$(CC) $(pa_cppflags) $(CPPFLAGS) $(pa_cflags) $(CFLAGS) -c -o $@ $<

define grammar_rule
$(B)/grammar/$(1)_$(2).o: build/grammars/ok
	$(Q)mkdir -p $$(@D)
	$(if $(filter 1,$(V)),,@echo "  CC    $(1) $(2)")
	$(Q)$(CC) -std=gnu17 -w -fPIE -O2 -I$(GRAMMARS)/$(3)/src -c -o $$@ $(GRAMMARS)/$(3)/src/$(2).c
endef
$(eval $(call grammar_rule,python,parser,tree-sitter-python))
$(eval $(call grammar_rule,python,scanner,tree-sitter-python))
$(eval $(call grammar_rule,toml,parser,@tree-sitter-grammars/tree-sitter-toml))
$(eval $(call grammar_rule,toml,scanner,@tree-sitter-grammars/tree-sitter-toml))
$(eval $(call grammar_rule,yaml,parser,@tree-sitter-grammars/tree-sitter-yaml))
$(eval $(call grammar_rule,yaml,scanner,@tree-sitter-grammars/tree-sitter-yaml))

# SQL files go into the binary as they are.
embedded := $(wildcard store/schema/*.sql) store/facts.sql
$(B)/gen/embed.S: $(embedded) Makefile
	$(Q)mkdir -p $(@D)
	$(Q){ echo '.section .rodata'; for f in $(embedded); do \
	  case $$f in store/facts.sql) s=store_facts_sql;; *) n=$${f##*/}; s=store_schema_$${n%%-*};; esac; \
	  printf '.global %s\n%s:\n.incbin "%s"\n.byte 0\n' $$s $$s $$f; done; echo '.section .note.GNU-stack,"",@progbits'; } > $@
$(B)/gen/embed.o: $(B)/gen/embed.S
	$(Q)$(CC) -c -o $@ $<

# A history in memory starts from this image of an empty one.
image_objects = $(B)/store/tool/schema_image.o $(B)/advisor/lib/sqlite.o $(patsubst %.c,$(B)/%.o,$(wildcard advisor/base/*.c)) $(B)/gen/embed.o
$(B)/gen/schema_image: $(image_objects)
	$(Q)$(CC) $(CFLAGS) $(pa_ldflags) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs sqlite3) -lm -lpthread
$(B)/gen/schema.img: $(B)/gen/schema_image
	$(Q)$< $@
$(B)/gen/image.S: $(B)/gen/schema.img
	$(Q){ echo '.section .rodata'; echo '.balign 16'; printf '.global store_schema_image\nstore_schema_image:\n.incbin "%s"\n' $<; \
	  printf '.global store_schema_image_end\nstore_schema_image_end:\n.byte 0\n'; echo '.section .note.GNU-stack,"",@progbits'; } > $@
$(B)/gen/image.o: $(B)/gen/image.S
	$(Q)$(CC) -c -o $@ $<

$(B)/libperfadvise.a: $(objects) $(grammar_objects)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/perfadvise: $(B)/advisor/main.o $(B)/libperfadvise.a
	$(if $(filter 1,$(V)),,@echo "  LINK  $@")
	$(Q)$(CC) $(CFLAGS) $(pa_ldflags) $(LDFLAGS) -o $@ $^ $(pa_libs)

# ── Tests ───────────────────────────────────────────────────────────────────────────────────────────────────────────

$(B)/tests/%: $(B)/tests/unit/%.o $(B)/libperfadvise.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(pa_ldflags) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs check) $(pa_libs)

# Runs one probe without the command line; tests/server uses it.
$(B)/tests/cache_trace $(B)/tests/drive $(B)/tests/index_sizes $(B)/tests/index_advise $(B)/tests/pool_curve $(B)/tests/shift_sim: $(B)/tests/%: $(B)/tests/lib/%.o $(B)/libperfadvise.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(pa_ldflags) $(LDFLAGS) -o $@ $^ $(pa_libs)

unit: $(tests) $(B)/tests/cache_trace $(B)/tests/drive $(B)/tests/index_sizes $(B)/tests/index_advise $(B)/tests/pool_curve

check: all unit ## everything that tests; ends with "N passed, N failed, N skipped"
	$(Q)$(MAKE) --no-print-directory FLAVOUR=fault build/fault/perfadvise
	$(Q)tests/run --build $(B)

golden: all ## rewrites the expected output of the golden cases; read the diff
	$(Q)tests/run --build $(B) --rewrite-golden golden

demo: all ## the main job on a real fleet, end to end, and everything taken back
	$(Q)/usr/bin/python3 examples/demo/demo.py --bin $(B)/perfadvise

asan: ## all unit and golden tests under address and undefined-behaviour sanitizers
	$(Q)$(MAKE) --no-print-directory FLAVOUR=asan build/asan/perfadvise unit
	$(Q)tests/run --build build/asan unit golden

FUZZ_SECONDS ?= 60
FUZZ_SEED ?= $(shell date +%s)

$(B)/fuzz/readers: $(B)/tests/fuzz/readers.o $(B)/libperfadvise.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(pa_ldflags) $(LDFLAGS) -o $@ $^ $(pa_libs)

fuzz: ## a minute of damaged inputs for each reader, under the sanitizers; FUZZ_SECONDS, FUZZ_SEED
	$(Q)$(MAKE) --no-print-directory FLAVOUR=asan build/asan/fuzz/readers
	$(Q)mkdir -p build/fuzz
	$(Q)echo "seed $(FUZZ_SEED); the last input of each reader is in build/fuzz/"
	$(Q)PERFADVISE_THREADS=1 build/asan/fuzz/readers $(FUZZ_SECONDS) $(FUZZ_SEED) build/fuzz

lint: all ## formatting, headers alone, include rules, .def rows sorted, man pages parse
	$(Q)tests/lint

bench: bench-capture bench-source bench-index bench-pools bench-cache bench-audit ## all benchmarks

# Trees and labels are not part of this repository: LABELS= a file of hand labels, REPOS= checkouts of its repositories.
bench-source: all ## quality and speed of the source analysis; LABELS=FILE REPOS=DIR TREE=DIR; build/bench/source.json
	$(Q)$(if $(and $(LABELS),$(REPOS)),/usr/bin/python3 tests/bench/source_quality.py --bin $(B)/perfadvise --labels "$(LABELS)" --repos "$(REPOS)" -v,echo "quality: name LABELS=FILE and REPOS=DIR")
	$(Q)$(if $(TREE),/usr/bin/python3 tests/bench/source_speed.py --bin $(B)/perfadvise --tree "$(TREE)",echo "speed: name TREE=DIR, at least 25 MB of Python")

bench-index: all $(B)/tests/drive $(B)/tests/index_advise ## index advice, really built; WORKLOAD=DIR (schema.sql load.sql queries/*.sql), SCALE=1, BUDGET=BYTES; build/bench/index.json
	$(Q)/usr/bin/python3 tests/bench/index.py --bin $(B) --workload $(or $(WORKLOAD),own) --scale $(or $(SCALE),0.1) $(if $(BUDGET),--budget $(BUDGET))
	$(Q)/usr/bin/python3 tests/bench/index.py --bin $(B) --workload $(or $(WORKLOAD),own) --scale $(or $(SCALE),0.1) $(if $(BUDGET),--budget $(BUDGET)) --path --no-time --out $(B)/bench/index-path.json
	$(Q)/usr/bin/python3 tests/bench/scale.py --bin $(B)

bench-audit: all $(B)/tests/shift_sim ## false and missed alerts over simulated years, time and size of an audit; SEEDS=20; build/bench/audit.json
	$(Q)/usr/bin/python3 tests/bench/audit.py --bin $(B) --seeds $(or $(SEEDS),20)

# Some forty minutes of load. UNDER= a command that keeps other work away from each slice of it; MIX=other is the one that nothing was developed on.
bench-pools: all $(B)/tests/pool_curve ## predicted waits, latencies and sizes against a sweep run here; MIX=main UNDER=CMD; build/bench/pools.json
	$(Q)/usr/bin/python3 tests/bench/pools.py --bin $(B) --mix $(or $(MIX),main) $(if $(UNDER),--under "$(UNDER)")

bench-cache: all ## cost and error of miss-ratio curves, gain of warming on TRACE= (bare 32-bit ids, xz); build/bench/curve.json, warming.json
	$(Q)/usr/bin/python3 tests/bench/curve.py --bin $(B)/perfadvise --out $(B)/bench/curve.json
	$(Q)PA_BUILD="$(abspath $(B))" /usr/bin/python3 tests/bench/warming.py "$(or $(TRACE),tests/data/traces/cache2k-orm-busy.trace.xz)"

bench-capture: all ## cost of a capture on the target; build/bench/capture.json
	$(Q)/usr/bin/python3 tests/bench/capture.py --bin $(B)/perfadvise

# Quoted, since DESTDIR and prefix may hold spaces.
dest = $(DESTDIR)$(prefix)

install: all ## into $(DESTDIR)$(prefix)
	install -d "$(dest)/bin" "$(dest)/share/perfadvise/rules" "$(dest)/share/man/man1" "$(dest)/share/man/man5" "$(dest)/share/man/man7"
	install -m 755 "$(B)/perfadvise" "$(dest)/bin/perfadvise"
	install -m 644 rules/*.yaml rules/catalogue.txt "$(dest)/share/perfadvise/rules/"
	cp -R rules/examples "$(dest)/share/perfadvise/rules/"
	for n in 1 5 7; do install -m 644 docs/man/*.$$n "$(dest)/share/man/man$$n/" || exit 1; done

uninstall: ## removes what install wrote
	rm -f "$(dest)/bin/perfadvise" "$(dest)"/share/man/man?/perfadvise*.?
	rm -rf "$(dest)/share/perfadvise"

dist: ## a source archive of HEAD
	git archive --prefix=perfadvise-$(or $(VERSION),dev)/ -o build/perfadvise-$(or $(VERSION),dev).tar.gz HEAD

clean: ## removes build/
	rm -rf build

-include $(patsubst %.o,%.d,$(filter-out $(B)/gen/%,$(objects)) $(B)/advisor/main.o)
-include $(wildcard $(B)/tests/unit/*.d $(B)/tests/lib/*.d)
