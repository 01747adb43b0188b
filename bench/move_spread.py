#!/usr/bin/env python3
"""How the writes of a move are spread over the table, and what that lets through: docs/moving.md, "At scale".

A simulation: conversations of very different lengths, read in the order in which REST or an export gives them, written 1,000 at
a time. No partition key takes more than 1,000 write units a second, and neither does a partition of DynamoDB.
"""

import collections
import random
import zlib

MESSAGES = 100_000_000
CONVERSATIONS = 200_000
BATCH, BATCHES = 1_000, 40
# Of a message of up to 2 KB in a transaction, and of the row that says where it is.
MESSAGE_UNITS, POINTER_UNITS = 4, 2
POINTER_KEYS = 64
KEY_UNITS = PARTITION_UNITS = 1_000
TABLE_UNITS = 40_000
PARTITIONS = TABLE_UNITS // PARTITION_UNITS
# Twenty-five transactions of 40 messages, 16 at once, of 20 ms each.
LATENCY_SECONDS = 2 * 0.02
# A page of a scan holds so many messages of 1.5 KB.
PAGE = 700


def lengths(rng):
    """How many messages each conversation has: the n-th longest one about 1/n of the longest."""
    weights = [1 / rank for rank in range(1, CONVERSATIONS + 1)]
    scale = MESSAGES / sum(weights)
    sizes = [max(1, round(weight * scale)) for weight in weights]
    rng.shuffle(sizes)
    return sizes


def by_time(rng, sizes):
    """REST: all conversations as people wrote in them."""
    chosen = rng.choices(range(len(sizes)), weights=sizes, k=BATCH * BATCHES)
    return [chosen[at : at + BATCH] for at in range(0, len(chosen), BATCH)]


def by_conversation(rng, sizes, segments):
    """An export: one conversation behind the other, of several parts of the table page by page."""
    starts = [rng.choices(range(len(sizes)), weights=sizes)[0] for _ in range(segments * BATCHES)]
    pages = []
    for start in starts:
        page, at = [], start
        while len(page) < PAGE:
            page += [at] * min(sizes[at % len(sizes)], PAGE - len(page))
            at = (at + 1) % len(sizes)
        pages.append(page)
    lines = [conversation for page in pages for conversation in page][: BATCH * BATCHES]
    return [lines[at : at + BATCH] for at in range(0, len(lines), BATCH)]


def seconds(rng, batch):
    """How long a batch takes at least."""
    keys, partitions = collections.Counter(), collections.Counter()
    for conversation in batch:
        keys[f"CONV{conversation}"] += MESSAGE_UNITS
        keys[f"ID{rng.randrange(POINTER_KEYS)}"] += POINTER_UNITS
    for key, units in keys.items():
        partitions[zlib.crc32(key.encode()) % PARTITIONS] += units
    limits = [max(keys.values()) / KEY_UNITS, max(partitions.values()) / PARTITION_UNITS]
    return max(*limits, sum(keys.values()) / TABLE_UNITS, LATENCY_SECONDS)


def main():
    rng = random.Random(1)
    sizes = lengths(rng)
    orders = {"REST, by time": by_time(rng, sizes)}
    orders |= {f"files, {n} segments": by_conversation(rng, sizes, n) for n in (1, 16)}
    for name, batches in orders.items():
        taken = sum(seconds(rng, batch) for batch in batches)
        rate = BATCH * len(batches) / taken
        print(f"{name:20} {rate:8.0f} messages a second, {MESSAGES / rate / 3600:6.1f} hours for {MESSAGES:,}")


if __name__ == "__main__":
    main()
