# fig7.mk - alignment of layers for increasing weight decay

$(foreach t,$(tasks),$(foreach w,$($t-decays),\
  $(call mean,fig7-$t-$w-align,step$(comma)i,align,$(call of-seeds,$t,$w,align))\
  $(call mean,fig7-$t-$w-score,step$(comma)from$(comma)to,align,$(call of-seeds,$t,$w,score))))

fig7-args := '$(swept)'
$(call figure,7)
