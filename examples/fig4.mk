# fig4.mk - losses with half of the singular values

$(foreach t,$(tasks),$(foreach k,log top bottom,\
  $(call mean,fig4-$t-$k,step$(comma)split,loss,$(call of-base,$t,$k))))

$(call figure,4)
