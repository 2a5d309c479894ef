# jobs.mk - recipes that take time: measured, or run by other machines
#
#   make -j200 CLUSTER=slurm THREADS=16 figures    each is a Slurm job
#   make HOSTS=node1,node2 by-ssh && make figures  runs are distributed by ssh
#
# All machines must share this folder. JOB_OPTIONS is passed to srun.

CLUSTER     ?=
JOB_OPTIONS ?=
JOB_CPUS    := $(THREADS)
JOB_TIMES   := $(OUT)/$(SCALE)/times.tsv
JOB_LOCKS   := $(OUT)/$(SCALE)/locks
JOB_SINCE   := $(shell date +%s.%N)
export CLUSTER JOB_OPTIONS JOB_CPUS JOB_TIMES JOB_LOCKS JOB_SINCE

# The exported ones are not private: GNU Make 4.4 does not export private variables.
$R/% $T/%: private SHELL := $Ejob
$R/% $T/%: export JOB = $@
$R/%: export JOB_MINUTES = $(run-minutes)
$T/%: export JOB_MINUTES = $(table-minutes)

# GNU parallel distributes the runs over the hosts, trunks before their branches.
# If a host is lost, its current run is made again.
HOSTS ?= :
handed := SCALE OUT THREADS DATA CIFAR MNIST TEXT SPEECH SPEECH_VAL
parallel = parallel --sshlogin $(HOSTS) --jobs 1 --workdir $(CURDIR) \
    --retries 3 env PATH="$$PATH" make -f $(MAIN) $(.INCLUDE_DIRS:%=-I %) \
    $(foreach v,$(handed),$v=$($v)) {} :::
by-ssh:
	$(parallel) $(TRUNKS:%=$R/%.ckpt)
	$(parallel) $(MASKS)
	$(parallel) $(filter-out $(TRUNKS:%=$R/%.ckpt),$(RUNS:%=$R/%.ckpt))

# Time and space that GOALS will take, estimated from earlier recipes of each kind.
GOALS ?= figures
du:
	@$(MAKE) -f $(MAIN) -n $(GOALS) 2>/dev/null | \
	    $Ecosts sum $(if $(wildcard $E$(SCALE).costs),$E)$(SCALE).costs

# Mean time and size of each kind of recipe.
costs:
	$Ecosts measure $(JOB_TIMES) $R $T >$(SCALE).costs

.PHONY: by-ssh du costs
