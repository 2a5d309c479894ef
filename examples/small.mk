# small.mk - settings for two cores; ckpt-tools(7) says what they share with the paper

SEEDS    := 0 1
FEW      := 0
BRANCHES := 3 4
SIGMAS   := 0 0.5 2.5
DENSITY  := 0.05
STATES   := 10

TEXT   ?= $(DATA)/wikitext-2-raw-v1.zip
SPEECH ?= $(DATA)/free-spoken-digit-dataset-1.0.9.tar.gz

# VGG-16, a quarter as wide, on 2500 images: 20 steps in an epoch.
vgg        := train-vgg -d $(CIFAR) --width 16 --subset 2500 --epochs 24 \
              --lr-drops 12,18,22 --eval-count 500
vgg-eval   := train-vgg -d $(CIFAR) --eval --eval-count 500
vgg-norm   := --recompute-norm --norm-count 1000
vgg-decay  := 0.0001
vgg-decays := 0 0.001 0.01 0.1
vgg-splits := 0 4 20 100
vgg-matrix := *layers.15.conv.weight
vgg-masked := *conv.weight
vgg-pair   := *layers.14.conv.weight *layers.15.conv.weight

# UNet with 32 channels, on 4000 digits: 32 steps in an epoch.
unet        := train-unet -d $(MNIST) --width 32 --lr 0.002 --subset 4000 --epochs 12 \
               --eval-count 500
unet-eval   := train-unet -d $(MNIST) --eval --eval-count 500
unet-decay  := 0
unet-decays := 0 0.1 1 10
unet-splits := 0 6 32 160
unet-matrix := *conv3.weight
unet-pair   := *.conv3.weight *.conv4.weight

# An LSTM of 64 units on 720 spoken digits: 23 steps in an epoch.
lstm        := train-lstm -d $(SPEECH) --hidden 64 --lr 0.003 --subset 720 \
               --epochs 60
lstm-eval   := train-lstm -d $(SPEECH) --eval
lstm-decay  := 0.1
lstm-decays := 0 0.1 1 10
lstm-splits := 0 4 23 115
lstm-matrix := *weight_ih_l2
lstm-pair   := *weight_ih_l2 *weight_ih_l3

# A language model of 4 blocks, on a tenth of WikiText-2: 84 steps in an epoch.
lm        := train-lm -d $(TEXT) --layers 4 --width 64 --heads 4 --hidden 64 \
             --context 128 --vocab 1024 --batch 32 --micro 32 --warmup 20 \
             --lr 0.003 --subset 2688 --epochs 4 --eval-count 200
lm-eval   := train-lm -d $(TEXT) --eval --eval-count 200
lm-decay  := 0.1
lm-decays := 0 0.1 1 10
lm-splits := 0 16 84 168
lm-matrix := *layers.2.linear1.weight
lm-pair   := *layers.2.linear1.weight *layers.2.linear2.weight

# Addition modulo 59.
modadd   := train-modadd -p 59 --save 100
modadd-a := --frac 0.4 --weight-decay 1 --steps 25000
modadd-b := --frac 0.4 --weight-decay 0 --steps 15000
modadd-c := --frac 0.9 --weight-decay 0 --steps 15000
modadd-d := -p 47 --frac 0.7 --weight-decay 0 --norm --warmup 10 --steps 30000
modadd-matrix := *linear1.weight
modadd-pair   := *.linear1.weight *.linear2.weight

mlp := train-mlp -d $(CIFAR) --subset 5000 --epochs 150 --lr 0.003 \
       --eval-count 1000
mlp-matrix := *layers.1.weight
mlp-pair   := *layers.1.weight *layers.2.weight

# Time limits of cluster jobs, in minutes.
run-minutes   := 60
table-minutes := 60
