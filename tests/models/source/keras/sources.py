"""Networks of Keras in many styles: strings, for they are read and never run by the reader.

Each has the source, the name that is read, and the expression that gives the model to the oracle.
"""

from __future__ import annotations

KERAS = """\
from keras.models import Sequential, Model
from keras.layers import *
"""
TF = """\
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers
"""

SEQUENTIAL = [
    # the order of calls, and where the input is said
    "model = Sequential()\nmodel.add(Conv2D(8, (3, 3), input_shape=(28, 28, 1), activation='relu'))\n"
    "model.add(MaxPooling2D())\nmodel.add(Flatten())\nmodel.add(Dense(10, activation='softmax'))",
    "model = Sequential([Input((32, 32, 3)), Conv2D(8, 3, strides=2), Flatten(), Dense(5)])",
    "model = Sequential([InputLayer(input_shape=(20, 24, 3)), Conv2D(4, 5), GlobalAveragePooling2D(), Dense(2)])",
    "model = Sequential([Conv2D(4, 3, batch_input_shape=(None, 9, 11, 2)), Flatten(), Dense(2)])",
    "model = Sequential([Dense(16, input_dim=30, activation='tanh'), Dense(3)])",
    "model = Sequential([Flatten(input_shape=(28, 28)), Dense(16, activation='relu'), Dropout(0.2), Dense(10)])",
    "model = Sequential([Reshape((28, 28, 1), input_shape=(784,)), Conv2D(6, 5, padding='same'), Flatten(), Dense(10)])",
    "model = Sequential()\nmodel.add(Input(shape=(16, 16, 3)))\nmodel.add(Conv2D(4, 3))\nmodel.add(Conv2D(9, 3))\nmodel.pop()\nmodel.add(Flatten())\nmodel.add(Dense(3))",
    "model = Sequential([Conv2D(4, 3, input_shape=(16, 16, 3))])\nfor width in (8, 16):\n    model.add(Conv2D(width, 3, padding='same'))\n    model.add(BatchNormalization())\n    model.add(Activation('relu'))\nmodel.add(GlobalMaxPooling2D())\nmodel.add(Dense(4))",
    "model = Sequential([Conv2D(n, 3, input_shape=(16, 16, 3)) if n == 4 else Conv2D(n, 3) for n in (4, 8)] + [Flatten(), Dense(2)])",
    "front = Sequential([Conv2D(4, 3, input_shape=(12, 12, 3)), ReLU()])\nmodel = Sequential([front, Flatten(), Dense(3)])",
    "name = 'net'\nshape = (24, 24)\nmodel = Sequential(name=name)\nmodel.add(Conv2D(8, 3, strides=2, padding='same', input_shape=shape + (3,)))\nmodel.add(Conv2D(8, 4, strides=2, padding='same'))\nmodel.add(Conv2D(8, 2, padding='same'))\nmodel.add(Conv2D(8, 5, strides=3, padding='same'))\nmodel.add(Flatten())\nmodel.add(Dense(1, activation='sigmoid'))",
    # each layer
    "model = Sequential([Conv2D(8, (3, 5), (2, 1), 'same', input_shape=(15, 17, 3), use_bias=False), LeakyReLU(alpha=0.2), Flatten(), Dense(2, use_bias=False)])",
    "model = Sequential([Conv2D(8, 3, dilation_rate=(2, 3), input_shape=(20, 20, 4), groups=2), Conv2D(4, 3, dilation_rate=2, padding='same')])",
    "model = Sequential([DepthwiseConv2D(3, depth_multiplier=2, padding='same', strides=2, input_shape=(15, 15, 3)), Conv2D(4, 1)])",
    "model = Sequential([SeparableConv2D(8, 3, input_shape=(14, 14, 3), activation='relu', depth_multiplier=2), SeparableConv2D(4, (3, 3), strides=(2, 2), padding='same', use_bias=False)])",
    "model = Sequential([Dense(7 * 7 * 4, input_shape=(100,)), BatchNormalization(), LeakyReLU(), Reshape((7, 7, 4)), Conv2DTranspose(8, (5, 5), strides=(1, 1), padding='same', use_bias=False), Conv2DTranspose(4, 4, strides=2, padding='same'), Conv2DTranspose(1, (5, 5), strides=(2, 2), padding='same', activation='tanh')])",
    "model = Sequential([Conv2DTranspose(4, 3, strides=2, input_shape=(5, 6, 2)), Conv2DTranspose(4, 2, strides=3), Conv2DTranspose(2, 5)])",
    "model = Sequential([Conv2D(8, 3, input_shape=(30, 30, 3)), MaxPooling2D((3, 3), strides=2, padding='same'), AveragePooling2D(3, 2, 'same'), MaxPool2D(2, 1, padding='same'), AvgPool2D(pool_size=(2, 3))])",
    "model = Sequential([ZeroPadding2D((3, 3), input_shape=(20, 20, 3)), Conv2D(4, 7, strides=2), ZeroPadding2D(((1, 0), (0, 2))), Conv2D(4, 3), ZeroPadding2D(2), Cropping2D(((1, 2), (3, 0))), Cropping2D(1)])",
    "model = Sequential([Conv2D(4, 3, input_shape=(9, 9, 1)), UpSampling2D(), UpSampling2D((1, 3)), UpSampling2D(size=2, interpolation='bilinear')])",
    "model = Sequential([Conv2D(4, 3, input_shape=(9, 9, 1)), BatchNormalization(momentum=0.9, epsilon=1e-5), LayerNormalization(), GroupNormalization(groups=2), PReLU(shared_axes=[1, 2]), SpatialDropout2D(0.1), ELU(), Softmax()])",
    "model = Sequential([Rescaling(1. / 255, input_shape=(12, 12, 3)), RandomFlip('horizontal'), RandomRotation(0.1), GaussianNoise(0.1), Conv2D(4, 3), Flatten(), Dense(2)])",
    "model = Sequential([Resizing(16, 20, input_shape=(33, 35, 3)), Conv2D(4, 3), Flatten(), Dense(2)])",
    "model = Sequential([Lambda(lambda x: x / 127.5 - 1., input_shape=(12, 16, 3)), Cropping2D(cropping=((3, 1), (0, 0))), Conv2D(4, 3), Flatten(), Dense(1)])",
    "model = Sequential([Conv2D(4, 3, input_shape=(8, 8, 2), kernel_regularizer=l2(0.01), kernel_initializer='he_normal', name='first'), Permute((2, 1, 3)), Flatten(), Dense(3)])",
    "model = Sequential([Conv2D(4, 1, input_shape=(6, 6, 2)), Dense(8, activation='relu'), Reshape((36, 8)), Activation('softmax')])",
    "model = Sequential([Conv2D(4, 3, input_shape=(6, 6, 2)), Reshape((2, 2, 16)), Conv2D(3, 1), Reshape((-1,)), Dense(2)])",
    "model = Sequential([Conv2D(4, 3, input_shape=(6, 6, 2), activation=ReLU()), Flatten(), Dense(2, activation='linear')])",
]

