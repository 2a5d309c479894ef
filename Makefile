# ckpt-tools: one Makefile for everything.
#
#   make demo       install what is missing, build, train, draw figure 2(a)
#   make check      install what is missing, build, run the tests
#   make all bench gold fuzz install uninstall clean deps
#
# SANITIZE=address,undefined builds (and checks) in build-san. ARCH= builds for
# every processor of the family rather than this one. MPI=1 builds in build-mpi
# trainers that mpirun can start, many for one run. DESTDIR and prefix work.

prefix  ?= /usr/local
CC      ?= cc
ARCH    ?= -march=native
CFLAGS  ?= -O3 -g

B       := build$(if $(SANITIZE),-san)$(if $(MPI),-mpi)
TOOLS   := $(notdir $(basename $(wildcard tools/train-*.c tools/ckpt-*.c)))
UNITS   := $(notdir $(basename $(wildcard tests/test-*.c)))
GRADS   := $(notdir $(basename $(wildcard tests/grad-*.c)))
PAGES   := $(wildcard man/*.[1-8])
HEADERS := libckpt/ckpt.h libckpt/spec.h
VERSION := $(shell sed -n 's/.*CKPT_VERSION "\(.*\)"/\1/p' libckpt/ckpt.h)

PKGS    := libzstd libxxhash jansson openblas lapacke libarchive hdf5 libpng \
           sndfile samplerate fftw3f $(if $(MPI),ompi-c)
PKGCFLAGS = $(eval PKGCFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKGCFLAGS)
PKGLIBS = $(eval PKGLIBS := $$(shell pkg-config --libs $(PKGS)))$(PKGLIBS)

FLAGS   = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wvla -fno-math-errno \
          -pthread -MMD -MP -Ilibckpt -Iformats -Ilibnn -Itools $(PKGCFLAGS) \
          $(ARCH) $(if $(MPI),-DNN_MPI) $(SANITIZE:%=-fsanitize=% -fno-sanitize-recover=all)
LDLIBS  = -Wl,--as-needed $(PKGLIBS) -lunistring -ldnnl -lgomp -lm -pthread

OBJ     = $(patsubst %.c,$B/%.o,$(wildcard $1/*.c))
LIBCKPT := $(call OBJ,libckpt)
FORMATS := $(call OBJ,formats)
LIBNN   := $(call OBJ,libnn) $(call OBJ,libnn/model)
CLI     := $(filter-out $B/tools/ckpt-%.o $B/tools/train-%.o,$(call OBJ,tools))
LIBS    := $B/libnn.a $B/formats.a $B/libckpt.a

all: $(TOOLS:%=$B/%)

# ------------------------------------------------------------- building

# Only the two commands for a fresh machine install anything by themselves.
ifneq ($(filter demo check deps,$(MAKECMDGOALS)),)
INSTALLED := deps
endif

$B/%.o: %.c | $(INSTALLED)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) -c -o $@ $<

# The engine's loops: fused multiply-adds, and sums in vectors where it says so.
$B/libnn/%.o $B/double/libnn/%.o: FLAGS += -ffp-contract=fast -fopenmp-simd -mprefer-vector-width=512

# Loops over lanes: they are never passed by value to code of other files.
$B/libckpt/reduce.o $B/libckpt/sturm.o $B/libckpt/twist.o: FLAGS += -ffp-contract=fast -fopenmp-simd -mprefer-vector-width=512

# The engine once more in double precision, for central differences.
$B/double/%.o: %.c | $(INSTALLED)
	@mkdir -p $(@D)
	$(CC) $(FLAGS) -DNN_REAL=double $(CFLAGS) -c -o $@ $<

$B/libckpt.a: $(LIBCKPT)
$B/formats.a: $(FORMATS)
$B/libnn.a: $(LIBNN)
$B/cli.a: $(CLI)
$B/libnn-double.a: $(LIBNN:$B/%=$B/double/%)
%.a:
	$(AR) rcs $@ $?

# A program is one file; what several share is the rest of tools/, cli.a.
$(TOOLS:%=$B/%): $B/%: $B/tools/%.o $B/cli.a $(LIBS)
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(UNITS:%=$B/tests/%): $B/tests/%: $B/tests/%.o $(LIBS)
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(GRADS:%=$B/tests/%): $B/tests/%: $B/double/tests/%.o $B/libnn-double.a \
    $B/formats.a $B/libckpt.a
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$B/tests/bench-%: $B/tests/bench-%.o $(LIBS)
	$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.SECONDARY:
-include $(wildcard $B/*/*.d $B/*/*/*.d $B/*/*/*/*.d)

# -------------------------------------------------------------- testing

check: $(INSTALLED) all $(UNITS:%=$B/tests/%) $(GRADS:%=$B/tests/%)
	BUILD=$B PATH="$(CURDIR)/$B:$$PATH" tests/run $(wildcard tests/*.t) \
	    $(UNITS:%=$B/tests/%) $(GRADS:%=$B/tests/%)

# Rewrite the expected tables; the diff is to be read.
gold: all
	GOLD=1 BUILD=$B PATH="$(CURDIR)/$B:$$PATH" tests/run $(wildcard tests/*.t)

bench: all $(patsubst tests/%.c,$B/tests/%,$(wildcard tests/bench-*.c))
	BUILD=$B PATH="$(CURDIR)/$B:$$PATH" tests/bench

# libFuzzer over every reader, SECONDS seconds each.
SECONDS ?= 120
fuzz:
	CC=clang tests/fuzz $(SECONDS)

# ----------------------------------------------------------------- demo

demo: $(INSTALLED) all
	PATH="$(CURDIR)/$B:$$PATH" $(MAKE) -C examples demo

# -------------------------------------------------------------- install

install: all
	install -d $(DESTDIR)$(prefix)/bin $(DESTDIR)$(prefix)/include \
	    $(DESTDIR)$(prefix)/lib/pkgconfig
	install $(TOOLS:%=$B/%) $(DESTDIR)$(prefix)/bin
	install -m 644 $(HEADERS) $(DESTDIR)$(prefix)/include
	install -m 644 $B/libckpt.a $(DESTDIR)$(prefix)/lib
	install -d $(DESTDIR)$(prefix)/share/ckpt-tools/links
	install -m 644 libckpt/links/*.links $(DESTDIR)$(prefix)/share/ckpt-tools/links
	printf '%s\n' 'Name: libckpt' 'Description: checkpoint streams' \
	    'Version: $(VERSION)' 'Requires.private: libzstd libxxhash openblas lapacke' \
	    'Cflags: -I$(prefix)/include' 'Libs: -L$(prefix)/lib -lckpt' \
	    'Libs.private: -lm -pthread' \
	    >$(DESTDIR)$(prefix)/lib/pkgconfig/libckpt.pc
	for p in $(PAGES); do s=$${p##*.}; \
	    install -D -m 644 $$p $(DESTDIR)$(prefix)/share/man/man$$s/$${p##*/} || exit 1; done

uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(prefix)/bin/%) \
	    $(HEADERS:libckpt/%=$(DESTDIR)$(prefix)/include/%) \
	    $(DESTDIR)$(prefix)/lib/libckpt.a \
	    $(DESTDIR)$(prefix)/lib/pkgconfig/libckpt.pc
	rm -rf $(DESTDIR)$(prefix)/share/ckpt-tools
	for p in $(PAGES); do rm -f $(DESTDIR)$(prefix)/share/man/man$${p##*.}/$${p##*/}; done

clean:
	rm -rf build build-*

# ----------------------------------------------------------- dependencies

# program, pkg-config name or header = Debian package
NEEDED := cc=gcc pkg-config=pkg-config prove=perl gnuplot=gnuplot-nox \
	mandoc=mandoc zstd=zstd xz=xz-utils bzip2=bzip2 \
	libzstd=libzstd-dev libxxhash=libxxhash-dev \
	jansson=libjansson-dev libarchive=libarchive-dev openblas=libopenblas-dev \
	unistr.h=libunistring-dev lapacke=liblapacke-dev hdf5=libhdf5-dev \
	oneapi/dnnl/dnnl.h=libdnnl-dev libpng=libpng-dev sndfile=libsndfile1-dev \
	samplerate=libsamplerate0-dev fftw3f=libfftw3-dev \
	$(if $(MPI),mpirun=openmpi-bin ompi-c=libopenmpi-dev)

deps:
	@missing=; for n in $(NEEDED); do \
	    command -v $${n%=*} >/dev/null 2>&1 || \
	    pkg-config --exists $${n%=*} 2>/dev/null || \
	    [ -e /usr/include/$${n%=*} ] || \
	    missing="$$missing $${n#*=}"; done; \
	[ -z "$$missing" ] && exit 0; \
	command -v apt-get >/dev/null || { \
	    echo "please install:$$missing (Debian's names)" >&2; exit 1; }; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	echo "installing with apt-get:$$missing"; \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	    $$sudo apt-get install -y -qq --no-install-recommends $$missing libc6-dev

.PHONY: all check gold bench fuzz demo install uninstall clean deps
