# runs.mk - runs, and tables of their checkpoints, which the figures share
#
# A scale defines for each task (vgg unet lstm lm modadd mlp) its trainer with all
# options, $(vgg), the command that evaluates checkpoints, $(vgg-eval), and more:
# see small.mk. Names of runs begin with the task:
#
#   vgg-s0            base run, seed 0          vgg-t0-k40-b3   branch 3 of trunk
#   vgg-w0.1-s0       another weight decay                      0 from step 40
#   vgg-t0-p0.5-b3    the same with noise 0.5   vgg-t0-magnitude-b3   under a mask

R := $(OUT)/$(SCALE)/runs
T := $(OUT)/$(SCALE)/tables
F := $(OUT)/$(SCALE)/figures

$(OUT) $R $T $F:
	mkdir -p $@

# ------------------------------------------------------------------ runs

# $(call run,NAME,COMMAND,PREREQUISITES): continues from its state, if there is one
define run
RUNS += $1
TRUNKS += $(if $3,,$1)
$R/$1.ckpt: $3 | $R $(call data-of,$1)
	$2 -q -j $(THREADS) --log $R/$1.log.tsv --state $R/$1.state \
	    $$$$([ ! -e $R/$1.state ] || echo --resume $R/$1.state) -o $$@ \
	    && rm -f $R/$1.state
endef
add-run = $(eval $(call run,$1,$2,$3))

# The name of the run of a task with this weight decay and seed.
run-of = $1-$(if $(filter $2,$($1-decay)),,w$2-)s$3

tasks ?= vgg unet lstm lm

# Other weight decays, noise and tickets may have fewer seeds.
FEW ?= $(SEEDS)

$(foreach t,$(tasks),\
  $(foreach s,$(SEEDS),\
    $(call add-run,$t-s$s,$($t) --weight-decay $($t-decay) --seed $s \
      --keep-states $(STATES)))\
  $(foreach s,$(FEW),$(foreach w,$(filter-out $($t-decay),$($t-decays)),\
    $(call add-run,$t-w$w-s$s,$($t) --weight-decay $w --seed $s))))

# A branch starts from a state of its trunk and has an order of the examples of its
# own seed. Usually only its last checkpoint is needed: --save 0.
branch = $($1) --weight-decay $($1-decay) --seed $4 --branch $R/$1-s$2.state.$3
noise = $(if $(filter-out 0,$3),$1-t$2-p$3-b$4,$1-t$2-k$(lastword $($1-splits))-b$4)

$(foreach t,$(tasks),$(foreach b,$(BRANCHES),\
  $(foreach s,$(SEEDS),$(foreach k,$($t-splits),\
    $(call add-run,$t-t$s-k$k-b$b,$(call branch,$t,$s,$k,$b) --save 0,$R/$t-s$s.ckpt)))\
  $(foreach s,$(FEW),$(foreach p,$(filter-out 0,$(SIGMAS)),\
    $(call add-run,$t-t$s-p$p-b$b,$(call branch,$t,$s,$(lastword \
      $($t-splits)),$b) --save 0 --perturb $p,$R/$t-s$s.ckpt)))))

# ---------------------------------------------------------------- tables

comma := ,

# The task of the run that the table $@ is about.
task = $(firstword $(subst -, ,$(@F)))

$T/%.svd.tsv: $R/%.ckpt | $T
	ckpt-svd -q -j $(THREADS) -t '$($(task)-matrix)' -o $@ $<

$T/%.erank.tsv: $R/%.ckpt | $T
	ckpt-erank -q -j $(THREADS) -o $@ $<

$T/%.align.tsv: $R/%.ckpt | $T
	ckpt-align -q -j $(THREADS) $($(task)-pair:%=-t '%') -o $@ $<

$T/%.score.tsv: $R/%.ckpt | $T
	ckpt-align -q -j $(THREADS) -S -o $@ $<

# Agreement with the last checkpoint of the run.
$T/%.sva.tsv: $R/%.ckpt | $T
	ckpt-sva -q -j $(THREADS) -t '$($(task)-matrix)' -o $@ $<

$T/%.agree.tsv: $R/%.ckpt | $T
	ckpt-sva -q -j $(THREADS) -S -o $@ $<

# The losses that the run logged.
$T/%.log.tsv: $R/%.ckpt | $T
	cp $(<:.ckpt=.log.tsv) $@

# Losses with half of the singular values of every matrix but the last. Those with
# all of them are in the log, of as many examples.
$T/%.top.tsv: $R/%.ckpt | $T
	ckpt-prune -q -j $(THREADS) -u -T 0.5 $< | \
	    $($(task)-eval) $($(task)-norm) -q -j $(THREADS) -o $@

$T/%.bottom.tsv: $R/%.ckpt | $T
	ckpt-prune -q -j $(THREADS) -u -B 0.5 $< | \
	    $($(task)-eval) $($(task)-norm) -q -j $(THREADS) -o $@

# $(call pair,NAME,TASK,FROM,TO): the barrier between two runs' last checkpoints,
# and the agreement of their singular vectors
define pair
$T/$1.barrier.tsv: $R/$3.ckpt $R/$4.ckpt | $T
	ckpt-barrier -q -e '$($2-eval) $($2-norm) --eval-on train -q -j \
	    $(THREADS)' -o $$@ $$^
$T/$1.sva.tsv: $R/$3.ckpt $R/$4.ckpt | $T
	ckpt-sva -q -j $(THREADS) -s last -t '$($2-matrix)' -r $$(word 2,$$^) -o $$@ $$<
$T/$1.agree.tsv: $R/$3.ckpt $R/$4.ckpt | $T
	ckpt-sva -q -j $(THREADS) -s last -S -r $$(word 2,$$^) -o $$@ $$<
endef
add-pair = $(eval $(call pair,$1,$2,$(strip $3),$(strip $4)))

# ---------------------------------------------------- tables of the figures

# $(call mean,NAME,KEYS,VALUE,[AT=]FILE ...): the mean of tables, as a
# prerequisite of the figure
define mean-rule
$F/$1.tsv: $(foreach f,$4,$(lastword $(subst =, ,$f))) $Emean | $F
	$Emean $2 $3 $4 >$$@
$(firstword $(subst -, ,$1))-tables += $F/$1.tsv
endef
mean = $(eval $(call mean-rule,$1,$2,$3,$4))

# A list of TASK-DECAY, for figures that compare weight decays.
swept := $(foreach t,$(tasks),$(foreach w,$($t-decays),$t-$w))

# Tables of one kind for all seeds of a run.
of-base = $(call of-seeds,$1,$($1-decay),$2)
of-seeds = $(foreach s,$(if $(filter $2,$($1-decay)),$(SEEDS),$(FEW)),$T/$(call run-of,$1,$2,$s).$3.tsv)

# $(call figure,N): svg, png and pdf of it
define figure-rule
fig$1: $(foreach e,svg png pdf,$(OUT)/$(SCALE)/fig$1.$e)
$(foreach e,svg png pdf,$(OUT)/$(SCALE)/fig$1.$e): $(OUT)/$(SCALE)/fig$1.%: \
    $$(fig$1-tables) $Efig$1.gp $(wildcard $Epanel*.gp)
	GNUPLOT_LIB=$E gnuplot -c $Efig$1.gp $$* $F $(fig$1-args) >$$@
endef
figure = $(eval $(call figure-rule,$1))
