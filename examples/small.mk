# small.mk - sizes for two cores; what a task must keep is in ckpt-tools(7)

SEEDS    := 0 1
BRANCHES := 3 4
SIGMAS   := 0 0.1 0.25 0.5 1 2.5
DENSITY  := 0.05
STATES   := 10

# VGG-16, a quarter as wide, on 5000 images: 40 steps in an epoch.
vgg        := train-vgg -d $(CIFAR) --width 16 --subset 5000 --epochs 20 \
              --lr-drops 10,15,19 --eval-count 1000
vgg-eval   := train-vgg -d $(CIFAR) --eval --eval-count 1000
vgg-norm   := --recompute-norm --norm-count 2000
vgg-decay  := 0.0001
vgg-decays := 0 0.001 0.01 0.1
vgg-splits := 0 8 16 40 80 200
vgg-matrix := *layers.15.conv.weight
vgg-masked := *conv.weight
vgg-pair   := *layers.14.conv.weight *layers.15.conv.weight

# UNet with 32 channels, on 4000 digits: 32 steps in an epoch.
unet        := train-unet -d $(MNIST) --width 32 --subset 4000 --epochs 12 \
               --eval-count 500
unet-eval   := train-unet -d $(MNIST) --eval --eval-count 500
unet-decay  := 0
unet-decays := 0 0.1 1 10
unet-splits := 0 6 12 32 64 160
unet-matrix := *conv3.weight
unet-pair   := *.conv3.weight *.conv4.weight

lstm        := train-lstm -d $(SPEECH) --hidden 64 --epochs 60
lstm-eval   := train-lstm -d $(SPEECH) --eval
lstm-decay  := 0.1
lstm-decays := 0 0.1 1 10
lstm-splits := 0 4 8 23 46 115
lstm-matrix := *weight_ih_l2
lstm-pair   := *weight_ih_l2 *weight_ih_l3

lm        := train-lm -d $(TEXT) --layers 4 --width 64 --heads 4 --hidden 64 \
             --context 128 --vocab 1024 --batch 32 --micro 32 --warmup 20 \
             --lr 0.003 --epochs 5 --eval-count 200
lm-eval   := train-lm -d $(TEXT) --eval --eval-count 200
lm-decay  := 0.1
lm-decays := 0 0.1 1 10
lm-splits := 0 16 32 84 168 420
lm-matrix := *layers.2.linear1.weight
lm-pair   := *layers.2.linear1.weight *layers.2.linear2.weight

# Addition modulo 59.
modadd   := train-modadd -p 59 --save 100
modadd-a := --frac 0.4 --weight-decay 1 --steps 15000
modadd-b := --frac 0.4 --weight-decay 0 --steps 15000
modadd-c := --frac 0.9 --weight-decay 0 --steps 15000
modadd-d := -p 47 --frac 0.7 --weight-decay 0 --norm --warmup 10 --steps 30000
modadd-matrix := *linear1.weight
modadd-pair   := *.linear1.weight *.linear2.weight

mlp := train-mlp -d $(CIFAR) --subset 5000 --epochs 150 --lr 0.003 \
       --eval-count 1000
mlp-matrix := *layers.1.weight
mlp-pair   := *layers.1.weight *layers.2.weight

# Minutes after which a cluster gives up.
run-minutes   := 60
table-minutes := 60
