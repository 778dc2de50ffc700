#!/usr/bin/python3 -B
"""An independent reader of `.mmio.zst`, written from docs/format.md and docs/format-columns.md alone.

    read_mmio.py FILE             checks everything and prints the text log
    read_mmio.py --columns FILE   prints everything that the file holds, one record a line

It shares no code with the library, reads the whole file into memory, and stops at the first mistake: it is a second
opinion on the format, and an explanation of it. Needs Python 3.11 and its module zstandard. The blocks' columns are in
read_mmio_columns.py.
"""

import sys
import zlib
from dataclasses import dataclass, field

import zstandard
from read_mmio_columns import MASK, Block, Bytes, Wrong, must

UNKNOWN, LOST, RAW = 2, 6, 11
LOST_COUNT_UNKNOWN = MASK


# The file

OWN, MARK = b"\x50\x2a\x4d\x18", b"mmioscop"
ANNOUNCEMENT, PAGE, ROOT, TRAILER = range(4)
NO_RANGE = (MASK, 0)


@dataclass
class Stats:
    records: int = 0
    accesses: int = 0
    raw: int = 0
    lost: int = 0
    kinds: int = 0
    time: tuple = NO_RANGE
    address: tuple = NO_RANGE

    @staticmethod
    def read(source):
        records, accesses, raw, lost, kinds = (source.varint() for _ in range(5))
        there, ranges = source.fixed(1), []
        for bit in (1, 2):
            low = source.varint() if there & bit else None
            ranges.append(NO_RANGE if low is None else (low, low + source.varint()))
        return Stats(records, accesses, raw, lost, kinds, *ranges)

    @staticmethod
    def of(block):
        stats = Stats()
        for row, kind in enumerate(block.kind):
            time, address, value = block.time[row], block.address[row], block.value[row]
            access = kind <= UNKNOWN
            lost = value if kind == LOST and value != LOST_COUNT_UNKNOWN else 0
            timed = kind <= LOST and (access or time != 0)
            stats.add(
                Stats(
                    1, int(access), int(kind == RAW), lost, 1 << min(kind, 31),
                    (time, time) if timed else NO_RANGE,
                    (address, address) if access else NO_RANGE,
                )
            )  # fmt: skip
        return stats

    def add(self, other):
        self.records += other.records
        self.accesses += other.accesses
        self.raw += other.raw
        self.lost = min(self.lost + other.lost, MASK)
        self.kinds |= other.kinds
        self.time = (min(self.time[0], other.time[0]), max(self.time[1], other.time[1]))
        self.address = (min(self.address[0], other.address[0]), max(self.address[1], other.address[1]))


@dataclass
class Entry:
    """A block, or the blocks of a page, in the index."""

    offset: int = 0
    plain: int = 0
    recording: int = 0
    record: int = 0
    access: int = 0
    stats: Stats = field(default_factory=Stats)

    @staticmethod
    def read(source, before):
        offset, plain = before.offset + source.varint(), before.plain + source.varint()
        recording = source.varint()
        record = before.record + before.stats.records + source.varint()
        access = before.access + before.stats.accesses + source.varint()
        return Entry(offset, plain, recording, record, access, Stats.read(source))