FUNCTIONAL = [
    "inputs = Input(shape=(32, 32, 3))\nx = Conv2D(8, 3, padding='same', activation='relu')(inputs)\nx = MaxPooling2D(2)(x)\nx = Flatten()(x)\noutputs = Dense(10)(x)\nmodel = Model(inputs, outputs)",
    "inputs = Input((16, 16, 4))\nx = Conv2D(4, 3, padding='same')(inputs)\nx = Add()([x, inputs])\nx = ReLU()(x)\nmodel = Model(inputs=inputs, outputs=x)",
    "inputs = Input((16, 16, 4))\nx = Conv2D(4, 3, padding='same')(inputs)\nmodel = Model(inputs=inputs, outputs=add([x, inputs]))",
    "inputs = Input((16, 16, 3))\na = Conv2D(4, 1)(inputs)\nb = Conv2D(6, 5, padding='same')(inputs)\nc = MaxPooling2D(3, 1, 'same')(inputs)\nmodel = Model(inputs, concatenate([a, b, c], axis=-1))",
    "inputs = Input((16, 16, 3))\na = Conv2D(4, 1)(inputs)\nb = Conv2D(6, 5, padding='same')(inputs)\nx = Concatenate(axis=3)([a, b])\nx = Concatenate()([x, inputs])\nmodel = Model(inputs, Conv2D(2, 1)(x))",
    "inputs = Input((8, 8, 8))\ns = GlobalAveragePooling2D()(inputs)\ns = Dense(2, activation='relu')(s)\ns = Dense(8, activation='sigmoid')(s)\ns = Reshape((1, 1, 8))(s)\nx = Multiply()([inputs, s])\nmodel = Model(inputs, Conv2D(3, 1)(x))",
    "inputs = Input((8, 8, 8))\ns = GlobalAveragePooling2D(keepdims=True)(inputs)\ns = Conv2D(8, 1, activation='sigmoid')(s)\nmodel = Model(inputs, multiply([inputs, s]))",
    "inputs = Input((8, 8, 3))\nx = Conv2D(3, 3, padding='same')(inputs) + inputs\nx = x * Conv2D(3, 1)(x)\nmodel = Model(inputs, Flatten()(x))",
    "def conv(x, filters, size=3, strides=1):\n    x = Conv2D(filters, size, strides=strides, padding='same', use_bias=False)(x)\n    x = BatchNormalization()(x)\n    return Activation('relu')(x)\n"
    "def residual(x, filters, strides=1):\n    shortcut = x\n    x = conv(x, filters, strides=strides)\n    x = Conv2D(filters, 3, padding='same')(x)\n    if strides != 1 or shortcut.shape[-1] != filters:\n        shortcut = Conv2D(filters, 1, strides=strides)(shortcut)\n    return Activation('relu')(add([x, shortcut]))\n"
    "inputs = Input((33, 33, 3))\nx = conv(inputs, 8, 7, 2)\nfor stage, filters in enumerate([8, 16]):\n    for index in range(2):\n        x = residual(x, filters, 2 if index == 0 and stage else 1)\nmodel = Model(inputs, Dense(4)(GlobalAveragePooling2D()(x)))",
    "inputs = Input((32, 32, 1))\nskips = []\nx = inputs\nfor filters in (4, 8):\n    x = Conv2D(filters, 3, padding='same', activation='relu')(x)\n    skips.append(x)\n    x = MaxPooling2D()(x)\nx = Conv2D(16, 3, padding='same')(x)\nfor filters, skip in zip((8, 4), reversed(skips)):\n    x = Conv2DTranspose(filters, 2, strides=2, padding='same')(x)\n    x = concatenate([x, skip])\n    x = Conv2D(filters, 3, padding='same')(x)\nmodel = Model(inputs, Conv2D(1, 1, activation='sigmoid')(x))",
    "inputs = Input((16, 16, 3))\nfeatures = [inputs]\nfor _ in range(3):\n    x = concatenate(features) if len(features) > 1 else features[0]\n    features.append(Conv2D(4, 3, padding='same')(x))\nmodel = Model(inputs, concatenate(features))",
    "base = Sequential([Conv2D(4, 3, input_shape=(16, 16, 3)), ReLU()])\nx = Flatten()(base.output)\nmodel = Model(inputs=base.input, outputs=Dense(3)(x))",
    "encoder_input = Input((28, 28, 1))\nx = Conv2D(4, 3, strides=2, padding='same')(encoder_input)\nencoder = Model(encoder_input, x)\nlatent = Input((14, 14, 4))\ny = UpSampling2D()(Conv2D(4, 3, padding='same')(latent))\ndecoder = Model(latent, y)\nmodel = Model(encoder_input, decoder(encoder(encoder_input)))",
    "inputs = Input((16, 16, 3))\nx = Sequential([Conv2D(4, 3), BatchNormalization()])(inputs)\nmodel = Model(inputs, x)",
    "inputs = Input(batch_shape=(None, 8, 8, 2))\nx = inputs\nx = SeparableConv2D(4, 3, activation='relu')(x)\nx = Lambda(lambda t: t)(x)\nmodel = Model(inputs, x)",
]

