#!/usr/bin/env python3
"""Makes a text of 20 copies of another, in each of which words become words of its own: the larger the share, the more distinct pre-tokens.

    benchmarks/make-varied-copies.py <text file> <output> <one word in how many>

One word in 200 is a mild variation, one in 20 a medium one; with 1 no copy has a word in common with another. The same
text gives the same copies. Special tokens (<|endoftext|>) stay as they are.
"""
import re
import sys

COPIES = 20
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
# Odd and no multiple of 13, so that each letter becomes another one.
FACTORS = [3, 5, 7, 9, 11, 15, 17, 19, 21, 23, 25]


def substitution(copy):
    """Letter i becomes letter a * i + b: another one for each copy, and the same for capitals."""
    factor = FACTORS[copy % len(FACTORS)]
    other = bytes(LETTERS[(factor * i + copy + 1) % len(LETTERS)] for i in range(len(LETTERS)))
    return bytes.maketrans(LETTERS + LETTERS.upper(), other + other.upper())


def main(text, output, one_in):
    with open(output, "wb") as out:
        for copy in range(COPIES):
            letters = substitution(copy)
            special = re.compile(rb"<\|" + b"endoftext".translate(letters) + rb"\|>")
            with open(text, "rb") as source:
                for chunk in iter(lambda: source.readlines(1 << 23), []):
                    # Words at odd places, what lies between at even ones.
                    parts = re.split(rb"([A-Za-z]+)", b"".join(chunk))
                    changed = slice(1 + 2 * (copy % one_in), None, 2 * one_in)
                    parts[changed] = [word.translate(letters) for word in parts[changed]]
                    out.write(special.sub(b"<|endoftext|>", b"".join(parts)))


if __name__ == "__main__":
    if len(sys.argv) != 4 or not sys.argv[3].isdecimal() or int(sys.argv[3]) < 1:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
