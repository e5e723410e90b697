// llama.cpp's likeliest tokens with keys and values in float32 and without flash attention; by default it keeps them in float16.
//   node float32-cache.mjs MODEL.gguf PROMPT_LENGTH COUNT
// Its place in this folder lets it find node-llama-cpp, in whose interface the two can be set by name. Prints a JSON array.
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [modelPath, promptLength, count] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const llama = await getLlama({gpu: false, build: "never", logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({
  contextSize: promptLength + count, flashAttention: false, experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32",
});
const prompt = Array.from({length: promptLength}, (_, i) => i + 1);
const tokens = [];
for await (const token of context.getSequence().evaluate(prompt, {temperature: 0, yieldEogToken: true})) {
  tokens.push(token);
  if (tokens.length === count) break;
}
console.log(JSON.stringify(tokens));
process.exit(0); // the library's threads would keep the process alive
