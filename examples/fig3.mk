# fig3.mk - singular values and effective ranks of the base runs

$(foreach t,$(tasks),\
  $(call mean,fig3-$t-svd,step$(comma)i,sigma,$(call of-base,$t,svd))\
  $(call mean,fig3-$t-erank,step$(comma)tensor,erank_norm,$(call of-base,$t,erank)))

$(call figure,3)