TENSORFLOW = [
    "model = tf.keras.Sequential([layers.Conv2D(8, 3, activation=tf.nn.relu, input_shape=(10, 10, 3)), layers.Flatten(), layers.Dense(2)])",
    "model = keras.Sequential(layers=[keras.Input(shape=(10, 10, 3)), keras.layers.Conv2D(8, 3, activation=keras.activations.relu), layers.Flatten(), layers.Dense(2)])",
    "import tensorflow.keras.layers as L\nfrom tensorflow.keras import backend as K\ni = tf.keras.Input((10, 10, 3))\nx = L.Conv2D(4, 3)(i)\nx = tf.nn.relu(x)\nx = L.Dense(K.int_shape(x)[-1] * 2)(L.Flatten()(x))\nmodel = tf.keras.Model(i, x)",
    "i = tf.keras.Input((10, 10, 3))\na = layers.Conv2D(4, 3)(i)\nmodel = tf.keras.Model(i, tf.concat([a, a], axis=-1))",
    "with tf.device('/cpu:0') if False else __import__('contextlib').nullcontext():\n    model = tf.keras.Sequential()\n    model.add(layers.Conv2D(8, 3, input_shape=(10, 10, 3)))\nmodel.add(layers.Flatten())\nmodel.add(layers.Dense(2))",
]

