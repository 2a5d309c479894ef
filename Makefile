# Makefile - builds, tests and installs ckpt-tools
#
#   make demo       install missing packages, build, train, plot figure 2(a)
#   make check      install missing packages, build, run the tests
#   make            build the libraries and all programs whose libraries are found
#   make filters    build the programs ckpt-*, which need fewer libraries
#   make test       build, run the tests of what was built
#   make doc        the manual as HTML and PDF, in build/doc
#   make dist deb   a source archive in build, Debian packages in build-deb
#   make bench gold fuzz check-distro install uninstall clean
#   make deps       install missing packages; WITH=filters: only for the filters;
#                   WITH=deb: also for make doc and make deb
#
# Programs are built for this processor (-march=native), and for make install in
# build-any, for every processor of the architecture; ARCH=-march=native there, or
# ARCH= elsewhere, chooses the other. SANITIZE=address,undefined builds (and
# checks) in build-san. MPI=1 builds trainers for data-parallel runs by mpirun, in
# build-mpi. HOST=aarch64-linux-gnu cross-builds with Debian's packages, in
# build-aarch64-linux-gnu. V=1 prints whole commands. DESTDIR, prefix and libdir
# are supported. DATA= is a folder of published checkpoints and data sets, which
# benchmarks and a few tests need.

prefix  ?= /usr/local
libdir  ?= $(prefix)/lib
CC      := $(if $(HOST),$(HOST)-gcc,$(CC))
AR      := $(if $(HOST),$(HOST)-ar,$(AR))
ARCH    ?= $(if $(HOST)$(filter install,$(MAKECMDGOALS)),,-march=native)
CFLAGS  ?= -O3 -g

B       := build$(if $(HOST),-$(HOST),$(if $(ARCH),,-any))$(if $(SANITIZE),-san)$(if $(MPI),-mpi)
PKG_CONFIG := $(HOST:%=PKG_CONFIG_LIBDIR=/usr/lib/%/pkgconfig:/usr/share/pkgconfig) \
           pkg-config
