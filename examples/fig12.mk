# fig12.mk - branches of different trunks: barrier and agreement by the step of the
# split

trunk-pairs := $(call pairs-of,$(SEEDS))

$(foreach t,$(tasks),$(foreach q,$(trunk-pairs),$(foreach k,$($t-splits),\
  $(foreach b,$(BRANCHES),$(call add-pair,$t-x$q-k$k-b$b,$t,\
    $t-t$(call left,$q)-k$k-b$b,$t-t$(call right,$q)-k$k-b$b)))))

across = $(foreach k,$($1-splits),$(foreach q,$(trunk-pairs),\
    $(foreach b,$(BRANCHES),$k=$T/$1-x$q-k$k-b$b.$2.tsv)))
$(foreach t,$(tasks),\
  $(call mean,fig12-$t-barrier,metric,barrier,$(call across,$t,barrier))\
  $(call mean,fig12-$t-sva,i,agreement,$(call across,$t,sva))\
  $(call mean,fig12-$t-agree,tensor,agreement,$(call across,$t,agree)))

$(call figure,12)
