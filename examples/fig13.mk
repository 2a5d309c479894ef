# fig13.mk - branches of perturbed weights: barrier and agreement by the size of the
# noise

$(foreach t,$(tasks),$(foreach s,$(FEW),$(foreach p,$(filter-out 0,$(SIGMAS)),\
  $(foreach q,$(branch-pairs),$(call add-pair,$t-t$s-p$p-b$q,$t,\
    $t-t$s-p$p-b$(call left,$q),$t-t$s-p$p-b$(call right,$q))))))

# Without noise, these are the branches from the last split.
perturbed = $(foreach p,$(SIGMAS),$(foreach s,$(FEW),$(foreach q,$(branch-pairs),\
    $p=$T/$(call noise,$1,$s,$p,$q).$2.tsv)))
$(foreach t,$(tasks),\
  $(call mean,fig13-$t-barrier,metric,barrier,$(call perturbed,$t,barrier))\
  $(call mean,fig13-$t-sva,i,agreement,$(call perturbed,$t,sva))\
  $(call mean,fig13-$t-agree,tensor,agreement,$(call perturbed,$t,agree)))

$(call figure,13)
