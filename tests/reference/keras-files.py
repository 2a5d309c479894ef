#!/usr/bin/env python3
"""keras-files.py - writes tests/files/keras with Keras

    KERAS_BACKEND=torch python3 tests/reference/keras-files.py       (keras 3.15)

sharded/ is one model in shards by an index; whole.weights.h5 is the same model,
and bfloat16.weights.h5 one of that type.
"""
import os
import shutil

import keras
HERE = "tests/files/keras/"


def model(dtype):
    keras.utils.set_random_seed(0)
    return keras.Sequential([
        keras.Input((4,)), keras.layers.Dense(3, dtype=dtype, name="fc"),
        keras.layers.Dense(2, dtype=dtype, name="out")])


shutil.rmtree(HERE, ignore_errors=True)
os.makedirs(HERE + "sharded")
m = model("float32")
m.save_weights(HERE + "whole.weights.h5")
m.save_weights(HERE + "sharded/m.weights.json", max_shard_size=6e-8)
model("bfloat16").save_weights(HERE + "bfloat16.weights.h5")
