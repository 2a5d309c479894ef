# Makefile - builds, tests and installs ckpt-tools
#
#   make demo       install missing packages, build, train, plot figure 2(a)
#   make check      install missing packages, build, run the tests
#   make all bench gold fuzz check-distro install uninstall clean deps
#
# SANITIZE=address,undefined builds (and checks) in build-san. ARCH= builds for
# any processor of the architecture instead of this one. MPI=1 builds trainers for
# data-parallel runs by mpirun, in build-mpi. V=1 prints whole commands. DESTDIR
# and prefix are supported.

prefix  ?= /usr/local
CC      ?= cc
ARCH    ?= -march=native
CFLAGS  ?= -O3 -g

B       := build$(if $(SANITIZE),-san)$(if $(MPI),-mpi)
TOOLS   := $(notdir $(basename $(wildcard tools/*.c)))
UNITS   := $(basename $(wildcard tests/unit/*.c))
GRADS   := $(basename $(wildcard tests/grad/*.c))
BENCHES := $(basename $(wildcard tests/bench/*.c))
FUZZERS := $(basename $(wildcard tests/fuzz/*.c))
PAGES   := $(wildcard man/*.[1-8])
# format.h is for formats/ only: it needs base/input.h.
HEADERS := $(filter-out %/format.h,$(wildcard libckpt/*.h))
VERSION := $(shell sed -n 's/.*CKPT_VERSION "\(.*\)"/\1/p' libckpt/ckpt.h)

PKGS    := libzstd libxxhash jansson openblas lapacke libarchive hdf5 libpng \
           sndfile samplerate fftw3f $(if $(MPI),ompi-c)
PKGCFLAGS = $(eval PKGCFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKGCFLAGS)
PKGLIBS = $(eval PKGLIBS := $$(shell pkg-config --libs $(PKGS)))$(PKGLIBS)

FLAGS   = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wvla \
          -Wno-missing-field-initializers -fno-math-errno \
          -pthread -MMD -MP -Ilibckpt -Iformats -Ilibnn -Itools -Itests $(PKGCFLAGS) \
          $(ARCH) $(if $(MPI),-DNN_MPI) $(SANITIZE:%=-fsanitize=% -fno-sanitize-recover=all)
LDLIBS  = -Wl,--as-needed $(PKGLIBS) -lunistring -ldnnl -lgomp -lm -pthread

# For libnn and the tridiagonal eigensolver: fused multiply-adds, and vectorized
# reductions in loops with an omp simd pragma. clang warns of the maxima, which it
# does not vectorize.
VECTOR  := -ffp-contract=fast -fopenmp-simd -mprefer-vector-width=512 -Wno-pass-failed

OBJ     = $(patsubst %.c,$B/%.o,$(wildcard $1))
LIBCKPT := $(call OBJ,libckpt/*/*.c)
FORMATS := $(call OBJ,formats/*.c)
LIBNN   := $(call OBJ,libnn/*/*.c)
CLI     := $(call OBJ,tools/*/*.c)
LIBS    := $B/libnn.a $B/formats.a $B/libckpt.a

all: $(TOOLS:%=$B/%)

# ------------------------------------------------------------- building

# Only these targets install packages.
ifneq ($(filter demo check deps,$(MAKECMDGOALS)),)
INSTALLED := deps
endif

# $(call run,NAME): prints NAME and the target instead of the command.
run = $(if $(V),,@printf '%-4s %s\n' $1 $(@:$B/%=%);)

# $(call stamp,TEXT): writes TEXT to the target if it has changed.
stamp = @mkdir -p $(@D); echo '$1' | cmp -s - $@ || echo '$1' >$@

$B/flags: FORCE | $(INSTALLED)
	$(call stamp,$(CC) $(FLAGS) $(CFLAGS) $(VECTOR) $(LDFLAGS) $(LDLIBS))

$B/objects: FORCE
	$(call stamp,$(LIBCKPT) $(FORMATS) $(LIBNN) $(CLI))

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call run,CC)$(CC) $(FLAGS) $(LOOPS) $(CFLAGS) -c -o $@ $<

# libnn in double precision, for gradient checks by central differences.
$B/double/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call run,CC)$(CC) $(FLAGS) $(LOOPS) -DNN_REAL=double $(CFLAGS) -c -o $@ $<

$(LIBNN) $(LIBNN:$B/%=$B/double/%) $(call OBJ,libckpt/spectral/tridiagonal*.c): \
    private LOOPS = $(VECTOR)

$B/libckpt.a: $(LIBCKPT)
$B/formats.a: $(FORMATS)
$B/libnn.a: $(LIBNN)
$B/cli.a: $(CLI)
$B/libnn-double.a: $(LIBNN:$B/%=$B/double/%)
%.a: $B/objects
	@rm -f $@
	$(call run,AR)$(AR) rcs $@ $(filter %.o,$^)

# A program is one file in tools/; shared code is in its folders, cli.a.
$(TOOLS:%=$B/%): $B/%: $B/tools/%.o $B/cli.a
$(UNITS:%=$B/%) $(BENCHES:%=$B/%): $B/%: $B/%.o
$(TOOLS:%=$B/%) $(UNITS:%=$B/%) $(BENCHES:%=$B/%): $(LIBS)
$(GRADS:%=$B/%): $B/%: $B/double/%.o $B/libnn-double.a $B/formats.a $B/libckpt.a
$(FUZZERS:%=$B/%): $B/%: $B/%.o $B/formats.a $B/libckpt.a
$(FUZZERS:%=$B/%): private LDFLAGS += -fsanitize=fuzzer
$(foreach p,$(TOOLS) $(UNITS) $(GRADS) $(BENCHES) $(FUZZERS),$B/$p):
	@mkdir -p $(@D)
	$(call run,LD)$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.SECONDARY:
-include $(wildcard $B/*/*.d $B/*/*/*.d $B/*/*/*/*.d)

# -------------------------------------------------------------- testing

check: $(INSTALLED) all $(UNITS:%=$B/%) $(GRADS:%=$B/%)
	@BUILD=$B PATH="$(CURDIR)/$B:$$PATH" tests/run $(wildcard tests/cli/*.t) \
	    $(UNITS:%=$B/%) $(GRADS:%=$B/%)

# The README's two commands on fresh Debian systems; only for root.
check-distro:
	tests/distro bookworm $(STEPS)
	tests/distro trixie $(STEPS)

# Rewrites the expected tables in tests/gold; review the diff.
gold: all
	GOLD=1 BUILD=$B PATH="$(CURDIR)/$B:$$PATH" tests/run $(wildcard tests/cli/*.t)

bench: all $(BENCHES:%=$B/%)
	BUILD=$B PATH="$(CURDIR)/$B:$$PATH" tests/bench/run

# libFuzzer on every reader, SECONDS seconds each; again without checksums, which
# a fuzzer cannot guess.
SECONDS ?= 120
FUZZING := CC=clang ARCH= SANITIZE=fuzzer-no-link,address,undefined
fuzz:
	$(MAKE) B=build-fuzz $(FUZZING) CFLAGS='-O1 -g' fuzzers
	$(MAKE) B=build-fuzz-nohash $(FUZZING) CFLAGS='-O1 -g -DCKPT_NO_HASH' fuzzers
	tests/fuzz/run $(SECONDS)
fuzzers: $(FUZZERS:%=$B/%)

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
	    'Libs.private: -lunistring -lm -pthread' \
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
	mandoc=mandoc groff=groff-base zstd=zstd xz=xz-utils bzip2=bzip2 xxhsum=xxhash \
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

.PHONY: all check check-distro gold bench fuzz fuzzers demo install uninstall clean deps FORCE