X86     := $(filter x86_64-%,$(shell $(CC) -dumpmachine))
FILTERS := $(notdir $(basename $(wildcard tools/ckpt-*.c)))
FUZZERS := $(basename $(wildcard tests/fuzz/*.c))
PAGES   := $(wildcard man/*.[1-8])
# format.h includes these.
BASE_HEADERS := libckpt/base/buffer.h libckpt/base/input.h
VERSION := $(shell sed -n 's/.*CKPT_VERSION "\(.*\)"/\1/p' libckpt/ckpt.h)

# ------------------------------------------------------------ libraries

# Names of pkg-config, and dnnl, which has no .pc file. Filters need the first
# ones. Those of OPTIONAL are used if they are found; loss_NAME is what a build
# without NAME does not have.
NEEDED   := libzstd libxxhash jansson libarchive zlib openblas lapacke
SPEECH   := sndfile samplerate fftw3f
OPTIONAL := hdf5 $(if $(filter filters,$(WITH)),,dnnl libpng $(SPEECH) \
            $(if $(MPI),ompi-c))
loss_hdf5       := HDF5 files cannot be read
loss_dnnl       := trainers are not built
loss_ompi-c     := trainers are not built
loss_libpng     := train-unet is not built
loss_sndfile    := train-lstm is not built
loss_samplerate := $(loss_sndfile)
loss_fftw3f     := $(loss_sndfile)

find    = $(shell $(if $(filter dnnl,$1), \
          $(CC) -E -include oneapi/dnnl/dnnl.h -x c /dev/null >/dev/null, \
          $(PKG_CONFIG) --exists $1) 2>/dev/null && echo $1)
FOUND   := $(foreach p,$(OPTIONAL),$(call find,$p))
MISSING := $(filter-out $(FOUND),$(OPTIONAL))
# $(call without,NAMES,TEXT): TEXT if one of NAMES was not found.
without = $(if $(filter-out $(FOUND),$1),$2)

TRAINERS := $(notdir $(basename $(wildcard tools/train-*.c)))
TRAINERS := $(filter-out $(call without,libpng,train-unet) \
            $(call without,$(SPEECH),train-lstm) \
            $(call without,dnnl $(if $(MPI),ompi-c),$(TRAINERS)),$(TRAINERS))
TOOLS   := $(FILTERS) $(TRAINERS)

# Tests and benchmarks with a header of libnn are built where trainers are.
NN_TESTS := $(basename $(shell grep -lE '"(reference|text|train)\.h"' \
            tests/unit/*.c tests/bench/*.c))
UNITS   := $(filter-out $(if $(TRAINERS),,$(NN_TESTS)) \
           $(call without,$(SPEECH),%/lstm),$(basename $(wildcard tests/unit/*.c)))
BENCHES := $(filter-out $(if $(TRAINERS),,$(NN_TESTS)), \
           $(basename $(wildcard tests/bench/*.c)))
GRADS   := $(if $(TRAINERS),$(filter-out $(call without,$(SPEECH),%/models), \
           $(basename $(wildcard tests/grad/*.c))))

PKGS    := $(NEEDED) $(filter-out dnnl,$(FOUND))
PKGCFLAGS = $(eval PKGCFLAGS := $$(shell $$(PKG_CONFIG) --cflags $(PKGS)))$(PKGCFLAGS)
PKGLIBS = $(eval PKGLIBS := $$(shell $$(PKG_CONFIG) --libs $(PKGS)))$(PKGLIBS)

FLAGS   = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wvla \
          -Wno-missing-field-initializers -fno-math-errno \
          -pthread -MMD -MP -Ilibckpt -Iformats -Ilibnn -Itools -Itests $(PKGCFLAGS) \
          $(ARCH) $(if $(MPI),-DNN_MPI) $(call without,$(SPEECH),-DNN_NO_SPEECH) \
          $(SANITIZE:%=-fsanitize=% -fno-sanitize-recover=all)
LDLIBS  = -Wl,--as-needed $(PKGLIBS) -lunistring \
          $(if $(filter dnnl,$(FOUND)),-ldnnl -lgomp) -lm -pthread

# For libnn and the tridiagonal eigensolver: fused multiply-adds, and vectorized
# reductions in loops with an omp simd pragma. clang warns of the maxima, which it
# does not vectorize.
VECTOR  := -ffp-contract=fast -fopenmp-simd -Wno-pass-failed \
           $(if $(X86),-mprefer-vector-width=512)
# For loops in a build for every processor: x86-64's levels, chosen at run time.
MULTI   := $(if $(ARCH)$(SANITIZE),,$(if $(X86),libckpt/multiversion))

OBJ     = $(patsubst %.c,$B/%.o,$(wildcard $1))
LIBCKPT := $(filter-out $(if $(filter hdf5,$(FOUND)),%/hdf5_missing.o, \
           %/hdf5_attribute.o %/hdf5_child.o %/hdf5_dataset.o \
           %/hdf5_type.o %/hdf5_walk.o),$(call OBJ,libckpt/*/*.c formats/*.c))
LIBNN   := $(filter-out $(call without,$(SPEECH),%/audio.o %/mel.o), \
           $(call OBJ,libnn/*/*.c))
