// TensorFlow.js 4.22.0 cannot differentiate a recurrent layer over a sequence of one step: `node reproduce.mjs`.
import tf from "@tensorflow/tfjs";
const layer = tf.layers.simpleRNN({ units: 2 });
const loss = (x) => tf.sum(layer.apply(x));
for (const T of [2, 1]) {
  try {
    console.log(`T = ${T}: d loss / d x has shape [${tf.grad(loss)(tf.ones([1, T, 3])).shape}]`);
  } catch (error) {
    console.log(`T = ${T}: ${error.message}`);
  }
}
// The cause is tf.unstack, whose gradient wants a list of cotangents and is given the only one by itself.
try {
  tf.grad((x) => tf.sum(tf.unstack(x)[0]))(tf.ones([1, 2]));
} catch (error) {
  console.log(`tf.unstack of one: ${error.message}`);
}
