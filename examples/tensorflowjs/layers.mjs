// Problems of the specification on tf.layers.simpleRNN, tf.layers.lstm and tf.layers.gru, one layer for each direction.
import tf from "@tensorflow/tfjs";
import { DEFAULTS, Unsupported, refuseOthers } from "../javascript/protocol.mjs";

await tf.setBackend("cpu");

// The names of TensorFlow.js for activations, by ours; each has the default constants of ours.
const ACTIVATIONS = {
  sigmoid: "sigmoid", tanh: "tanh", relu: "relu", identity: "linear", softsign: "softsign", softplus: "softplus",
  elu: "elu", hard_sigmoid: "hardSigmoid",
};
const CONSTANTS = { elu: [1, null], hard_sigmoid: [0.2, 0.5] };
const activations = (...names) =>
  names.map((name) => ({ name, alpha: CONSTANTS[name]?.[0] ?? null, beta: CONSTANTS[name]?.[1] ?? null }));
const ANY = activations(...Object.keys(ACTIVATIONS));
const GATED = { bias: [true, false], gate_activation: ANY, candidate_activation: ANY };

// What each cell is called, its blocks in native order, and the options that it can express.
const CELLS = {
  RNN: {
    make: tf.layers.simpleRNN,
    states: ["h"],
    blocks: [""],
    allowed: { ...DEFAULTS.RNN, bias: [true, false], activation: ANY },
    settings: (cell) => ({ activation: ACTIVATIONS[cell.activation.name] }),
  },
  LSTM: {
    make: tf.layers.lstm,
    states: ["h", "c"],
    blocks: ["i", "f", "g", "o"],
    allowed: { ...DEFAULTS.LSTM, ...GATED, output_activation: ANY },
    settings: gated,
  },
  GRU: {
    make: tf.layers.gru,
    states: ["h"],
    blocks: ["z", "r", "n"],
    allowed: { ...DEFAULTS.GRU, ...GATED, reset: ["before"], update: ["keep", "take"] }, // GRUCell refuses resetAfter
    settings: gated,
  },
};

function gated(cell) {
  return {
    activation: ACTIVATIONS[cell.candidate_activation.name],
    recurrentActivation: ACTIVATIONS[cell.gate_activation.name],
  };
}

const LAYER = {
  cell: "any",
  parameters: "any",
  direction: ["forward", "reverse", "bidirectional"],
  merge: ["concat", "sum", "mean", "product", "none"],
  reverse_outputs: ["time", "processing"],
};

const MERGES = {
  concat: (both) => tf.concat(both, 2),
  sum: ([forward, reverse]) => tf.add(forward, reverse),
  mean: ([forward, reverse]) => tf.div(tf.add(forward, reverse), 2),
  product: ([forward, reverse]) => tf.mul(forward, reverse),
  none: (both) => tf.stack(both, 2),
};

const LARGEST = 128; // units

function refuse({ layers, x, lengths, padded_outputs, cotangents }) {
  for (const { cell, ...layer } of layers) {
    refuseOthers("a layer of TensorFlow.js", layer, LAYER);
    refuseOthers("TensorFlow.js", { cell: cell.kind }, { cell: Object.keys(CELLS) });
    refuseOthers(`the ${cell.kind} of TensorFlow.js`, cell, CELLS[cell.kind].allowed);
    if (Object.values(layer.parameters[0]).some((array) => array.length > LARGEST))
      throw new Unsupported(`more than ${LARGEST} units take TensorFlow.js too long on one thread of Node`);
    if (cell.kind === "LSTM" && cell.candidate_activation.name !== cell.output_activation.name)
      throw new Unsupported("the LSTM of TensorFlow.js has one activation for the candidate and the output");
    if (cell.update === "take" && cell.gate_activation.name !== "sigmoid")
      throw new Unsupported("the GRU of TensorFlow.js keeps the old state; only a sigmoid turns that round by a sign");
    if (lengths && layer.reverse_outputs === "processing")
      throw new Unsupported("with a mask TensorFlow.js processes the padding first");
  }
  if (lengths && padded_outputs === "repeat") {
    if (layers.at(-1).direction !== "forward")
      throw new Unsupported("with a mask the reverse direction of TensorFlow.js has its initial state in the padding");
    if (lengths.includes(0))
      throw new Unsupported("with a mask TensorFlow.js repeats the initial state of a sequence of length 0");
  }
  if (cotangents && x.length === 1) // reproduce.mjs shows it
    throw new Unsupported("TensorFlow.js cannot differentiate a sequence of one step");
}

// The native tensors of one direction: kernel [I, blocks H], recurrentKernel [H, blocks H], bias [blocks H].
// The update gate of TensorFlow.js keeps: where ours takes, its block has the opposite sign (LAY-6).
const signOf = (cell, gate) => (cell.update === "take" && gate === "z" ? -1 : 1);
const letterOf = (letter, gate) => (gate ? `${letter}_${gate}` : letter);
const letters = (cell) => (cell.bias ? ["W", "R", "b"] : ["W", "R"]);
const transposed = (tensor) => (tensor.rank === 2 ? tf.transpose(tensor) : tensor);

