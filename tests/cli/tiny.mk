# tiny.mk - a scale for tests/cli/examples.t: one of the four tasks, in seconds

tasks    := vgg
SEEDS    := 0 1
BRANCHES := 3 4
SIGMAS   := 0 1
DENSITY  := 0.2
STATES   := 10

vgg        := train-vgg -d $(CIFAR) --width 16 --batch 7 --epochs 2 --lr 0.01 \
              --lr-drops 1
vgg-eval   := train-vgg -d $(CIFAR) --eval
vgg-norm   := --recompute-norm
vgg-decay  := 0.0001
vgg-decays := 0 0.1
vgg-splits := 0 3
vgg-matrix := *layers.0.conv.weight
vgg-masked := *conv.weight
vgg-pair   := *layers.0.conv.weight *layers.1.conv.weight

modadd   := train-modadd -p 5 --save 10 --steps 30
modadd-a := --frac 0.6
modadd-b := --frac 0.6 --weight-decay 0
modadd-c := --frac 0.9 --weight-decay 0
modadd-d := --frac 0.7 --norm --warmup 5
modadd-matrix := *linear1.weight
modadd-pair   := *.linear1.weight *.linear2.weight

mlp := train-mlp -d $(CIFAR) --epochs 2
mlp-matrix := *layers.1.weight
mlp-pair   := *layers.1.weight *layers.2.weight

run-minutes   := 5
table-minutes := 5
