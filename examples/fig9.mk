# fig9.mk - agreement of singular vectors with those of the last checkpoint

$(foreach t,$(tasks),\
  $(call mean,fig9-$t-sva,step$(comma)i,agreement,$(call of-base,$t,sva))\
  $(call mean,fig9-$t-agree,step$(comma)tensor,agreement,$(call of-base,$t,agree)))

$(call figure,9)
