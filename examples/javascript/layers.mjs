// Layers over batches of sequences: directions, lengths, initial and final states, stacks, and all gradients.
import { CELLS, add, like, zeros } from "./cells.mjs";
import { refuseOthers } from "./protocol.mjs";

const LAYER = {
  cell: "any",
  parameters: "any",
  direction: ["forward", "reverse", "bidirectional"],
  merge: ["concat"],
  reverse_outputs: ["time"],
};

// Outputs, final states and, where the problem has cotangents, gradients, as the answer holds them.
export function solve(problem) {
  refuseOthers("this program", { padded_outputs: problem.padded_outputs }, { padded_outputs: ["zero"] });
  for (const layer of problem.layers) {
    refuseOthers("a layer of this program", layer, LAYER);
    refuseOthers("this program", { cell: layer.cell.kind }, { cell: Object.keys(CELLS) });
    refuseOthers(`the ${layer.cell.kind} of this program`, layer.cell, CELLS[layer.cell.kind].allowed);
  }
  const lengths = problem.lengths ?? problem.x[0].map(() => problem.x.length);
  const passes = [];
  let y = problem.x;
  problem.layers.forEach((layer, l) => {
    passes.push(forward(layer, y, problem.initial?.[l], lengths));
    y = passes[l].y; // SEQ-8
  });
  const final = passes.map((pass) => pass.final);
  return { y, final, gradients: problem.cotangents && gradients(problem, passes, y) };
}

function gradients(problem, passes, y) {
  const layers = [], initial = [];
  let d_y = problem.cotangents.y ?? like(y);
  for (let l = passes.length - 1; l >= 0; l--) {
    const back = adjoint(problem.layers[l], passes[l], d_y, problem.cotangents.final?.[l]);
    layers.unshift(back.parameters);
    initial.unshift(back.initial);
    d_y = back.x;
  }
  return { x: d_y, initial: problem.initial && initial, layers }; // GRAD-8, GRAD-9
}

// The valid steps of a sequence in the order in which a direction reads them.
function order(layer, direction, length) {
  const steps = Array.from({ length }, (_, t) => t); // SEQ-9
  return layer.direction === "reverse" || direction === 1 ? steps.reverse() : steps; // SEQ-5
}

function forward(layer, x, initial, lengths) {
  const cell = CELLS[layer.cell.kind], H = cell.units(layer.parameters[0]);
  const y = x.map((step) => step.map(() => zeros(H * layer.parameters.length))); // SEQ-4
  const final = layer.parameters.map(() => Object.fromEntries(cell.states.map((name) => [name, []])));
  const tapes = layer.parameters.map(() => lengths.map(() => []));
  layer.parameters.forEach((p, k) => {
    lengths.forEach((length, b) => {
      let state = Object.fromEntries(cell.states.map((name) => [name, initial?.[k][name][b] ?? zeros(H)])); // SEQ-2
      for (const t of order(layer, k, length)) {
        const step = cell.forward(layer.cell, p, x[t][b], state);
        state = step.state;
        tapes[k][b].push({ t, tape: step.tape });
        state.h.forEach((number, j) => { y[t][b][k * H + j] = number; }); // SEQ-7
      }
      for (const name of cell.states) final[k][name].push(state[name]); // SEQ-3, SEQ-6
    });
  });
  return { x, y, final, tapes, H };
}

function adjoint(layer, { x, tapes, H }, d_y, d_final) {
  const cell = CELLS[layer.cell.kind];
  const d_x = like(x);
  const parameters = layer.parameters.map((p) => Object.fromEntries(Object.entries(p).map(([n, v]) => [n, like(v)])));
  const initial = layer.parameters.map(() => Object.fromEntries(cell.states.map((name) => [name, []])));
  layer.parameters.forEach((p, k) => {
    tapes[k].forEach((steps, b) => {
      let d = Object.fromEntries(cell.states.map((name) => [name, [...(d_final?.[k][name][b] ?? zeros(H))]])); // GRAD-10
      for (const { t, tape } of [...steps].reverse()) {
        add(d_y[t][b].slice(k * H, (k + 1) * H), d.h); // GRAD-1
        d = cell.adjoint(layer.cell, p, parameters[k], tape, d, d_x[t][b]);
      }
      for (const name of cell.states) initial[k][name].push(d[name]); // GRAD-9
    });
  });
  return { x: d_x, parameters, initial };
}
