// One function a model, for the list in zoo.cc.
#pragma once

#include "reel/models/zoo/zoo.h"

namespace reel {

ZooModel zoo_simple_rnn();
ZooModel zoo_lstm();
ZooModel zoo_gru();
ZooModel zoo_bidirectional_lstm();
ZooModel zoo_stacked_rnn();
ZooModel zoo_transformer_text();
ZooModel zoo_autoencoder();
ZooModel zoo_autoencoder_images();
ZooModel zoo_sparse_autoencoder();
ZooModel zoo_denoising_autoencoder();
ZooModel zoo_convolutional_autoencoder();
ZooModel zoo_variational_autoencoder();
ZooModel zoo_lstm_autoencoder();
ZooModel zoo_mlp();
ZooModel zoo_convnet();
ZooModel zoo_perceptron();
ZooModel zoo_neural_net();
ZooModel zoo_char_lm();
ZooModel zoo_seq2seq_addition();
ZooModel zoo_adding_problem();
ZooModel zoo_copy_memory();
ZooModel zoo_timeseries_forecast();
ZooModel zoo_timeseries_anomaly();

}  // namespace reel
