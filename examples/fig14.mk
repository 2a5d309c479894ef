# fig14.mk - losses with half of the singular values, for increasing weight decay

$(foreach t,$(tasks),$(foreach w,$($t-decays),$(foreach k,log top bottom,\
  $(call mean,fig14-$t-$w-$k,step$(comma)split,loss,$(call of-seeds,$t,$w,$k)))))

fig14-args := '$(swept)'
$(call figure,14)
