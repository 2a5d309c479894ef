# fig6.mk - singular values and effective ranks for increasing weight decay

$(foreach t,$(tasks),$(foreach w,$($t-decays),\
  $(call mean,fig6-$t-$w-svd,step$(comma)i,sigma,$(call of-seeds,$t,$w,svd))\
  $(call mean,fig6-$t-$w-erank,step$(comma)tensor,erank_norm,$(call of-seeds,$t,$w,erank))))

fig6-args := '$(swept)'
$(call figure,6)
