# fig5.mk - alignment of layers in the base runs

$(foreach t,$(tasks),\
  $(call mean,fig5-$t-align,step$(comma)i,align,$(call of-base,$t,align))\
  $(call mean,fig5-$t-score,step$(comma)from$(comma)to,align,$(call of-base,$t,score)))

$(call figure,5)