BUILDERS = [
    (
        "class LeNet:\n    @staticmethod\n    def build(width=28, height=20, depth=1, classes=10, weights=None):\n        model = Sequential()\n        shape = (height, width, depth)\n        model.add(Conv2D(20, 5, padding='same', input_shape=shape))\n        model.add(Activation('relu'))\n        model.add(MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))\n        model.add(Flatten())\n        model.add(Dense(classes))\n        model.add(Activation('softmax'))\n        if weights is not None:\n            model.load_weights(weights)\n        return model",
        "LeNet",
        "LeNet.build()",
    ),
    (
        "def build(input_shape=(32, 32, 3), classes=10, width=8):\n    inputs = Input(input_shape)\n    x = Conv2D(width * 2, 3)(inputs)\n    x = GlobalAveragePooling2D()(x)\n    model = Model(inputs, Dense(classes)(x))\n    model.compile(optimizer=Adam(0.001), loss='mse')\n    return model",
        "build",
        "build()",
    ),
    (
        "class Gan:\n    def __init__(self):\n        self.rows, self.columns, self.channels = 28, 28, 1\n        self.shape = (self.rows, self.columns, self.channels)\n        self.latent = 20\n        self.optimizer = Adam(0.0002, 0.5)\n        self.discriminator = self.build_discriminator()\n    def build_generator(self):\n        model = Sequential()\n        model.add(Dense(8 * 7 * 7, activation='relu', input_dim=self.latent))\n        model.add(Reshape((7, 7, 8)))\n        model.add(UpSampling2D())\n        model.add(Conv2D(8, kernel_size=3, padding='same'))\n        model.add(BatchNormalization(momentum=0.8))\n        model.add(UpSampling2D())\n        model.add(Conv2D(self.channels, kernel_size=3, padding='same', activation='tanh'))\n        noise = Input(shape=(self.latent,))\n        return Model(noise, model(noise))\n    def build_discriminator(self):\n        model = Sequential()\n        model.add(Conv2D(8, kernel_size=3, strides=2, input_shape=self.shape, padding='same'))\n        model.add(LeakyReLU(alpha=0.2))\n        model.add(ZeroPadding2D(padding=((0, 1), (0, 1))))\n        model.add(Flatten())\n        model.add(Dense(1, activation='sigmoid'))\n        image = Input(shape=self.shape)\n        return Model(image, model(image))",
        "Gan.build_generator",
        "Gan().build_generator()",
    ),
    (
        "class Net(Model):\n    def __init__(self, classes=10):\n        super().__init__()\n        self.conv = Conv2D(8, 3, activation='relu')\n        self.blocks = [Conv2D(8, 3, padding='same') for _ in range(2)]\n        self.flatten = Flatten()\n        self.out = Dense(classes)\n    def call(self, x, training=None):\n        x = self.conv(x)\n        for block in self.blocks:\n            x = x + block(x)\n        return self.out(self.flatten(x))",
        "Net",
        "Net()",
    ),
    (
        "def conv_block(filters, pool=True):\n    layers = [Conv2D(filters, 3, padding='same'), BatchNormalization(), ReLU()]\n    if pool:\n        layers.append(MaxPooling2D())\n    return layers\ndef build(classes=3):\n    model = Sequential([Input((16, 16, 3)), *conv_block(4), *conv_block(8, pool=False)])\n    model.add(GlobalAveragePooling2D())\n    model.add(Dense(classes))\n    return model",
        "build",
        "build()",
    ),
    (
        "CONFIG = {'small': [4, 'M', 8], 'large': [4, 4, 'M', 8, 8]}\ndef vgg(name='large', shape=(16, 16, 3)):\n    model = Sequential()\n    for index, item in enumerate(CONFIG[name]):\n        if item == 'M':\n            model.add(MaxPooling2D())\n        elif index == 0:\n            model.add(Conv2D(item, 3, padding='same', input_shape=shape))\n        else:\n            model.add(Conv2D(item, 3, padding='same'))\n    model.add(Flatten())\n    model.add(Dense(4))\n    return model",
        "vgg",
        "vgg()",
    ),
    (
        "def build(rate=None):\n    x = inputs = Input((20, 20, 3))\n    for filters, stride in [(4, 1), (8, 2), (8, 2)]:\n        x = DepthwiseConv2D(3, strides=stride, padding='same', use_bias=False)(x)\n        x = BatchNormalization()(x)\n        x = ReLU(6.)(x)\n        x = Conv2D(filters, 1, use_bias=False)(x)\n        if rate:\n            x = Dropout(rate)(x)\n    return Model(inputs, GlobalAveragePooling2D()(x)), inputs",
        "build",
        "build()[0]",
    ),
    (
        "def build():\n    inputs = Input((12, 12, 3))\n    x = Conv2D(4, 3, strides=2, padding='same')(inputs)\n    def head(y):\n        return Dense(2)(Flatten()(y))\n    return Model(inputs, head(x))",
        "build",
        "build()",
    ),
]