LOOPS   := $(call OBJ,libnn/kernels/*.c libnn/ops/*.c libnn/optim/adamw.c \
           libnn/optim/sgd.c libckpt/spectral/tridiagonal*.c)
CLI     := $(call OBJ,tools/cli/*.c tools/filter/*.c)
TRAIN   := $(filter-out $(call without,libpng,%/png_grid.o), \
           $(call OBJ,tools/train/*.c))
SHARED  := libckpt.so.0

all: $(TOOLS:%=$B/%) $B/libckpt.a $B/$(SHARED) | missing
filters: $(FILTERS:%=$B/%) | missing

missing:
	@$(foreach m,$(filter $(if $(filter filters,$(MAKECMDGOALS)),hdf5,%), \
	    $(MISSING)),echo 'not found: $m; $(loss_$m)';)

# ------------------------------------------------------------- building

# $(call run,NAME): prints NAME and the target instead of the command.
run = $(if $(V),,@printf '%-4s %s\n' $1 $(@:$B/%=%);)

# $(call stamp,TEXT): writes TEXT to the target if it has changed.
stamp = @mkdir -p $(@D); echo '$1' | cmp -s - $@ || echo '$1' >$@

$B/flags: FORCE
	$(call stamp,$(MULTI) $(CC) $(FLAGS) $(CFLAGS) $(VECTOR) $(LDFLAGS) $(LDLIBS))

$B/objects: FORCE
	$(call stamp,$(LIBCKPT) $(LIBNN) $(CLI) $(TRAIN))

$B/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call run,CC)$(VERSIONS) $(CC) $(FLAGS) $(VECTORIZE) $(PIC) $(CFLAGS) -c -o $@ $<

# libnn in double precision, for gradient checks by central differences.
$B/double/%.o: %.c $B/flags
	@mkdir -p $(@D)
	$(call run,CC)$(CC) $(FLAGS) $(VECTORIZE) -DNN_REAL=double $(CFLAGS) -c -o $@ $<

$(LIBNN) $(LIBNN:$B/%=$B/double/%) $(call OBJ,libckpt/spectral/tridiagonal*.c): \
    private VECTORIZE = $(VECTOR)
# GCC 12 for arm64 fails to vectorize some of their maxima (an internal error).
$(UNITS:%=$B/%.o) $(GRADS:%=$B/double/%.o): private VECTORIZE = -fno-tree-vectorize
$(LOOPS): private VERSIONS = $(MULTI)
$(LOOPS): $(MULTI)
$(LIBCKPT): private PIC = -fPIC -fno-semantic-interposition

$B/libckpt.a: $(LIBCKPT)
$B/libnn.a: $(LIBNN)
$B/cli.a: $(CLI)
$B/train.a: $(TRAIN)
$B/libnn-double.a: $(LIBNN:$B/%=$B/double/%)
%.a: $B/objects
	@rm -f $@
	$(call run,AR)$(AR) rcs $@ $(filter %.o,$^)

# The library, formats included, for other programs.
$B/$(SHARED): libckpt/libckpt.map $(LIBCKPT)
	$(call run,LD)$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -shared \
	    -Wl,-soname,$(SHARED) -Wl,--version-script=$< -o $@ $(LIBCKPT) $(LDLIBS)

# A program is one file in tools/; shared code is in its folders: cli.a, and
# train.a for trainers.
$(FILTERS:%=$B/%): $B/%: $B/tools/%.o $B/cli.a
$(TRAINERS:%=$B/%): $B/%: $B/tools/%.o $B/train.a $B/cli.a
$(UNITS:%=$B/%) $(BENCHES:%=$B/%): $B/%: $B/%.o
$(TRAINERS:%=$B/%) $(NN_TESTS:%=$B/%): $B/libnn.a
$(TOOLS:%=$B/%) $(UNITS:%=$B/%) $(BENCHES:%=$B/%): $B/libckpt.a
$(GRADS:%=$B/%): $B/%: $B/double/%.o $B/libnn-double.a $B/libckpt.a
$(FUZZERS:%=$B/%): $B/%: $B/%.o $B/libckpt.a
$(FUZZERS:%=$B/%): private LDFLAGS += -fsanitize=fuzzer
$(foreach p,$(TOOLS) $(UNITS) $(GRADS) $(BENCHES) $(FUZZERS),$B/$p):
	@mkdir -p $(@D)
	$(call run,LD)$(CC) $(FLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.SECONDARY:
-include $(wildcard $B/*/*.d $B/*/*/*.d $B/*/*/*/*.d)

# -------------------------------------------------------------- testing

check: deps
	+@$(MAKE) --no-print-directory test

CLI_TESTS := $(wildcard tests/cli/*.t)
test: all $(UNITS:%=$B/%) $(GRADS:%=$B/%)
	@BUILD=$B CC='$(CC)' PATH="$(CURDIR)/$B:$$PATH" tests/run $(CLI_TESTS) \
	    $(UNITS:%=$B/%) $(GRADS:%=$B/%)

# The README's two commands, packages, arm64, on fresh Debian systems; as root.
check-distro:
	tests/distro bookworm $(STEPS)
	tests/distro trixie $(STEPS)
	tests/distro bookworm deb
	tests/distro trixie deb
	tests/distro bookworm aarch64-linux-gnu

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

demo: deps
	+@$(MAKE) --no-print-directory all
	PATH="$(CURDIR)/$B:$$PATH" $(MAKE) -C examples demo

# ------------------------------------------------------------- documents

DOC     := build/doc
MANUAL  := $(wildcard man/*)
# Dates are those of the last commit.
doc deb: export SOURCE_DATE_EPOCH ?= \
    $(shell git --git-dir=.git log -1 --format=%ct 2>/dev/null || stat -c %Y Makefile)

doc: $(DOC)/html/index.html $(DOC)/ckpt-tools.pdf
$(DOC)/html/index.html: $(MANUAL) libckpt/ckpt.h
	$(call run,DOC)man/doc html $(@D) $(VERSION)
$(DOC)/ckpt-tools.pdf: $(MANUAL) libckpt/ckpt.h
	@mkdir -p $(@D)
	$(call run,DOC)man/doc pdf $@ $(VERSION)

# make install also installs what make doc has made.
DOCDIR  = $(DEST)/share/doc/ckpt-tools
install: $(if $(wildcard $(DOC)/html/index.html),install-doc)
install-doc: $(wildcard $(DOC)/html/index.html $(DOC)/ckpt-tools.pdf)
	install -d $(DOCDIR)
	cp -R $(DOC)/* $(DOCDIR)

# -------------------------------------------------------------- packages

DIST    := ckpt-tools-$(VERSION)
dist:
	@git diff-index --quiet HEAD; [ $$? -ne 1 ] || \
	    echo 'dist: changes that are not committed are left out' >&2
	@mkdir -p $B
	git archive --prefix=$(DIST)/ -o $B/$(DIST).tar.gz HEAD

# Debian's flags, but -O3.
deb: doc
	@command -v dpkg-buildflags >/dev/null || { \
	    echo 'deb: needs dpkg-dev; run make deps WITH=deb' >&2; exit 1; }
	+@flags() { DEB_BUILD_MAINT_OPTIONS=hardening=+bindnow dpkg-buildflags --get $$1; }; \
	MAKE='$(MAKE)' DEVELOPMENT='$(DEVELOPMENT)' .ci/deb build-deb B=build-deb ARCH= \
	    CFLAGS="$$(flags CPPFLAGS) $$(flags CFLAGS) -O3" LDFLAGS="$$(flags LDFLAGS)"

# -------------------------------------------------------------- install

# share/ckpt-tools has link tables, plotting scripts and the other examples.
EXAMPLES := $(filter-out %.png %/gallery %/out %/data,$(wildcard examples/*))
DEST     = $(DESTDIR)$(prefix)
LIB      = $(DESTDIR)$(libdir)
PC       = $(LIB)/pkgconfig
# Completions of each shell: where, with NAME for the program.
bash     := share/bash-completion/completions/NAME
zsh      := share/zsh/site-functions/_NAME
fish     := share/fish/vendor_completions.d/NAME.fish
SHELLS   := bash zsh fish

install: all
	install -d $(DEST)/bin $(DEST)/include/ckpt/base $(PC) \
	    $(DEST)/share/ckpt-tools/links $(DEST)/share/ckpt-tools/examples \
	    $(foreach s,$(SHELLS),$(DEST)/$(dir $($s)))
	install $(TOOLS:%=$B/%) $(DEST)/bin
	install -m 644 $(wildcard libckpt/*.h) $(DEST)/include/ckpt
	install -m 644 $(BASE_HEADERS) $(DEST)/include/ckpt/base
	install -m 644 $B/libckpt.a $B/$(SHARED) $(LIB)
	ln -sf $(SHARED) $(LIB)/libckpt.so
	$(call print_pc,-L$${libdir} -lckpt,.private) >$(PC)/libckpt.pc
	$(call print_pc,$${libdir}/libckpt.a) >$(PC)/libckpt-static.pc
	install -m 644 libckpt/links/*.links $(DEST)/share/ckpt-tools/links
	cp -R $(EXAMPLES) $(DEST)/share/ckpt-tools/examples
	for p in $(PAGES); do s=$${p##*.}; \
	    install -D -m 644 $$p $(DEST)/share/man/man$$s/$${p##*/} || exit 1; done
	set -e; for p in $(TOOLS); do $(foreach s,$(SHELLS), \
	    $B/$$p --completion $s >$(DEST)/$(subst NAME,$$p,$($s));) done
	[ -n '$(DESTDIR)' ] || [ "$$(id -u)" != 0 ] || ldconfig

