# fig13.mk - branches after noise: barrier and agreement by its size

$(foreach t,$(tasks),$(foreach s,$(FEW),$(foreach p,$(filter-out 0,$(SIGMAS)),\
  $(foreach q,$(branch-pairs),$(call add-pair,$t-t$s-p$p-b$q,$t,\
    $t-t$s-p$p-b$(call left,$q),$t-t$s-p$p-b$(call right,$q))))))

# No noise is a branch from the last split.
shaken = $(foreach p,$(SIGMAS),$(foreach s,$(FEW),$(foreach q,$(branch-pairs),\
    $p=$T/$(call noise,$1,$s,$p,$q).$2.tsv)))
$(foreach t,$(tasks),\
  $(call mean,fig13-$t-barrier,metric,barrier,$(call shaken,$t,barrier))\
  $(call mean,fig13-$t-sva,i,agreement,$(call shaken,$t,sva))\
  $(call mean,fig13-$t-agree,tensor,agreement,$(call shaken,$t,agree)))

$(call figure,13)
