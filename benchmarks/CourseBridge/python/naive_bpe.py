"""Byte pair encoding in the fewest lines, as a judge: slow, and written without a look at the library."""
from collections import Counter

import regex

PATTERN = regex.compile(r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def split(text, special_tokens):
    """The text's parts, special tokens among them, of which the longest goes first."""
    if not special_tokens:
        return [text]
    longest_first = sorted(special_tokens, key=len, reverse=True)
    return regex.split("(" + "|".join(regex.escape(token) for token in longest_first) + ")", text)


def merge(word, pair):
    merged, i = [], 0
    while i < len(word):
        whole = tuple(word[i : i + 2]) == pair
        merged.append(word[i] + word[i + 1] if whole else word[i])
        i += 2 if whole else 1
    return merged


def encode_word(word, ranks):
    while len(word) > 1:
        best = min(zip(word, word[1:]), key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        word = merge(word, best)
    return word


def train(text, vocab_size, special_tokens):
    """(vocabulary, merges): of equally frequent pairs the greater one goes first."""
    parts = [part for part in split(text, special_tokens) if part not in special_tokens]
    counts = Counter(match for part in parts for match in PATTERN.findall(part))
    words = [([bytes([byte]) for byte in word.encode()], count) for word, count in counts.items()]
    merges = []
    while len(merges) < vocab_size - 256 - len(special_tokens):
        pairs = Counter()
        for word, count in words:
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        if not pairs:
            break
        merges.append(max(pairs, key=lambda pair: (pairs[pair], pair)))
        words = [(merge(word, merges[-1]), count) for word, count in words]
    tokens = [token.encode() for token in special_tokens] + [bytes([byte]) for byte in range(256)] + [a + b for a, b in merges]
    return dict(enumerate(tokens)), merges
