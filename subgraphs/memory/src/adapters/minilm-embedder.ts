import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { rateLimited, unavailable } from '@agentos/kernel';
import type { Embedder } from '../service/ports.js';
import { createWordPiece, type WordPiece } from './wordpiece.js';

export interface MiniLmOptions {
  /** The folder with `model.onnx` and `vocab.txt`. @default models/minilm-l6-v2-int8 beside the subgraphs */
  modelDir?: string;
  /** Tried in this order. @default ['onnxruntime-node', 'onnxruntime-web'] */
  runtimes?: readonly ('onnxruntime-node' | 'onnxruntime-web')[];
  /** Texts that may wait before more are refused. @default 20_000 */
  maxWaiting?: number;
}

const modelSha256 = '8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6';
const vocabularySha256 = '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3';
const maxTokens = 256; // the length that the model was trained for
const chunkSize = 4; // texts given to the worker at once: between two chunks a search gets its turn
const fewTexts = 4; // a job this small goes before the large ones

interface Job {
  readonly texts: readonly string[];
  readonly vectors: Float32Array[];
  readonly resolve: (vectors: Float32Array[]) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

interface Running {
  readonly worker: Worker;
  readonly tokenizer: WordPiece;
  readonly runtime: string;
}

type WorkerMessage = { ready: string } | { id: number; vectors: Float32Array[] } | { id: number; error: string };

/** all-MiniLM-L6-v2 with int8 weights, in a worker thread: 384 dimensions, English, no network. */
export class MiniLmEmbedder implements Embedder {
  readonly model = 'minilm-l6-v2-int8';
  readonly dimensions = 384;
  readonly #options: Required<MiniLmOptions>;
  readonly #few: Job[] = [];
  readonly #many: Job[] = [];
  #waiting = 0;
  #running: Promise<Running> | undefined;
  #pumping = false;
  #closed = false;
  #nextId = 1;

  constructor(options: MiniLmOptions = {}) {
    this.#options = {
      modelDir: fileURLToPath(new URL('../../../../models/minilm-l6-v2-int8/', import.meta.url)),
      runtimes: ['onnxruntime-node', 'onnxruntime-web'],
      maxWaiting: 20_000,
      ...options,
    };
  }

  /** The runtime in force, once it is loaded. */
  async runtime(): Promise<string> {
    return (await this.#start()).runtime;
  }

  async warm(): Promise<void> {
    await this.#start().catch(() => undefined);
  }

  embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    if (texts.length === 0) return Promise.resolve([]);
    if (this.#closed) return Promise.reject(unavailable('The embedding model is shutting down.'));
    if (this.#waiting + texts.length > this.#options.maxWaiting) {
      return Promise.reject(rateLimited('Too many texts wait to be embedded; try again in a moment.', 2_000));
    }
    return new Promise((resolve, reject) => {
      this.#waiting += texts.length;
      const job: Job = { texts, vectors: [], resolve, reject, signal };
      (texts.length <= fewTexts ? this.#few : this.#many).push(job);
      void this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const running = await this.#running?.catch(() => undefined);
    await running?.worker.terminate();
    this.#failAll(unavailable('The embedding model is shutting down.'));
  }

  /** Gives the worker one chunk at a time, small jobs first, until nothing waits. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let job = this.#next(); job !== undefined; job = this.#next()) {
        const chunk = job.texts.slice(job.vectors.length, job.vectors.length + chunkSize);
        try {
          job.vectors.push(...(await this.#run(chunk)));
        } catch (error) {
          this.#remove(job);
          job.reject(error);
          continue;
        }
        if (job.vectors.length === job.texts.length) {
          this.#remove(job);
          job.resolve(job.vectors);
        }
      }
    } finally {
      this.#pumping = false;
    }
  }

  #next(): Job | undefined {
    for (;;) {
      const job = this.#few[0] ?? this.#many[0];
      if (job?.signal?.aborted !== true) return job;
      this.#remove(job);
      job.reject(job.signal.reason);
    }
  }

  #remove(job: Job): void {
    const queue = this.#few.includes(job) ? this.#few : this.#many;
    const at = queue.indexOf(job);
    if (at < 0) return;
    queue.splice(at, 1);
    this.#waiting -= job.texts.length;
  }

  async #run(texts: readonly string[]): Promise<Float32Array[]> {
    const { worker, tokenizer } = await this.#start();
    const id = this.#nextId++;
    const inputs = texts.map((text) => tokenizer.encode(text, maxTokens));
    return new Promise((resolve, reject) => {
      const done = () => {
        worker.unref();
        worker.off('message', onMessage);
        worker.off('exit', onExit);
      };
      const onMessage = (message: WorkerMessage) => {
        if (!('id' in message) || message.id !== id) return;
        done();
        if ('vectors' in message) resolve(message.vectors);
        else reject(unavailable('The embedding model failed on a text.', { cause: message.error }));
      };
      const onExit = () => {
        done();
        reject(unavailable('The embedding model stopped; it starts again with the next text.'));
      };
      worker.on('message', onMessage);
      worker.on('exit', onExit);
      worker.ref(); // a text in work keeps the process alive; an idle model does not
      worker.postMessage({ id, inputs });
    });
  }

  #start(): Promise<Running> {
    if (this.#closed) return Promise.reject(unavailable('The embedding model is shutting down.'));
    if (this.#running !== undefined) return this.#running;
    const starting = this.#load();
    this.#running = starting;
    starting.catch(() => {
      if (this.#running === starting) this.#running = undefined; // the next text tries again
    });
    return starting;
  }

  async #load(): Promise<Running> {
    const { modelDir, runtimes } = this.#options;
    const tokenizer = createWordPiece(await readVerified(`${modelDir}/vocab.txt`, vocabularySha256));
    const worker = new Worker(new URL('./minilm-worker.js', import.meta.url), {
      workerData: { modelPath: `${modelDir}/model.onnx`, sha256: modelSha256, runtimes },
      execArgv: [], // the parent's loaders are not for this file
      name: 'minilm',
    });
    const runtime = await new Promise<string>((resolve, reject) => {
      const failed = (cause: unknown) => reject(unavailable('The embedding model could not be loaded.', { cause }));
      worker.once('error', failed);
      worker.once('exit', failed);
      worker.once('message', (message: WorkerMessage) => 'ready' in message && resolve(message.ready));
    });
    // Later errors are told to whoever waits by 'exit', which always follows.
    worker.on('error', () => undefined);
    worker.once('exit', () => {
      this.#running = undefined;
    });
    worker.unref();
    return { worker, tokenizer, runtime };
  }

  #failAll(error: unknown): void {
    for (const job of [...this.#few, ...this.#many]) {
      this.#remove(job);
      job.reject(error);
    }
  }
}

async function readVerified(path: string, sha256: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unavailable('The embedding model is not installed: its vocabulary is missing.', { cause, retryable: false });
  });
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== sha256) throw unavailable('The vocabulary of the embedding model is damaged.', { retryable: false });
  return bytes.toString('utf8');
}
