// Evaluate the plain LSTM of the exact vectors with nothing but Node, and say how many agree.
import { readFileSync } from "node:fs";

const data = new URL("../conformance/rnnspec_conformance/vectors/data/", import.meta.url);
const read = (family) => JSON.parse(readFileSync(new URL(`${family}.json`, data), "utf8")).vectors;
const sigmoid = (a) => 1 / (1 + Math.exp(-a));
const dot = (u, v) => u.reduce((sum, number, k) => sum + number * v[k], 0);

// The outputs of one sequence: rules LSTM-1 to LSTM-7.
function lstm(p, x, h, c) {
  return x.map((step) => {
    const a = (gate) => p["b_" + gate].map((b, j) => dot(p["W_" + gate][j], step) + dot(p["R_" + gate][j], h) + b);
    const [i, f, o] = ["i", "f", "o"].map((gate) => a(gate).map(sigmoid));
    const g = a("g").map(Math.tanh);
    c = c.map((cell, j) => f[j] * cell + i[j] * g[j]);
    h = c.map((cell, j) => o[j] * Math.tanh(cell));
    return h;
  });
}

const all = [...read("lstm"), ...read("sizes")];
const cellOf = (vector) => JSON.stringify(vector.problem.layers[0].cell);
const plain = cellOf(all.find((vector) => vector.id === "lstm-plain"));
const vectors = all.filter((vector) => cellOf(vector) === plain);
const agreeing = vectors.filter(({ problem, expected }) => {
  const parameters = problem.layers[0].parameters[0], state = problem.initial[0][0];
  const errors = problem.x[0].flatMap((_, b) => {
    const got = lstm(parameters, problem.x.map((step) => step[b]), state.h[b], state.c[b]);
    return got.flatMap((row, t) => row.map((number, j) => Math.abs(number - expected.y[t][b][j])));
  });
  return Math.max(...errors) < 1e-14;
});
console.log(`${agreeing.length} of ${vectors.length} plain LSTM vectors agree`);
process.exit(agreeing.length === vectors.length ? 0 : 1);
