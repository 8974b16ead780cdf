// The protocol of `rnnspec validate --program`: a request a line on stdin, an answer a line on stdout.
import { createInterface } from "node:readline";

// JSON has neither NaN nor infinity: they stand in arrays as these words.
const WORDS = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const wordOf = (number) => Object.keys(WORDS).find((word) => Object.is(WORDS[word], number));

export const decode = (line) =>
  JSON.parse(line, (_, value) => (typeof value === "string" && Object.hasOwn(WORDS, value) ? WORDS[value] : value));
export const encode = (message) =>
  JSON.stringify(message, (_, value) => (typeof value === "number" ? wordOf(value) ?? value : value));

// Thrown by an implementation for what it cannot express.
export class Unsupported extends Error {}

// Refuse every option that is not listed: `allowed` holds, by the name of an option, the values that are supported.
export function refuseOthers(what, options, allowed) {
  for (const [name, value] of Object.entries(options)) {
    const values = allowed[name] ?? [];
    if (values !== "any" && !values.some((each) => JSON.stringify(each) === JSON.stringify(value)))
      throw new Unsupported(`${what} has no ${name} = ${JSON.stringify(value)}`);
  }
}

// Activations that stand for themselves, as they come in a request.
export const plain = (...names) => names.map((name) => ({ name, alpha: null, beta: null }));

// By kind of cell, every option at its default. What a program has beside them, its own table adds.
const COMMON = { kind: "any", preactivation_clip: [null], clip_derivative: ["true"], bias: [true] };
const GATED = { ...COMMON, gate_activation: plain("sigmoid"), candidate_activation: plain("tanh") };
export const DEFAULTS = {
  RNN: { ...COMMON, activation: plain("tanh") },
  LSTM: {
    ...GATED,
    peephole: ["none"],
    input_gate: [true],
    forget_gate: [true],
    output_gate: [true],
    coupling: ["none"],
    relevance_gate: [false],
    gate_recurrence: [false],
    output_activation: plain("tanh"),
    projection: [0],
    output_projection: [0],
    projection_bias: [false],
    cell_clip: [null],
    projection_clip: [null],
  },
  GRU: { ...GATED, reset: ["after"], update: ["keep"], minimal: [false] },
};

function answer(line, description, solve) {
  let id = null;
  try {
    const message = decode(line);
    id = Number.isInteger(message?.id) ? message.id : null;
    if (message?.request === "hello") return { id, protocol: 1, ...description };
    if (message?.request === "solve") return { id, outcome: solve(message.problem) };
    throw new Error(`request: wanted hello or solve, got ${JSON.stringify(message?.request)}`);
  } catch (error) {
    if (error instanceof Unsupported) return { id, unsupported: error.message };
    return { id, error: String(error.stack ?? error).split("\n").slice(0, 3).join(" ") };
  }
}

// Answer requests until the input ends. `description` is what the program says of itself.
export async function serve(description, solve) {
  for await (const line of createInterface({ input: process.stdin }))
    process.stdout.write(encode(answer(line, description, solve)) + "\n");
}
