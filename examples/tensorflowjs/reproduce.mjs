// Two faults of the recurrent layers of TensorFlow.js 4.22.0, with TensorFlow.js alone: `node reproduce.mjs`.
import tf from "@tensorflow/tfjs";

const layer = tf.layers.simpleRNN({ units: 1 });

// 1. A sequence of one step has no gradient: that of tf.unstack wants a list, and is given its only entry by itself.
for (const steps of [2, 1]) {
  try {
    const gradient = tf.grad((x) => tf.sum(layer.apply(x)))(tf.ones([1, steps, 1]));
    console.log(`steps ${steps}: a gradient of shape ${gradient.shape}`);
  } catch (error) {
    console.log(`steps ${steps}: ${error.message}`);
  }
}

// 2. A masked step is multiplied by 0, not left out: NaN in the padding reaches the output.
for (const padding of [7, NaN]) {
  const output = layer.apply(tf.tensor([[[0.5], [padding]]]), { mask: tf.tensor([[1, 0]]) });
  console.log(`padding ${padding}: the output is ${Number.isNaN(output.dataSync()[0]) ? "NaN" : "a number"}`);
}
