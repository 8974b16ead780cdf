// The layers of TensorFlow.js: `rnnspec validate --program "node harness.mjs"`.
import tf from "@tensorflow/tfjs";
import { serve } from "../javascript/protocol.mjs";
import { solve } from "./layers.mjs";

const description = {
  name: "tensorflowjs",
  provenance: { "@tensorflow/tfjs": tf.version.tfjs, backend: "cpu", node: process.versions.node },
  precisions: ["float32"],
  gradients: true,
};

await serve(description, solve);
