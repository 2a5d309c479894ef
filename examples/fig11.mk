# fig11.mk - branches of one trunk: barrier and agreement by the step of the split

# All pairs of branches with seeds B and C, as words B+C.
pairs-of = $(if $(word 2,$1),$(foreach c,$(wordlist 2,99,$1),$(firstword $1)+$c) \
    $(call pairs-of,$(wordlist 2,99,$1)))
branch-pairs := $(call pairs-of,$(BRANCHES))
left  = $(firstword $(subst +, ,$1))
right = $(lastword $(subst +, ,$1))

$(foreach t,$(tasks),$(foreach s,$(SEEDS),$(foreach k,$($t-splits),\
  $(foreach p,$(branch-pairs),$(call add-pair,$t-t$s-k$k-b$p,$t,\
    $t-t$s-k$k-b$(call left,$p),$t-t$s-k$k-b$(call right,$p))))))

# Tables of all pairs, as SPLIT=TABLE
in-trunk = $(foreach k,$($1-splits),$(foreach s,$(SEEDS),\
    $(foreach p,$(branch-pairs),$k=$T/$1-t$s-k$k-b$p.$2.tsv)))
$(foreach t,$(tasks),\
  $(call mean,fig11-$t-barrier,metric,barrier,$(call in-trunk,$t,barrier))\
  $(call mean,fig11-$t-sva,i,agreement,$(call in-trunk,$t,sva))\
  $(call mean,fig11-$t-agree,tensor,agreement,$(call in-trunk,$t,agree)))

$(call figure,11)
