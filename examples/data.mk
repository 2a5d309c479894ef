# data.mk - data sets that are not there are reported, or fetched

HELP := make $(if $(filter Makefile,$(MAIN)),-C $(CURDIR),-f $(MAIN)) data
export DATA SCALE FETCH MIRROR CIFAR MNIST TEXT SPEECH SPEECH_VAL HELP

data:
	@$Edatasets list

data-vgg  := $(CIFAR)
data-mlp  := $(CIFAR)
data-unet := $(MNIST)
data-lstm := $(SPEECH) $(SPEECH_VAL)
data-lm   := $(TEXT)
data-sets := $(filter $(DATA)/%,$(CIFAR) $(MNIST) $(SPEECH) $(SPEECH_VAL) $(TEXT))

# $(call data-of,RUN): those of its data sets that are below DATA
data-of = $(filter $(DATA)/%,$(data-$(firstword $(subst -, ,$1))))

$(data-sets):
	@$Edatasets get $@

.PHONY: data
