// One measurement of a tokenizer from npm in a process of its own. Prints one line of JSON, as `worker` of the C# program does.
//   node peer.mjs encode <peer> <text> <max bytes> <model folder> <hash: yes|no>
//   node peer.mjs train tokenizers <text> <output>
// And two checks, which print nothing:
//   node peer.mjs resave <tokenizer.json> <output>
//   node peer.mjs ids <encoding of tiktoken> <text> <output: ids as 32-bit numbers> [output: the ranks as a file of tiktoken]
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// Packages are looked up from the folder that the program is started in, where package.json lies.
const load = createRequire(join(process.cwd(), 'package.json'));
const separator = '<|endoftext|>';

const peers = {
  tokenizers(folder) {
    const tokenizer = load('tokenizers').Tokenizer.fromFile(join(folder, 'tokenizer.json'));
    return async (text) => (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
  },
  tiktoken() {
    const encoding = load('tiktoken').get_encoding('gpt2');
    return (text) => encoding.encode_ordinary(text);
  },
  'gpt-tokenizer'() {
    const { encode } = load('gpt-tokenizer/encoding/r50k_base');
    return (text) => encode(text);
  },
};

// The longest run of whole documents within the first bytes of a file; the C# program cuts in the same place.
function readDocuments(path, maxBytes) {
  let bytes = readFileSync(path);
  if (bytes.length > maxBytes) {
    const end = bytes.lastIndexOf(separator, maxBytes - separator.length);
    bytes = bytes.subarray(0, end >= 0 ? end + separator.length : bytes.lastIndexOf('\n', maxBytes - 1) + 1);
  }
  return { length: bytes.length, documents: bytes.toString('utf8').split(separator) };
}

function resident(field) {
  return 1024 * Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

// Forgets the peak of memory so far, and returns what is resident now.
function resetPeak() {
  writeFileSync('/proc/self/clear_refs', '5');
  return resident('VmRSS');
}

async function measure(pass) {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const tokens = await pass();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { tokens, seconds, cpuSeconds: (user + system) / 1e6 };
}

async function encode(peer, path, maxBytes, folder, hash) {
  const { length, documents } = readDocuments(path, Number(maxBytes));
  const encodeText = peers[peer](folder);
  const pass = async () => {
    let tokens = documents.length - 1;
    for (const document of documents) {
      const ids = encodeText(document);
      tokens += (ids instanceof Promise ? await ids : ids).length;
    }
    return tokens;
  };
  const startBytes = resetPeak();
  const cold = await measure(pass);
  const warm = await measure(pass);
  const result = { bytes: length, tokens: cold.tokens, cold, warm: [warm], startBytes, peakBytes: resident('VmHWM'), sha256: null };
  if (hash === 'yes') {
    const sha = createHash('sha256');
    for (let i = 0; i < documents.length; i++) {
      if (i > 0) sha.update(Uint8Array.from([0xff, 0xff, 0xff, 0xff]));
      const ids = Uint32Array.from(await encodeText(documents[i]));
      sha.update(new Uint8Array(ids.buffer));
    }
    result.sha256 = sha.digest('hex');
  }
  return result;
}

// The binding's trainer has its defaults: 30,000 entries, no special tokens, every pair that occurs.
async function train(path, output) {
  const { BPE, Tokenizer, byteLevelPreTokenizer } = load('tokenizers');
  const tokenizer = new Tokenizer(BPE.empty());
  tokenizer.setPreTokenizer(byteLevelPreTokenizer(false, true));
  const startBytes = resetPeak();
  const cold = await measure(async () => { tokenizer.train([path]); return tokenizer.getVocabSize(); });
  tokenizer.save(output);
  return { bytes: readFileSync(path).length, tokens: cold.tokens, cold, warm: [], startBytes, peakBytes: resident('VmHWM'), sha256: null };
}

// tiktoken's package keeps ranks in lines of `! <first rank> <token> <token> ...`, which is shorter than a rank for each.
function saveRanks(encoding, output) {
  const { bpe_ranks: ranks } = load(`tiktoken/encoders/${encoding}.json`);
  const lines = ranks.split('\n').flatMap((line) => {
    const [, first, ...tokens] = line.split(' ');
    return tokens.map((token, i) => `${token} ${Number(first) + i}\n`);
  });
  writeFileSync(output, lines.join(''));
}

function saveIds(encoding, path, output, ranks) {
  const ids = Uint32Array.from(load('tiktoken').get_encoding(encoding).encode_ordinary(readFileSync(path, 'utf8')));
  writeFileSync(output, new Uint8Array(ids.buffer));
  if (ranks) saveRanks(encoding, ranks);
}

const [task, peer, ...rest] = process.argv.slice(2);
if (task === 'resave') load('tokenizers').Tokenizer.fromFile(peer).save(rest[0], true);
else if (task === 'ids') saveIds(peer, ...rest);
else console.log(JSON.stringify(task === 'train' ? await train(...rest) : await encode(peer, ...rest)));
