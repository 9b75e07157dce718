#!/usr/bin/env python3
"""Makes dictionary-2.bin from dictionary.txt: the same text, with tables of how often what occurs.

With the tables zstd need not count and describe each small item anew: it packs them in half the time, into less. They
are learnt from made-up items: the envelopes of dictionary.txt, filled with words of ../../text/words.txt and numbers.

    python3 src/store/raw/make_dictionary.py OUT        needs libzstd.so.1 (1.5.4 made the one that is kept)

What was kept with a dictionary needs that very dictionary. A new one is a new file with a new first byte, beside this.
"""

import ctypes
import random
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LEVEL, NUMBER, ITEMS = 3, 2, 4000
KEYS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
FREQUENT = "yang dan di untuk dengan ini itu gak aja sudah kita bapak ibu semoga acara hari kota desa".split()
EMOJI = ["😂", "🙏", "👍", "❤️", "🔥", "✌️", "☝️", "😭", "👏", "💪"]

dice = random.Random(20261127)
content = (HERE / "dictionary.txt").read_bytes()
words = [w for w in (HERE / "../../text/words.txt").read_text().split() if w.isalpha()]


def key(length):
    return "".join(dice.choices(KEYS, k=length))


def sentence():
    out = []
    for i in range(dice.randint(3, 32)):
        word = dice.choice(FREQUENT) if dice.random() < 0.4 else words[int(len(words) * dice.random() ** 3)]
        if i == 0 or dice.random() < 0.15:
            word = word.capitalize()
        if dice.random() < 0.03:
            word = "#" + word.capitalize() + dice.choice(words).capitalize()
        if dice.random() < 0.03:
            word = "@" + word + str(dice.randint(1, 99))
        if dice.random() < 0.02:
            word = "https://t.co/" + key(10)
        out.append(word + (dice.choice([",", ".", "!", "?", "..."]) if dice.random() < 0.12 else ""))
    if dice.random() < 0.35:
        out.append(dice.choice(EMOJI) * dice.randint(1, 3))
    return " ".join(out)


def value(field):
    name = field[1]
    if re.search("text|title|description|content|summary|body|caption|message|alt|display", name, re.I):
        made = sentence()
    elif re.search("id$|Id$|rkey|cid|etag|did|uri|hash|key", name):
        made = str(dice.randrange(10**15, 19 * 10**17)) if dice.random() < 0.6 else key(dice.choice([11, 24, 59]))
    elif re.search("name|handle|author|acct|user", name, re.I):
        made = dice.choice(words) + dice.choice(["", ".", "_"]) + dice.choice(words) + dice.choice(["", str(dice.randint(1, 999))])
    elif re.search("url|link|avatar|image|thumb|href", name, re.I):
        made = f"https://{dice.choice(words)}.example/{key(12)}"
    else:
        return field[0]
    return f'"{name}":"{made}"'


def moment(found):
    day = f"20{dice.randint(12, 29)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    hour = f"{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}"
    return f"{day}T{hour}" + (f".{dice.randint(0, 999):03}" if found[1] else "")


def number(found):
    digits = len(found[0])
    return str(dice.randrange(10 ** (digits - 1), 10**digits) if digits > 1 else dice.randrange(10 ** dice.randint(0, 5)))


def item(envelope):
    """An envelope with values where it has none."""
    if envelope.startswith("<item>"):
        envelope = envelope[: envelope.index("<entry>")] if dice.random() < 0.6 else envelope[envelope.index("<entry>") :]
    envelope = re.sub(r'"(\w+)":""', value, envelope)
    envelope = re.sub(r">(?=</(title|p|name|summary|description|div|span)>)", lambda _: ">" + sentence(), envelope)
    envelope = re.sub(r"CDATA\[\]", lambda _: "CDATA[" + sentence() + "]", envelope)
    envelope = re.sub(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", moment, envelope)
    return re.sub(r'(?<=[":,\[])(0|\d{10,})(?=[",}\]])', number, envelope)


class Parameters(ctypes.Structure):
    """`ZDICT_params_t` of zdict.h."""

    _fields_ = [("level", ctypes.c_int), ("notification", ctypes.c_uint), ("number", ctypes.c_uint)]


def main(out):
    envelopes = [line for line in content.decode().split("\n") if line[:1] in ("<", "{")]
    items = [item(dice.choice(envelopes)).encode() for _ in range(ITEMS)]
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZDICT_finalizeDictionary.restype = ctypes.c_size_t
    zstd.ZDICT_isError.argtypes = [ctypes.c_size_t]
    room = len(content) + 4096
    made = ctypes.create_string_buffer(room)
    sizes = (ctypes.c_size_t * len(items))(*map(len, items))
    length = zstd.ZDICT_finalizeDictionary(
        made, ctypes.c_size_t(room), content, ctypes.c_size_t(len(content)), b"".join(items), sizes,
        ctypes.c_uint(len(items)), Parameters(LEVEL, 0, NUMBER),
    )
    if zstd.ZDICT_isError(length):
        sys.exit("zstd could not make a dictionary")
    Path(out).write_bytes(made.raw[:length])
    print(f"{len(content)} bytes of text, {length} with tables")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
