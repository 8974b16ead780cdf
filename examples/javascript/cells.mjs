// One step of each cell and its adjoint, side by side, in the letters and under the rules of the specification.
//
// Vectors are arrays of numbers, matrices arrays of rows. `p` holds the parameters of one direction, `g` their gradients;
// `d_a` is the derivative with respect to a.
import { DEFAULTS, plain } from "./protocol.mjs";

export const zeros = (n) => new Array(n).fill(0);
export const like = (value) => (Array.isArray(value) ? value.map(like) : 0);
const zip = (f, ...vectors) => vectors[0].map((_, k) => f(...vectors.map((v) => v[k])));
const sum = (...vectors) => zip((...numbers) => numbers.reduce((a, b) => a + b), ...vectors);
const product = (u, v) => zip((a, b) => a * b, u, v);

function times(M, v) {
  return M.map((row) => row.reduce((total, m, k) => total + m * v[k], 0));
}

function addTransposed(M, d_a, into) {
  M.forEach((row, j) => row.forEach((m, k) => { into[k] += m * d_a[j]; }));
}

function addOuter(d_a, v, into) {
  d_a.forEach((d, j) => v.forEach((number, k) => { into[j][k] += d * number; }));
}

export function add(v, into) {
  v.forEach((number, k) => { into[k] += number; });
}

const name = (letter, gate) => (gate ? `${letter}_${gate}` : letter);

// W x + b, without b where the cell has none (PAR-5).
function input(p, gate, x) {
  const a = times(p[name("W", gate)], x), b = p[name("b", gate)];
  return b ? sum(a, b) : a;
}

function inputAdjoint(p, g, gate, x, d_a, d_x) {
  addOuter(d_a, x, g[name("W", gate)]); // GRAD-7
  if (p[name("b", gate)]) add(d_a, g[name("b", gate)]); // GRAD-7
  addTransposed(p[name("W", gate)], d_a, d_x); // GRAD-8
}

// R h
const recurrent = (p, gate, h) => times(p[name("R", gate)], h);

function recurrentAdjoint(p, g, gate, h, d_a, d_h) {
  addOuter(d_a, h, g[name("R", gate)]); // GRAD-7
  addTransposed(p[name("R", gate)], d_a, d_h);
}

const affine = (p, gate, x, h) => sum(input(p, gate, x), recurrent(p, gate, h));

function affineAdjoint(p, g, gate, x, h, d_a, d_x, d_h) {
  inputAdjoint(p, g, gate, x, d_a, d_x);
  recurrentAdjoint(p, g, gate, h, d_a, d_h);
}

// ACT-1: each function, and its derivative in terms of its value.
const ACTIVATIONS = {
  sigmoid: { value: (a) => 1 / (1 + Math.exp(-a)), derivative: (y) => y * (1 - y) },
  tanh: { value: Math.tanh, derivative: (y) => 1 - y * y },
  relu: { value: (a) => (a <= 0 ? 0 : a), derivative: (y) => (y > 0 ? 1 : 0) }, // GRAD-12
  identity: { value: (a) => a, derivative: () => 1 },
};
const { sigmoid, tanh } = ACTIVATIONS;

