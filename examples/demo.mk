# demo.mk - the demo: one run of figure 2(a)

STEPS ?= 40000
SEED  ?= 0

demo: $(OUT)/fig2a.png
	@echo "figure 2(a) is in $(abspath $<)"

# 30 % of all pairs modulo 113, weight decay 1. Checkpoints are stored and measured
# during training.
$(OUT)/fig2a.ckpt: | $(OUT)
	train-modadd --frac 0.3 --weight-decay 1 --steps $(STEPS) --seed $(SEED) \
	    --log $(OUT)/fig2a-log.tsv | tee $@.part | \
	    ckpt-erank -q -o $(OUT)/fig2a-erank.tsv
	mv $@.part $@

$(OUT)/fig2a-svd.tsv: $(OUT)/fig2a.ckpt
	ckpt-svd -t '*linear1.weight' -o $@ $<

$(OUT)/fig2a-align.tsv: $(OUT)/fig2a.ckpt
	ckpt-align -t '*.linear[12].weight' -o $@ $<

$(OUT)/fig2a.png: $(OUT)/fig2a-svd.tsv $(OUT)/fig2a-align.tsv $Efig2a.gp
	gnuplot -c $Efig2a.gp $(OUT)/fig2a-log.tsv $(OUT)/fig2a-svd.tsv \
	    $(OUT)/fig2a-erank.tsv $(OUT)/fig2a-align.tsv >$@

.PHONY: demo