# $(call print_pc,LIBS,PRIVATE)
print_pc = printf '%s\n' 'prefix=$(prefix)' 'libdir=$(libdir:$(prefix)/%=$${prefix}/%)' \
    'Name: libckpt' 'Description: checkpoint streams' 'Version: $(VERSION)' \
    'Requires$2: $(NEEDED) $(filter hdf5,$(FOUND))' \
    'Cflags: -I$${prefix}/include/ckpt' \
    'Libs: $1$(if $2,' 'Libs.private:) -lunistring -lm -pthread'

uninstall:
	rm -f $(TOOLS:%=$(DEST)/bin/%) $(LIB)/libckpt.* $(PC)/libckpt*.pc \
	    $(foreach s,$(SHELLS),$(foreach p,$(TOOLS),$(DEST)/$(subst NAME,$p,$($s))))
	rm -rf $(DEST)/include/ckpt $(DEST)/share/ckpt-tools $(DOCDIR)
	for p in $(PAGES); do rm -f $(DEST)/share/man/man$${p##*.}/$${p##*/}; done

clean:
	rm -rf build build-*

# ----------------------------------------------------------- dependencies

# program, pkg-config name or header = Debian package
FILTER_PACKAGES := $(or $(HOST:%=%-gcc),cc)=gcc$(HOST:%=-%) pkg-config=pkg-config prove=perl gnuplot=gnuplot-nox \
	mandoc=mandoc groff=groff-base zstd=zstd xz=xz-utils bzip2=bzip2 xxhsum=xxhash \
	libzstd=libzstd-dev libxxhash=libxxhash-dev \
	jansson=libjansson-dev libarchive=libarchive-dev zlib=zlib1g-dev \
	openblas=libopenblas-dev unistr.h=libunistring-dev lapacke=liblapacke-dev
PACKAGES := $(FILTER_PACKAGES) $(if $(filter filters,$(WITH)),,hdf5=libhdf5-dev \
	oneapi/dnnl/dnnl.h=libdnnl-dev libpng=libpng-dev sndfile=libsndfile1-dev \
	samplerate=libsamplerate0-dev fftw3f=libfftw3-dev \
	$(if $(MPI),mpirun=openmpi-bin ompi-c=libopenmpi-dev))
# Debian's name of the architecture of HOST.
FOREIGN  := $(patsubst aarch64,arm64,$(firstword $(subst -, ,$(HOST))))
PACKAGES := $(if $(HOST),$(patsubst %-dev,%-dev:$(FOREIGN),$(PACKAGES)),$(PACKAGES))
PACKAGES += $(if $(filter deb,$(WITH)),gropdf=groff dpkg-gencontrol=dpkg-dev)
# What a program needs to be linked with libckpt.
DEVELOPMENT := $(sort libunistring-dev $(foreach p,$(NEEDED) $(filter hdf5,$(FOUND)), \
	$(patsubst $p=%,%,$(filter $p=%,$(PACKAGES)))))

deps:
	@missing=; for n in $(PACKAGES); do \
	    command -v $${n%=*} >/dev/null 2>&1 || \
	    $(PKG_CONFIG) --exists $${n%=*} 2>/dev/null || \
	    [ -z "$(HOST)" -a -e /usr/include/$${n%=*} ] || \
	    missing="$$missing $${n#*=}"; done; \
	[ -z "$$missing" ] && exit 0; \
	command -v apt-get >/dev/null || { \
	    echo "please install:$$missing (Debian's names)" >&2; exit 1; }; \
	get="apt-get install -y --no-install-recommends$$missing libc6-dev$(FOREIGN:%=:%)"; \
	sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	[ -z "$$sudo" ] || command -v sudo >/dev/null || { \
	    echo "packages are missing; as root, run: apt-get update && $$get" >&2; exit 1; }; \
	echo "installing with apt-get:$$missing"; \
	$(if $(HOST),$$sudo dpkg --add-architecture $(FOREIGN) &&) \
	$$sudo apt-get update -qq && \
	LC_ALL=C $$sudo $${get%% *} install --assume-no $${get#*-y } | \
	    grep -E '^(Need to get|After this)'; \
	$$sudo env DEBIAN_FRONTEND=noninteractive $$get -qq

.PHONY: all filters missing check test check-distro gold bench fuzz fuzzers demo \
    doc install-doc dist deb install uninstall clean deps FORCE