function pack(cell, parameters) {
  return letters(cell).map((letter) => {
    const blocks = CELLS[cell.kind].blocks.map((gate) =>
      tf.mul(signOf(cell, gate), transposed(tf.tensor(parameters[letterOf(letter, gate)]))));
    return tf.concat(blocks, -1);
  });
}

function unpack(cell, native) {
  const { blocks } = CELLS[cell.kind];
  return Object.fromEntries(letters(cell).flatMap((letter, k) =>
    tf.split(native[k], blocks.length, -1).map((part, position) => {
      const gate = blocks[position];
      return [letterOf(letter, gate), tf.mul(signOf(cell, gate), transposed(part)).arraySync()];
    })));
}

// One direction of one layer: the native layer with its weights, and its initial states as variables.
function build(layer, k, initial, B) {
  const { make, states, settings } = CELLS[layer.cell.kind];
  const weights = pack(layer.cell, layer.parameters[k]);
  const units = weights[1].shape[0];
  const goBackwards = layer.direction === "reverse" || k === 1;
  const options = { units, weights, goBackwards, useBias: layer.cell.bias, returnSequences: true, returnState: true };
  const native = make({ ...options, ...settings(layer.cell) });
  const given = states.map((name) => tf.variable(initial ? tf.tensor(initial[k][name]) : tf.zeros([B, units])));
  return { native, goBackwards, given };
}

// The valid steps, [B, T]; null where there are no lengths. Masked steps hand the state on (SEQ-3).
function maskOf({ lengths, x }) {
  if (!lengths) return null;
  return tf.tensor(lengths.map((length) => x.map((_, t) => (t < length ? 1 : 0)))); // SEQ-9
}

// Outputs of the last layer [B, T, ..] and final states by layer and direction, as tensors.
function run(problem, x, stack) {
  const final = [], mask = maskOf(problem);
  let y = x;
  problem.layers.forEach((layer, l) => {
    const results = stack[l].map((part) => part.native.apply(y, { initialState: part.given, mask }));
    const outputs = results.map(([output], k) => {
      const ordered = stack[l][k].goBackwards && layer.reverse_outputs === "time" ? tf.reverse(output, 1) : output; // SEQ-5
      const repeats = l === stack.length - 1 && problem.padded_outputs === "repeat";
      return mask && !repeats ? tf.mul(ordered, tf.expandDims(mask, 2)) : ordered; // SEQ-4: TensorFlow.js repeats outputs
    });
    final.push(results.map(([, ...states]) => states));
    y = outputs.length === 2 ? MERGES[layer.merge](outputs) : outputs[0];
  });
  return { y, final };
}

const timeMajor = (tensor) => tf.transpose(tensor, [1, 0, ...Array.from({ length: tensor.rank - 2 }, (_, k) => k + 2)]);

const statesOf = (problem, tensors) => tensors.map((directions, l) => directions.map((states) =>
  Object.fromEntries(CELLS[problem.layers[l].cell.kind].states.map((name, s) => [name, states[s].arraySync()]))));

export const solve = (problem) => {
  refuse(problem);
  tf.engine().startScope();
  try {
    return compute(problem);
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
};

function compute(problem) {
  const x = tf.variable(timeMajor(tf.tensor(problem.x)));
  const stack = problem.layers.map((layer, l) =>
    layer.parameters.map((_, k) => build(layer, k, problem.initial?.[l], x.shape[0])));
  const { y, final } = run(problem, x, stack);
  return {
    y: timeMajor(y).arraySync(),
    final: statesOf(problem, final),
    gradients: problem.cotangents && gradients(problem, x, stack),
  };
}

function gradients(problem, x, stack) {
  const { y: d_y, final: d_final } = problem.cotangents;
  const scalar = () => { // GRAD-1
    const { y, final } = run(problem, x, stack);
    const terms = d_y ? [tf.sum(tf.mul(timeMajor(y), tf.tensor(d_y)))] : [];
    if (d_final) final.forEach((directions, l) => directions.forEach((states, k) => states.forEach((state, s) => {
      const name = CELLS[problem.layers[l].cell.kind].states[s];
      terms.push(tf.sum(tf.mul(state, tf.tensor(d_final[l][k][name]))));
    })));
    return tf.addN(terms);
  };
  const weightsOf = ({ native }) => native.weights.map((weight) => weight.read());
  const variables = [x, ...stack.flat().flatMap((part) => [...part.given, ...weightsOf(part)])];
  const { grads } = tf.variableGrads(scalar, variables);
  const of = (variable) => grads[variable.name] ?? tf.zerosLike(variable);
  const each = (get) => stack.map((directions, l) => directions.map((part) => get(part, problem.layers[l])));
  return {
    x: timeMajor(of(x)).arraySync(),
    initial: problem.initial && statesOf(problem, each(({ given }) => given.map(of))),
    layers: each((part, layer) => unpack(layer.cell, weightsOf(part).map(of))),
  };
}
