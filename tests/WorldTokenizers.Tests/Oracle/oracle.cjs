// Asks the real libraries. node oracle.cjs LIBRARIES KIND SOURCE TEXTS ANSWERS WHAT [SAVED]
//   LIBRARIES  a folder whose node_modules hold the libraries
//   KIND       tokenizers (Hugging Face's Rust library), javascript (Hugging Face's JavaScript library) or tiktoken
//   SOURCE     a tokenizer.json; for tiktoken one of its package's encodings, or a .json or .cjs file with an encoding
//   TEXTS      a file with one JSON string a line
//   ANSWERS    where to write, for each text, little-endian: the number of ids and the ids as int32, then the decoded text, then the
//              decoded text without special tokens, each as its length in bytes, an int32, and UTF-8
//   WHAT       all, or ids where the decoded texts are to be empty
//   SAVED      where the Rust library is to write the tokenizer as it understood it
// No begin or end tokens are added. Special tokens in the text count as such.
'use strict';
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const [libraries, kind, source, textsPath, answersPath, what, savedPath] = process.argv.slice(2);
const load = createRequire(path.join(path.resolve(libraries), 'oracle.cjs'));
const maxBatchLength = 1 << 20; // UTF-16 units: an encoding of the Rust library takes hundreds of bytes for each id until it is collected

async function* askTokenizers(texts) {
  const { Tokenizer } = load('tokenizers');
  const tokenizer = Tokenizer.fromFile(source);
  const added = new Set((JSON.parse(fs.readFileSync(source, 'utf8')).added_tokens ?? []).map(token => token.id));
  if (savedPath) tokenizer.save(savedPath, true);
  for (let start = 0, end; start < texts.length; start = end) {
    for (end = start + 1; end < texts.length && length(texts, start, end + 1) <= maxBatchLength;) end++;
    const ids = (await tokenizer.encodeBatch(texts.slice(start, end), { addSpecialTokens: false })).map(encoding => encoding.getIds());
    if (what === 'ids') {
      for (const list of ids) yield [list, '', ''];
      continue;
    }
    // Where no id was added to the vocabulary there is nothing to skip.
    const hasAdded = ids.map(list => list.some(id => added.has(id)));
    const decoded = await tokenizer.decodeBatch(ids, false);
    const skipped = await tokenizer.decodeBatch(ids.filter((_, i) => hasAdded[i]), true);
    for (let i = 0, next = 0; i < ids.length; i++) yield [ids[i], decoded[i], hasAdded[i] ? skipped[next++] : decoded[i]];
  }
}

function length(texts, start, end) {
  let sum = 0;
  for (let i = start; i < end; i++) sum += texts[i].length;
  return sum;
}

async function* askJavaScript(texts) {
  const { Tokenizer } = load('@huggingface/tokenizers');
  const config = path.join(path.dirname(source), 'tokenizer_config.json');
  const tokenizer = new Tokenizer(JSON.parse(fs.readFileSync(source, 'utf8')), fs.existsSync(config) ? JSON.parse(fs.readFileSync(config, 'utf8')) : {});
  for (const text of texts) yield [tokenizer.encode(text, { add_special_tokens: false }).ids, '', ''];
}

async function* askTiktoken(texts) {
  const named = fs.existsSync(source) ? source : load.resolve(`tiktoken/encoders/${source}.json`);
  const encoding = named.endsWith('.cjs') ? load(named) : JSON.parse(fs.readFileSync(named, 'utf8'));
  const { Tiktoken, get_encoding } = load('tiktoken');
  const tokenizer = named === source ? new Tiktoken(encoding.bpe_ranks, encoding.special_tokens, encoding.pat_str) : get_encoding(source);
  const special = new Set(Object.values(encoding.special_tokens));
  for (const text of texts) {
    const ids = tokenizer.encode(text, 'all', []);
    const decoded = tokenizer.decode(ids);
    yield [ids, decoded, ids.some(id => special.has(id)) ? tokenizer.decode(ids.filter(id => !special.has(id))) : decoded];
  }
}

class Answers {
  constructor(file) {
    this.file = fs.openSync(file, 'w');
    this.buffer = Buffer.alloc(1 << 22);
    this.used = 0;
  }
  reserve(bytes) {
    if (this.used + bytes <= this.buffer.length) return;
    this.flush();
    if (bytes > this.buffer.length) this.buffer = Buffer.alloc(bytes);
  }
  ids(ids) {
    this.reserve(4 * ids.length + 4);
    this.used = this.buffer.writeInt32LE(ids.length, this.used);
    for (const id of ids) this.used = this.buffer.writeInt32LE(id, this.used);
  }
  text(text) {
    const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text;
    this.reserve(bytes.length + 4);
    this.used = this.buffer.writeInt32LE(bytes.length, this.used);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }
  flush() {
    fs.writeSync(this.file, this.buffer, 0, this.used);
    this.used = 0;
  }
}

async function main() {
  const texts = fs.readFileSync(textsPath, 'utf8').split('\n').filter(line => line.length > 0).map(line => JSON.parse(line));
  const ask = { tokenizers: askTokenizers, javascript: askJavaScript, tiktoken: askTiktoken }[kind];
  if (!ask) throw new Error(`There is no kind '${kind}': name tokenizers, javascript or tiktoken.`);
  const answers = new Answers(answersPath);
  for await (const [ids, decoded, skipped] of ask(texts)) {
    answers.ids(ids);
    answers.text(decoded);
    answers.text(skipped);
  }
  answers.flush();
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
