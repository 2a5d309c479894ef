# jobs.mk - recipes that take time: measured, or made by other machines
#
#   make -j200 CLUSTER=slurm THREADS=16 figures    each is a job of Slurm
#   make HOSTS=node1,node2 by-ssh && make figures  runs by hosts that ssh reaches
#
# The folder must be one on all machines. JOB_OPTIONS goes to srun.

CLUSTER     ?=
JOB_OPTIONS ?=
JOB_CPUS    := $(THREADS)
JOB_TIMES   := $(OUT)/$(SCALE)/times.tsv
JOB_LOCKS   := $(OUT)/$(SCALE)/locks
JOB_SINCE   := $(shell date +%s.%N)
export CLUSTER JOB_OPTIONS JOB_CPUS JOB_TIMES JOB_LOCKS JOB_SINCE

$R/% $T/%: private SHELL := ./job
$R/% $T/%: private export JOB = $@
$R/%: private export JOB_MINUTES = $(run-minutes)
$T/%: private export JOB_MINUTES = $(table-minutes)

# GNU parallel gives each host some runs, first those that others are branches
# of. What a host was making when it was lost is made again.
HOSTS ?= :
handed := SCALE OUT THREADS CIFAR MNIST TEXT SPEECH
parallel = parallel --sshlogin $(HOSTS) --jobs 1 --workdir $(CURDIR) \
    --retries 3 env PATH="$$PATH" make $(.INCLUDE_DIRS:%=-I %) \
    $(foreach v,$(handed),$v=$($v)) {} :::
by-ssh:
	$(parallel) $(TRUNKS:%=$R/%.ckpt)
	$(parallel) $(MASKS)
	$(parallel) $(filter-out $(TRUNKS:%=$R/%.ckpt),$(RUNS:%=$R/%.ckpt))

# Hours and bytes of what GOALS still want, by what such recipes took before.
GOALS ?= figures
du:
	@$(MAKE) -n $(GOALS) 2>/dev/null | ./costs sum $(SCALE).costs

# What they took: the mean of each kind, with the size of what they made.
costs:
	./costs measure $(JOB_TIMES) $R $T >$(SCALE).costs

.PHONY: by-ssh du costs
