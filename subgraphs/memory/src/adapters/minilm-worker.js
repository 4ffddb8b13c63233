// @ts-check
/**
 * Runs the MiniLM network in a thread of its own, so that no text holds up the event loop. It is JavaScript because it
 * is started by file name, from the source as from the build.
 *
 * Receives { id, inputs: number[][] } and answers { id, vectors: Float32Array[] } or { id, error }.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {typeof import('onnxruntime-node')} Ort */

const { modelPath, sha256, runtimes } = /** @type {{ modelPath: string, sha256: string, runtimes: string[] }} */ (
  workerData
);

/** @returns {Promise<{ ort: Ort, session: import('onnxruntime-node').InferenceSession, runtime: string }>} */
async function load() {
  const bytes = await readFile(modelPath);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== sha256) throw new Error(`The checksum of ${modelPath} is ${digest}, not ${sha256}.`);
  /** @type {unknown} */
  let failure;
  for (const runtime of runtimes) {
    try {
      const module = await (runtime === 'onnxruntime-web' ? import('onnxruntime-web') : import('onnxruntime-node'));
      const ort = /** @type {Ort} */ (module); // what is used here, both have
      // WebAssembly would start threads of its own, which cost more than they give for texts this short.
      if (runtime === 'onnxruntime-web') ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create(bytes, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        logSeverityLevel: 3,
      });
      return { ort, session, runtime };
    } catch (error) {
      failure ??= error; // the first choice's reason is the one worth telling
    }
  }
  throw failure;
}

/**
 * One text at a time: padding to a batch gains nothing from 16 tokens on (3.8 against 3.2 ms a text, 7.5 against 6.4
 * at 32, then slower), and int8 activations are scaled per run, so that in a batch a vector would depend on its
 * neighbours.
 * @param {Awaited<ReturnType<typeof load>>} model
 * @param {number[]} ids
 * @returns {Promise<Float32Array>} mean over the tokens, of length 1
 */
async function embed({ ort, session }, ids) {
  const shape = [1, ids.length];
  const output = await session.run({
    input_ids: new ort.Tensor('int64', BigInt64Array.from(ids, BigInt), shape),
    attention_mask: new ort.Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape),
    token_type_ids: new ort.Tensor('int64', new BigInt64Array(ids.length), shape),
  });
  const hidden = output['last_hidden_state'];
  if (hidden === undefined) throw new Error('The model has no output last_hidden_state.');
  const data = /** @type {Float32Array} */ (hidden.data);
  const dimensions = data.length / ids.length;
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < data.length; i++) vector[i % dimensions] = (vector[i % dimensions] ?? 0) + (data[i] ?? 0);
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = 1 / Math.sqrt(square);
  return vector.map((value) => value * scale);
}

const port = parentPort;
if (port === null) throw new Error('This file runs in a worker thread.');
const model = await load();
port.postMessage({ ready: model.runtime });
port.on('message', async (/** @type {{ id: number, inputs: number[][] }} */ { id, inputs }) => {
  try {
    const vectors = [];
    for (const ids of inputs) vectors.push(await embed(model, ids));
    port.postMessage(
      { id, vectors },
      vectors.map((vector) => /** @type {ArrayBuffer} */ (vector.buffer)),
    );
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
