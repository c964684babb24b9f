# SPDX-License-Identifier: GPL-2.0-only
# Everything starts here and is done elsewhere; `make help` lists the targets.

KERNEL  ?= 6.1-cloud
KERNELS ?= $(shell awk '!/^\#/ && NF && $$2 != "-" { print $$1 }' tests/vm/kernels)
PREFIX  ?= /usr/local
CC      ?= gcc
CFLAGS  ?= -O2 -g
VERSION := $(shell sed -n 's/.*WAITPROF_VERSION "\(.*\)"/\1/p' include/waitprof/version.h)

# The running kernel's build folder, else the newest installed one.
ifndef KDIR
KDIR := $(firstword $(wildcard /lib/modules/$(shell uname -r)/build/Makefile) \
	$(shell ls -d /lib/modules/*/build/Makefile 2>/dev/null | sort -rV))
KDIR := $(patsubst %/Makefile,%,$(KDIR))
endif

# Where a verb stands in front of a short name; V=1 shows whole commands.
V ?= 0
ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' $(1) $(2)
MAKEFLAGS += --no-print-directory
endif

.PHONY: all
all: module cli  ## build kmod/waitprof.ko and cli/waitprof (KDIR=... for another kernel)

# --- module ---

.PHONY: module
module:
ifeq ($(KDIR),)
	@echo "No kernel headers found. Install the package linux-headers-$(shell uname -r)" >&2
	@echo "(or run 'make deps'), or give KDIR=/path/to/a/kernel/build." >&2
	@false
else
	$(call say,KDIR,$(KDIR))
	$(Q)$(MAKE) -C $(KDIR) M=$(CURDIR)/kmod modules
endif

# --- command line ---

CLI_PACKAGES := libnl-genl-3.0 libdw libelf sqlite3 ncursesw tinfo libprotobuf-c zlib
# FORTIFY 3 where the compiler has it; tests/cli/hardened looks at what came of all these.
FORTIFY := $(shell $(CC) -O2 -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -include stdio.h \
	-E -x c /dev/null > /dev/null 2>&1 && echo 3 || echo 2)
CLI_HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(FORTIFY) -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection -fPIE
CLI_FLAGS := -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE= $(CLI_HARDENING) \
	-MMD -MP -Iinclude -Iinclude/uapi -Icli -Ibuild/cli
CLI_LDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
CLI_PROTOS := $(patsubst cli/proto/%.proto,build/cli/proto/%.pb-c,$(wildcard cli/proto/*.proto))
CLI_OBJECTS := $(patsubst cli/%.c,build/cli/%.o,$(wildcard cli/*.c cli/*/*.c)) $(CLI_PROTOS:=.o)
ifneq ($(CLI_OBJECTS),)
CLI_FLAGS += $(shell pkg-config --cflags $(CLI_PACKAGES) 2>/dev/null)
CLI_LIBS := $(shell pkg-config --libs $(CLI_PACKAGES) 2>/dev/null) -liberty -lm
endif

.PHONY: cli
cli: cli/waitprof

.PHONY: cli-libs
cli-libs:
	@echo $(CLI_LIBS)

.PHONY: cli-objects
cli-objects:
	@echo $(filter-out build/cli/main.o,$(CLI_OBJECTS))

.PHONY: cli-packages
cli-packages:
	@pkg-config --exists $(CLI_PACKAGES) 2> /dev/null || tests/packages-missing build-cli

cli/waitprof: $(CLI_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(CLI_LDFLAGS) -o $@ $^ $(CLI_LIBS) $(LDLIBS)

build/cli/%.o: cli/%.c Makefile | cli-packages
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CLI_FLAGS) -c -o $@ $<

