# fig2.mk - grokking: addition modulo a prime with four settings (a to d)

$(foreach k,a b c d,$(foreach s,$(SEEDS),\
  $(call add-run,modadd-$k-s$s,$(modadd) $(modadd-$k) --seed $s)))

of-modadd = $(foreach s,$(SEEDS),$T/modadd-$1-s$s.$2.tsv)
$(foreach k,a b c d,\
  $(call mean,fig2-$k-error,step$(comma)split,error,\
    $(call of-modadd,$k,log))\
  $(call mean,fig2-$k-svd,step$(comma)i,sigma,$(call of-modadd,$k,svd))\
  $(call mean,fig2-$k-erank,step$(comma)tensor,erank_norm,$(call of-modadd,$k,erank))\
  $(call mean,fig2-$k-align,step$(comma)i,align,$(call of-modadd,$k,align)))

# Networks generalize at different steps: the claim is about each of them.
$(foreach s,$(SEEDS),\
  $(call mean,fig2-a-s$s-error,step$(comma)split,error,$T/modadd-a-s$s.log.tsv)\
  $(call mean,fig2-a-s$s-erank,step$(comma)tensor,erank_norm,$T/modadd-a-s$s.erank.tsv))

$(call figure,2)