export const CELLS = {
  RNN: {
    units: (p) => p.R.length,
    states: ["h"],
    allowed: { ...DEFAULTS.RNN, bias: [true, false], activation: plain("sigmoid", "tanh", "relu", "identity") },
    forward(cell, p, x, { h }) {
      const h_new = affine(p, "", x, h).map(ACTIVATIONS[cell.activation.name].value); // RNN-1
      return { state: { h: h_new }, tape: { x, h, h_new } };
    },
    adjoint(cell, p, g, { x, h, h_new }, d, d_x) {
      const d_a = product(d.h, h_new.map(ACTIVATIONS[cell.activation.name].derivative)); // GRAD-2
      const d_h = zeros(h.length);
      affineAdjoint(p, g, "", x, h, d_a, d_x, d_h);
      return { h: d_h };
    },
  },

  LSTM: {
    units: (p) => p.R_i.length,
    states: ["h", "c"],
    allowed: { ...DEFAULTS.LSTM, bias: [true, false] },
    forward(cell, p, x, { h, c }) {
      const [i, f, o] = ["i", "f", "o"].map((gate) => affine(p, gate, x, h).map(sigmoid.value)); // LSTM-1, 2, 5
      const g = affine(p, "g", x, h).map(tanh.value); // LSTM-3
      const c_new = sum(product(f, c), product(i, g)); // LSTM-4
      const s = c_new.map(tanh.value);
      return { state: { h: product(o, s), c: c_new }, tape: { x, h, c, i, f, g, o, s } }; // LSTM-6
    },
    adjoint(cell, p, gradient, { x, h, c, i, f, g, o, s }, d, d_x) {
      const d_c = sum(d.c, product(product(d.h, o), s.map(tanh.derivative))); // GRAD-3
      const d_a = {
        i: product(product(d_c, g), i.map(sigmoid.derivative)),
        f: product(product(d_c, c), f.map(sigmoid.derivative)),
        g: product(product(d_c, i), g.map(tanh.derivative)),
        o: product(product(d.h, s), o.map(sigmoid.derivative)),
      };
      const d_h = zeros(h.length);
      for (const gate of "ifgo") affineAdjoint(p, gradient, gate, x, h, d_a[gate], d_x, d_h);
      return { h: d_h, c: product(d_c, f) };
    },
  },

  GRU: {
    units: (p) => p.R_z.length,
    states: ["h"],
    allowed: { ...DEFAULTS.GRU, bias: [true, false], reset: ["after", "before"], update: ["keep", "take"] },
    forward(cell, p, x, { h }) {
      const [r, z] = ["r", "z"].map((gate) => affine(p, gate, x, h).map(sigmoid.value)); // GRU-1, GRU-2
      const s = cell.reset === "before" ? product(r, h) : h;
      let m = recurrent(p, "n", s);
      if (p.b_Rn) m = sum(m, p.b_Rn); // PAR-4
      const n = sum(input(p, "n", x), cell.reset === "before" ? m : product(r, m)).map(tanh.value); // GRU-3, GRU-4
      const mix = (z, h, n) => (cell.update === "keep" ? z * h + (1 - z) * n : (1 - z) * h + z * n); // GRU-5, GRU-6
      return { state: { h: zip(mix, z, h, n) }, tape: { x, h, r, z, s, m, n } };
    },
    adjoint(cell, p, g, { x, h, r, z, s, m, n }, d, d_x) {
      const keep = z.map((z) => (cell.update === "keep" ? z : 1 - z));
      const sign = cell.update === "keep" ? 1 : -1;
      const d_h = product(d.h, keep); // GRAD-5
      const d_n = zip((d, k, n) => d * (1 - k) * tanh.derivative(n), d.h, keep, n); // GRAD-5
      const d_z = zip((d, h, n, z) => sign * d * (h - n) * sigmoid.derivative(z), d.h, h, n, z); // GRAD-5
      const before = cell.reset === "before", d_m = before ? d_n : product(d_n, r); // GRAD-5, GRAD-6
      const d_s = zeros(h.length);
      recurrentAdjoint(p, g, "n", s, d_m, d_s);
      if (p.b_Rn) add(d_m, g.b_Rn);
      add(before ? product(d_s, r) : d_s, d_h); // GRAD-6
      const d_r = product(before ? product(d_s, h) : product(d_n, m), r.map(sigmoid.derivative)); // GRAD-5, GRAD-6
      inputAdjoint(p, g, "n", x, d_n, d_x);
      affineAdjoint(p, g, "r", x, h, d_r, d_x, d_h);
      affineAdjoint(p, g, "z", x, h, d_z, d_x, d_h);
      return { h: d_h };
    },
  },
};