class File:
    """Reads a whole file and holds every part of it against the others. `parts` is what it holds."""

    def __init__(self, data):
        self.data, self.at, self.plain = data, 0, 0
        self.parts, self.entries, self.pages, self.frames = [], [], [], []
        self.recordings, self.total, self.totals, self.started = 0, Stats(), None, False
        self.root = self.trailer = None
        while self.trailer is None:
            self.read_skippable()
        self.check_index()
        self.check_seek_table()

    def take(self, count):
        must(self.at + count <= len(self.data), "the file ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def read_skippable(self):
        start, magic = self.at, self.take(4)
        must(0x184D2A50 <= int.from_bytes(magic, "little") <= 0x184D2A5F, "no skippable frame")
        body = self.take(int.from_bytes(self.take(4), "little"))
        self.frames.append((self.at - start, 0))
        if magic != OWN or body[:8] != MARK:
            must(start > 0, "the first frame is not ours")
            return
        must(zlib.crc32(body[:-4]) == int.from_bytes(body[-4:], "little"), "a wrong checksum of a frame")
        kind, body = body[8], Bytes(body[9:-4])
        must(kind == ANNOUNCEMENT or start > 0, "the file does not begin with an announcement")
        if kind == ANNOUNCEMENT:
            self.read_section(start, body)
        elif kind == PAGE:
            self.read_page(start, body)
        elif kind == ROOT:
            self.root = (start, self.at - start, body)
        elif kind == TRAILER:
            self.trailer = [body.fixed(8), body.fixed(4), body.fixed(4)]
            body.end()

    def read_frame(self, length):
        """An ordinary frame: zstd's own checks, and that it says its length and has a checksum."""
        frame = self.take(length)
        parameters = zstandard.get_frame_parameters(frame)
        must(parameters.has_checksum, "a frame without a checksum")
        must(parameters.content_size <= 24 << 20, "a frame without its plain length, or a huge one")
        plain = zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
        self.frames.append((length, len(plain)))
        return plain

    def read_section(self, start, sizes):
        must(self.totals is None, "something behind the end section")
        lengths = []
        while sizes.left():
            lengths.append(sizes.varint())
        must(1 <= len(lengths) <= 256, "a wrong number of frames")
        frames = [self.read_frame(length) for length in lengths]
        plain, whole = self.plain, Bytes(b"".join(frames))
        self.plain += whole.left()
        if not self.started:
            return self.read_header(whole)
        head = whole.take(24)
        tag, flags, length = head[:4], int.from_bytes(head[4:8], "little"), int.from_bytes(head[8:16], "little")
        must(zlib.crc32(head[:20]) == int.from_bytes(head[20:], "little"), "a wrong checksum of a section's head")
        must(length == whole.left(), "a section of another length")
        payload = Bytes(whole.rest())
        must(zlib.crc32(payload.data) == int.from_bytes(head[16:20], "little"), "a wrong checksum of a section")
        if tag == b"BLCK":
            self.read_block(Entry(start, plain), frames, payload)
        elif tag == b"RECG":
            self.read_recording(payload)
        elif tag == b"END.":
            self.totals = [payload.varint() for _ in range(6)]
        else:
            self.parts.append(("section", tag, flags, payload.data))

    def read_header(self, header):
        must(header.take(8) == b"\x89MMIO\r\n\x1a", "no trace")
        must(header.fixed(2) == 1, "another major version")
        header.take(6)
        must(header.fixed(4) == zlib.crc32(header.data[:16]), "a wrong checksum of the header")
        header.end()
        self.started = True

    def read_recording(self, payload):
        number, facts = payload.varint(), []
        while payload.left():
            key = payload.take(payload.varint()).decode("utf-8")
            facts.append((key, payload.take(payload.varint())))
        self.recordings = max(self.recordings, number + 1)
        self.parts.append(("recording", number, facts))

    def read_block(self, entry, frames, payload):
        length = payload.fixed(2)
        head = Bytes(payload.take(length))
        entry.recording, entry.record, entry.access = head.varint(), head.varint(), head.varint()
        entry.stats = Stats.read(head)
        ids = [(head.fixed(1), head.varint()) for _ in range(head.varint())]
        must(len(frames[0]) == 24 + 2 + length, "the first frame does not end with the block's head")
        must([size for _, size in ids] == [len(frame) for frame in frames[1:]], "columns of another length")
        must(sorted(set(ids)) == ids and len(dict(ids)) == len(ids), "columns that do not rise")
        must(1 <= entry.stats.records <= 65536, "a wrong number of records")
        must((entry.record, entry.access) == (self.total.records, self.total.accesses), "records are missing")
        block = Block(entry.stats.records, {column: frame for (column, _), frame in zip(ids, frames[1:])})
        must(Stats.of(block) == entry.stats, "statistics of other records")
        self.total.add(entry.stats)
        self.recordings = max(self.recordings, entry.recording + 1)
        self.entries.append(entry)
        self.parts.append(("block", block))

    def read_page(self, start, body):
        first, count, entry = body.varint(), body.varint(), Entry()
        blocks = self.entries[first:]
        must(count == len(blocks) <= 256, "a page of other blocks")
        must(first == sum(count for _, _, count, _ in self.pages), "a page at the wrong place")
        together = Entry(*vars(blocks[0]).values())
        together.stats = Stats()
        for block in blocks:
            entry = Entry.read(body, entry)
            must(entry == block, "a page that does not say what is in the blocks")
            together.stats.add(block.stats)
        body.end()
        self.pages.append((start, self.at - start, count, together))

    def check_index(self):
        sums = self.total
        totals = [self.recordings, len(self.entries), sums.records, sums.accesses, sums.raw, sums.lost]
        must(self.totals == totals, "the totals are not those of the blocks")
        must(sum(page[2] for page in self.pages) == len(self.entries), "blocks that are in no page")
        if self.root is None:
            return must(self.trailer[1] == 0, "a root that is not there")
        offset, length, root = self.root
        must(self.trailer[:2] == [offset, length], "the trailer does not lead to the root")
        must([root.varint() for _ in range(6)] == totals, "the root has other totals")
        must(root.varint() == len(self.pages), "the root has other pages")
        entry, place = Entry(), 0
        for start, length, count, together in self.pages:
            place += root.varint()
            must((place, root.varint(), root.varint()) == (start, length, count), "the root has another page")
            entry = Entry.read(root, entry)
            must(entry == together, "the root does not say what is in the page")
        root.end()

    def check_seek_table(self):
        count = self.trailer[2]
        if count == 0:
            return must(self.at == len(self.data), "something behind the trailer")
        must(count == len(self.frames), "a seek table of other frames")
        must(self.take(4) == b"\x5e\x2a\x4d\x18", "no seek table")
        table = Bytes(self.take(int.from_bytes(self.take(4), "little")))
        frames = [(table.fixed(4), table.fixed(4)) for _ in range(count)]
        must(frames == self.frames, "a seek table of other lengths")
        must(table.rest() == count.to_bytes(4, "little") + b"\0\xb1\xea\x92\x8f", "a wrong footer")
        must(self.at == len(self.data), "something behind the seek table")


# Output


def text_line(block, row):
    """The record as the kernel's tracer prints it."""
    if row in block.verbatim:
        return block.verbatim[row]
    kind, value, text = block.kind[row], block.value[row], block.texts.get(row, b"")
    seconds, microseconds = divmod((block.time[row] + 500) // 1000, 1_000_000)
    time, map_id = f"{seconds}.{microseconds:06}", block.map_id[row]
    address, pc = f"{block.address[row]:#x}", f"{block.pc[row]:#x}"
    match kind:
        case 0 | 1:
            return f"{'RW'[kind]} {block.width[row]} {time} {map_id} {address} {value:#x} {pc} 0\n".encode()
        case 2:
            opcode = ",".join(f"{value >> shift & 255:02x}" for shift in (16, 8, 0))
            return f"UNKNOWN {time} {map_id} {address} {opcode} {pc} 0\n".encode()
        case 3:
            virt, length = block.ranges.get(row, (0, 0))
            return f"MAP {time} {map_id} {address} {virt:#x} {length:#x} {pc} 0\n".encode()
        case 4:
            return f"UNMAP {time} {map_id} {pc} 0\n".encode()
        case 5:
            return f"MARK {time} ".encode() + text + b"\n"
        case 6:
            count = "" if value == LOST_COUNT_UNKNOWN else f"{value} "
            return f"CPU:{block.cpu[row]} [LOST {count}EVENTS]\n".encode()
        case 7 | 8 | 9 | 10:
            return (b"PCIDEV ", b"VERSION ", b"LSPCI ", b"#")[kind - 7] + text + b"\n"
        case _:
            return text


def equals(data):
    return "-" if data is None else "=" + data.hex()


def columns_lines(part):
    """Everything that a part of the file says."""
    match part:
        case ("recording", number, facts):
            yield " ".join([f"recording {number}"] + [key + equals(value) for key, value in facts])
        case ("section", tag, flags, payload):
            yield f"section {equals(tag)} {flags} {equals(payload)}"
        case ("block", block):
            yield f"block {block.count}"
            for row in range(block.count):
                b, span = block, block.ranges.get(row)
                words = [b.kind[row], b.time[row], b.map_id[row], hex(b.address[row]), hex(b.value[row])]
                words += [b.width[row], hex(b.pc[row]), b.cpu[row], b.pid[row], hex(b.caller[row])]
                words += [b.sequence[row], b.repeat[row], b.flags[row]]
                words.append("-" if span is None else f"{span[0]:#x}+{span[1]:#x}")
                words += [equals(texts.get(row)) for texts in (b.texts, b.opcodes, b.verbatim)]
                yield " ".join(map(str, words))


def main():
    columns = sys.argv[1] == "--columns"
    with open(sys.argv[-1], "rb") as file:
        data = file.read()
    try:
        parts = File(data).parts
    except (Wrong, zstandard.ZstdError) as error:
        sys.exit(f"{sys.argv[-1]}: {error}")
    for part in parts:
        if columns:
            sys.stdout.writelines(line + "\n" for line in columns_lines(part))
        elif part[0] == "block":
            sys.stdout.buffer.writelines(text_line(part[1], row) for row in range(part[1].count))


if __name__ == "__main__":
    main()
