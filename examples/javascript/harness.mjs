// LSTM, GRU and the simple recurrent layer in plain JavaScript: `rnnspec validate --program "node harness.mjs"`.
import { solve } from "./layers.mjs";
import { serve } from "./protocol.mjs";

const description = {
  name: "javascript",
  provenance: { "rnnspec-javascript": "1.0", node: process.versions.node },
  precisions: ["float64"],
  gradients: true,
};

await serve(description, solve);
