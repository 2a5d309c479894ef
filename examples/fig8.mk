# fig8.mk - a perceptron on true and on random labels

mlp-true     :=
mlp-shuffled := --shuffle-labels

$(foreach k,true shuffled,$(foreach s,$(SEEDS),\
  $(call add-run,mlp-$k-s$s,$(mlp) $(mlp-$k) --seed $s)))

of-mlp = $(foreach s,$(SEEDS),$T/mlp-$1-s$s.$2.tsv)
$(foreach k,true shuffled,\
  $(call mean,fig8-$k-error,step$(comma)split,error,$(call of-mlp,$k,log))\
  $(call mean,fig8-$k-svd,step$(comma)i,sigma,$(call of-mlp,$k,svd))\
  $(call mean,fig8-$k-erank,step$(comma)tensor,erank_norm,$(call of-mlp,$k,erank))\
  $(call mean,fig8-$k-align,step$(comma)i,align,$(call of-mlp,$k,align))\
  $(call mean,fig8-$k-score,step$(comma)from$(comma)to,align,$(call of-mlp,$k,score)))

$(call figure,8)
