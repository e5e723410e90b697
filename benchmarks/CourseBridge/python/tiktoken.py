"""In the place of tiktoken where that, or the file it downloads, is not there: GPT-2's encoding from the tests' own vocabulary, naively."""
import json
from pathlib import Path

from naive_bpe import PATTERN, encode_word, split

_FIXTURES = Path(__file__).resolve().parent / "tests" / "fixtures"


def get_encoding(name):
    if name != "gpt2":
        raise ValueError(f"{name} is not there, only gpt2.")
    return Encoding()


class Encoding:
    def __init__(self):
        # GPT-2's files spell a byte that prints as itself, and the others in their order as the characters from 256 on.
        printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
        others = [byte for byte in range(256) if byte not in printing]
        self._byte_of = {chr(byte): byte for byte in printing} | {chr(256 + i): byte for i, byte in enumerate(others)}
        spelled = json.loads((_FIXTURES / "gpt2_vocab.json").read_text(encoding="utf-8"))
        self._ids = {self._bytes(token): number for token, number in spelled.items()}
        self._tokens = {number: token for token, number in self._ids.items()}
        pairs = [line.split(" ") for line in (_FIXTURES / "gpt2_merges.txt").read_text(encoding="utf-8").splitlines()]
        self._ranks = {tuple(map(self._bytes, pair)): rank for rank, pair in enumerate(pair for pair in pairs if len(pair) == 2)}

    def _bytes(self, spelled):
        return bytes(self._byte_of[character] for character in spelled)

    def encode(self, text, allowed_special=frozenset()):
        if "<|endoftext|>" in text and "<|endoftext|>" not in allowed_special:
            raise ValueError("The text holds <|endoftext|>, which is not allowed.")
        ids = []
        for part in split(text, allowed_special):
            if part in allowed_special:
                ids.append(self._ids[part.encode()])
                continue
            for word in PATTERN.findall(part):
                ids += [self._ids[token] for token in encode_word([bytes([byte]) for byte in word.encode()], self._ranks)]
        return ids

    def decode(self, ids):
        return b"".join(self._tokens[number] for number in ids).decode("utf-8", errors="replace")