$(patsubst cli/%.c,build/cli/%.o,$(wildcard cli/export/*.c)): | $(CLI_PROTOS:=.h)

build/cli/proto/%.pb-c.c build/cli/proto/%.pb-c.h &: cli/proto/%.proto | cli-packages build/cli/proto
	$(call say,PROTOC,$<)
	$(Q)protoc-c --proto_path=cli/proto --c_out=build/cli/proto $<

build/cli/proto/%.o: build/cli/proto/%.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(CLI_FLAGS) -c -o $@ $<

build/cli/proto:
	@mkdir -p $@

# What it holds is read by the assembler, of which the compiler knows nothing.
build/cli/flame/web.o: $(wildcard cli/web/*.html cli/web/*.css cli/web/*.js cli/web/*.LICENSE)

-include $(CLI_OBJECTS:.o=.d)

# --- tests ---

.PHONY: deps
deps:  ## install the Debian packages that building and testing need
	@tests/deps

.PHONY: demo
demo: deps  ## see it work: boot a Debian kernel in QEMU, profile real programs there
	@tests/demo/run

.PHONY: test
test: deps  ## run all tests (STAGE="vm dkms" for some of them)
	@tests/run $(STAGE)

.PHONY: test-kernels
test-kernels: deps  ## test module and DKMS on each of Debian's kernels (or KERNELS=...)
	@failed=0; tests/kernels --jobs 2 $(KERNELS) || failed=1; tests/dkms $(KERNELS) || failed=1; exit $$failed

.PHONY: torture
torture: deps  ## the long tests of what the module may never do, hours (STAGE="..." for some)
	@tests/run --torture $(STAGE)

.PHONY: lint
lint: deps  ## check style, warnings, documentation, versions
	@tests/lint

.PHONY: bench
bench: deps  ## measure what waitprof and other tools cost (or BENCH_KERNELS=...)
	@tests/deps bench
	@tests/bench/run $(BENCH_FLAGS) $(BENCH_KERNELS)

.PHONY: bench-compare
bench-compare: deps  ## fail if waitprof costs 3 % more than in the run that is kept
	@tests/bench/run --compare $(BENCH_KERNELS)

.PHONY: bench-keep
bench-keep:  ## the same as bench, and keep it: README.md, tests/bench/last.json
	@$(MAKE) bench BENCH_FLAGS=--keep

.PHONY: vm
vm: deps  ## run a command (or a shell) on a test kernel: make vm CMD='...' KERNEL=6.12-rt
	@tests/vm/run -k $(KERNEL) $(if $(CMD),-- bash -c '$(subst ','\'',$(CMD))')

# --- installing ---

.PHONY: install
install: cli  ## install the command line, manual pages and completion (PREFIX, DESTDIR)
	install -D -m 755 cli/waitprof $(DESTDIR)$(PREFIX)/bin/waitprof
	install -D -m 644 docs/idle.example $(DESTDIR)$(PREFIX)/share/doc/waitprof/idle.example
	install -d $(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man8
	$(if $(wildcard cli/man/*.5),install -m 644 $(wildcard cli/man/*.5) $(DESTDIR)$(PREFIX)/share/man/man5)
	$(if $(wildcard cli/man/*.8),install -m 644 $(wildcard cli/man/*.8) $(DESTDIR)$(PREFIX)/share/man/man8)
	install -D -m 644 cli/completion/waitprof $(DESTDIR)$(PREFIX)/share/bash-completion/completions/waitprof
	install -D -m 644 cli/completion/_waitprof $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_waitprof
	install -D -m 644 cli/schema/waitprof.schema.json $(DESTDIR)$(PREFIX)/share/waitprof/waitprof.schema.json

.PHONY: dkms-install
dkms-install:  ## install the module through DKMS, for this and later kernels
	@command -v dkms > /dev/null || { echo "dkms is missing: install the package dkms" >&2; false; }
	rm -rf $(DESTDIR)/usr/src/waitprof-$(VERSION)
	mkdir -p $(DESTDIR)/usr/src/waitprof-$(VERSION)
	tar --exclude='*.o' --exclude='*.ko' --exclude='.*.cmd' -cf - dkms.conf LICENSE kmod include | \
		tar -C $(DESTDIR)/usr/src/waitprof-$(VERSION) -xf -
	$(if $(DESTDIR),,dkms install --force waitprof/$(VERSION))

.PHONY: clean
clean:  ## remove what was built (the cache of kernels stays)
	$(Q)rm -rf build cli/waitprof
	$(Q)find kmod tests -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name Module.symvers -o -name modules.order \) -delete

.PHONY: help
help:  ## this list
	@awk -F ':.*## *' '/^[a-z-]+:.*##/ { printf "  make %-13s %s\n", $$1, $$2 }' Makefile
