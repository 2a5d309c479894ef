# fig9.mk - singular vectors on their way to the last ones

$(foreach t,$(tasks),\
  $(call mean,fig9-$t-sva,step$(comma)i,agreement,$(call of-base,$t,sva))\
  $(call mean,fig9-$t-agree,step$(comma)tensor,agreement,$(call of-base,$t,agree)))

$(call figure,9)
