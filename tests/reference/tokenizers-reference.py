#!/usr/bin/env python3
# tokenizers-reference.py - a tokenizer.json, merges and tokens of Hugging Face
# tokenizers
#
#	python3 tests/reference/tokenizers-reference.py >tests/gold/tokenizer.tsv
#
# Also writes tests/files/text/tokenizer.json: trained on plain.txt, with NFC
# and added tokens as in GPT-NeoX.
from tokenizers import (AddedToken, Tokenizer, decoders, models, normalizers,
                        pre_tokenizers, trainers)

FILES = "tests/files/text/"


def read(name):
    with open(FILES + name, encoding="utf8", newline="") as f:
        return f.read()


def learn(size):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(
        read("plain.txt").splitlines(keepends=True),
        trainers.BpeTrainer(
            vocab_size=size, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return t


print("what", "number", sep="\t")
own = learn(700)
for i in range(own.get_vocab_size()):
    print("piece", own.id_to_token(i), sep="\t")
for i in own.encode(read("odd.txt")).ids:
    print("own", i, sep="\t")

neox = learn(400)
neox.normalizer = normalizers.NFC()
neox.add_tokens([AddedToken(s, normalized=False)
                 for s in ("<|endoftext|>", "<|padding|>")] +
                [AddedToken(" " * n, normalized=True) for n in (4, 3, 2)])
neox.save(FILES + "tokenizer.json", pretty=False)
for i in neox.encode(read("odd.txt")).ids:
    print("file", i, sep="\t")
