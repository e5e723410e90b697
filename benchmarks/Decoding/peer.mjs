// Decodes with llama.cpp from Node, and prints one line of JSON as `worker` of the C# program does.
//   node peer.mjs <model.gguf> <threads> <new tokens>
// Packages are looked up from the folder that the program is started in, where package.json lies.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const entry = createRequire(join(process.cwd(), 'package.json')).resolve('node-llama-cpp');
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(entry));
const [path, threads, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

const start = process.hrtime.bigint();
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
const context = await model.createContext({ contextSize: 256, batchSize: 256, sequences: 1, threads: { ideal: threads, min: threads } });
const load = Number(process.hrtime.bigint() - start) / 1e9;
const sequence = context.getSequence();

async function generate() {
  await sequence.clearHistory();
  const tokens = [];
  for await (const token of sequence.evaluate([1, 2, 3, 4, 5, 6, 7, 8], { temperature: 0, yieldEogToken: true })) {
    tokens.push(token);
    if (tokens.length === count) break;
  }
  return tokens;
}

const tokens = await generate();
const rates = [];
const warm = process.hrtime.bigint();
while (process.hrtime.bigint() - warm < 1_000_000_000n) await generate();
for (let pass = 0; pass < 5; pass++) {
  const begin = process.hrtime.bigint();
  await generate();
  rates.push(count / (Number(process.hrtime.bigint() - begin) / 1e9));
}
console.log(JSON.stringify({ Rates: rates, Tokens: tokens, LoadSeconds: load, PromptRate: 0, BatchRate: 0 }));
process.exit(0);
