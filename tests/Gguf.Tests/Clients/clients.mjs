// What two libraries of npm make of a GGUF file: @huggingface/gguf its keys and tensors, node-llama-cpp ids and likeliest tokens.
//   node clients.mjs LIBRARIES MODEL.gguf REQUEST.json ANSWER.json
// A request is {"texts": [...], "prompts": [[id, ...], ...], "count": tokens to append to each prompt}.
import {readFile, writeFile} from "node:fs/promises";
import {join} from "node:path";
import {pathToFileURL} from "node:url";

const [libraries, modelPath, requestPath, answerPath] = process.argv.slice(2);
const load = file => import(pathToFileURL(join(libraries, "node_modules", file)));
const {gguf} = await load("@huggingface/gguf/dist/index.mjs");
const {getLlama, LlamaLogLevel} = await load("node-llama-cpp/dist/index.js");
const {texts, prompts, count} = JSON.parse(await readFile(requestPath, "utf8"));

const {metadata, tensorInfos} = await gguf(modelPath, {allowLocalFile: true});
const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath});
const plain = texts.map(text => model.tokenize(text, false));
const special = texts.map(text => model.tokenize(text, true));
const context = await model.createContext({
  contextSize: Math.max(...prompts.map(prompt => prompt.length)) + count, threads: 1,
  flashAttention: false, experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32",
});
const sequence = context.getSequence();
const continued = [];
for (const prompt of prompts) {
  await sequence.clearHistory();
  const tokens = [];
  for await (const token of sequence.evaluate(prompt, {temperature: 0, yieldEogToken: true})) {
    tokens.push(token);
    if (tokens.length === count) break;
  }
  continued.push(tokens);
}
const numbers = (_, value) => typeof value === "bigint" ? Number(value) : value;
await writeFile(answerPath, JSON.stringify({keys: metadata, tensors: tensorInfos, plain, special, continued}, numbers));
process.exit(0); // the library's threads would keep the process alive
