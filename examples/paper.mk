# paper.mk - the settings of the paper, for clusters
#
# Where its text and its code differ, hyperparameters are those of the code.

SEEDS    := 0 1 2
BRANCHES := 3 4 5
SIGMAS   := 0 0.1 0.25 0.5 1 2.5
DENSITY  := 0.05
STATES   := 10

TEXT       ?= $(DATA)/wikitext-103-v1.zip
SPEECH     ?= $(DATA)/train-clean-100.tar.gz
SPEECH_VAL ?= $(DATA)/dev-clean.tar.gz

vgg        := train-vgg -d $(CIFAR)
vgg-eval   := train-vgg -d $(CIFAR) --eval
vgg-norm   := --recompute-norm
vgg-decay  := 0.0001
vgg-decays := 0 0.001 0.01 0.1
vgg-splits := 0 70 140 210 280 352 704 1056 1408 1760
vgg-matrix := *layers.15.conv.weight
vgg-masked := *conv.weight
vgg-pair   := *layers.14.conv.weight *layers.15.conv.weight

unet        := train-unet -d $(MNIST)
unet-eval   := train-unet -d $(MNIST) --eval
unet-decay  := 0
unet-decays := 0 0.1 1 10
unet-splits := 0 84 168 252 336 422 844 1266 1688 2110
unet-matrix := *.conv3.weight
unet-pair   := *.conv3.weight *.conv4.weight

speech      := -d $(SPEECH) $(SPEECH_VAL:%=--val-data %)
lstm        := train-lstm $(speech)
lstm-eval   := train-lstm $(speech) --eval
lstm-decay  := 0.1
lstm-decays := 0 0.1 1 10
lstm-splits := 0 178 356 534 712 892 1784 2676 3568 4460
lstm-matrix := *weight_ih_l2
lstm-pair   := *weight_ih_l2 *weight_ih_l3

# TOKENIZER is GPT-NeoX's tokenizer.json; without it a vocabulary of the same size
# is learned. The cosine is that of the published code, which ends long before the
# run does.
lm-tokens := $(if $(TOKENIZER),--tokenizer $(TOKENIZER),--vocab 50254)
lm        := train-lm -d $(TEXT) $(lm-tokens) --clean --horizon 6660
lm-eval   := train-lm -d $(TEXT) $(TOKENIZER:%=--tokenizer %) --eval
lm-decay  := 0.1
lm-decays := 0 0.1 1 10
lm-splits := 0 44 88 132 176 223 446 669 892 1115
lm-matrix := *layers.7.linear1.weight
lm-pair   := *layers.7.linear1.weight *layers.7.linear2.weight

modadd   := train-modadd --save 100
modadd-a := --frac 0.3 --weight-decay 1
modadd-b := --frac 0.3 --weight-decay 0
modadd-c := --frac 0.9 --weight-decay 0
modadd-d := -p 97 --frac 0.7 --weight-decay 0 --norm --warmup 10 --steps 100000
modadd-matrix := *linear1.weight
modadd-pair   := *.linear1.weight *.linear2.weight

mlp := train-mlp -d $(CIFAR)
mlp-matrix := *layers.1.weight
mlp-pair   := *layers.1.weight *layers.2.weight

# Time limits of cluster jobs, in minutes.
run-minutes   := 2880
table-minutes := 600
