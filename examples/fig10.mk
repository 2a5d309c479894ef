# fig10.mk - lottery tickets: VGG-16 under masks of the trunk's final weights

rewind := $(lastword $(vgg-splits))
ticket = $(call branch,vgg,$1,$(rewind),$2) --mask

# A magnitude mask for each trunk, a random mask for each branch.
define ticket-rules
MASKS += $R/vgg-t$1.magnitude.mask $(BRANCHES:%=$R/vgg-t$1-b%.random.mask)
$R/vgg-t$1.magnitude.mask: $R/vgg-s$1.ckpt
	ckpt-prune -q -s last -m $(DENSITY) -M -o $$@ $$<
$(foreach b,$(BRANCHES),
$R/vgg-t$1-b$b.random.mask: $R/vgg-t$1.magnitude.mask $R/vgg-s$1.ckpt
	ckpt-prune -q -s last -r $$< --seed $b -M -o $$@ $R/vgg-s$1.ckpt
)
endef
$(foreach s,$(FEW),$(eval $(call ticket-rules,$s))\
  $(foreach b,$(BRANCHES),\
    $(call add-run,vgg-t$s-magnitude-b$b,$(call ticket,$s,$b) \
      $R/vgg-t$s.magnitude.mask,$R/vgg-t$s.magnitude.mask)\
    $(call add-run,vgg-t$s-random-b$b,$(call ticket,$s,$b) \
      $R/vgg-t$s-b$b.random.mask,$R/vgg-t$s-b$b.random.mask)))

# Agreement of the final weights with and without the mask: all pairs of ranks of
# one matrix, and scores by layer.
$T/vgg-t%.magnitude.matrix.tsv: $R/vgg-s%.ckpt $R/vgg-t%.magnitude.mask | $T
	ckpt-prune -q -u -s last -a $(word 2,$^) $< | ckpt-sva -q -m -k 100 \
	    -t '$(vgg-matrix)' -r - -s last -o $@ $<
$T/vgg-t%.magnitude.bars.tsv: $R/vgg-s%.ckpt $R/vgg-t%.magnitude.mask | $T
	ckpt-prune -q -u -s last -a $(word 2,$^) $< | ckpt-sva -q -S \
	    -t '$(vgg-masked)' -r - -s last -o $@ $<
define random-rules
$T/vgg-t$1-b$2.random.matrix.tsv: $R/vgg-s$1.ckpt $R/vgg-t$1-b$2.random.mask | $T
	ckpt-prune -q -u -s last -a $$(word 2,$$^) $$< | ckpt-sva -q -m -k 100 \
	    -t '$(vgg-matrix)' -r - -s last -o $$@ $$<
$T/vgg-t$1-b$2.random.bars.tsv: $R/vgg-s$1.ckpt $R/vgg-t$1-b$2.random.mask | $T
	ckpt-prune -q -u -s last -a $$(word 2,$$^) $$< | ckpt-sva -q -S \
	    -t '$(vgg-masked)' -r - -s last -o $$@ $$<
endef
$(foreach s,$(FEW),$(foreach b,$(BRANCHES),\
  $(eval $(call random-rules,$s,$b))))

# Agreement of the masked run with the trunk, at equal steps.
define beside-rules
$T/vgg-t$1-$2-b$3.sva.tsv: $R/vgg-t$1-$2-b$3.ckpt $R/vgg-s$1.ckpt | $T
	ckpt-sva -q -t '$(vgg-matrix)' -w $$(word 2,$$^) -o $$@ $$<
$T/vgg-t$1-$2-b$3.agree.tsv: $R/vgg-t$1-$2-b$3.ckpt $R/vgg-s$1.ckpt | $T
	ckpt-sva -q -S -w $$(word 2,$$^) -o $$@ $$<
endef
$(foreach s,$(FEW),$(foreach m,magnitude random,$(foreach b,$(BRANCHES),\
  $(eval $(call beside-rules,$s,$m,$b)))))

tickets = $(foreach s,$(FEW),$(foreach b,$(BRANCHES),$T/vgg-t$s-$1-b$b.$2.tsv))
masked-magnitude = $(foreach s,$(FEW),$T/vgg-t$s.magnitude.$1.tsv)
masked-random = $(foreach s,$(FEW),$(foreach b,$(BRANCHES),\
    $T/vgg-t$s-b$b.random.$1.tsv))
$(foreach m,magnitude random,\
  $(call mean,fig10-$m-loss,step$(comma)split,loss,$(call tickets,$m,log))\
  $(call mean,fig10-$m-matrix,j$(comma)i,agreement,$(call masked-$m,matrix))\
  $(call mean,fig10-$m-bars,tensor,agreement,$(call masked-$m,bars))\
  $(call mean,fig10-$m-sva,step$(comma)i,agreement,$(call tickets,$m,sva))\
  $(call mean,fig10-$m-agree,step$(comma)tensor,agreement,$(call tickets,$m,agree)))

$(call figure,10)
