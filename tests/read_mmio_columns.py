"""The columns of a block, as docs/format-columns.md describes them. Part of read_mmio.py."""

from dataclasses import dataclass, field

MASK = 2**64 - 1


class Wrong(Exception):
    """The file is not what the specification says."""


def must(condition, what):
    if not condition:
        raise Wrong(what)


# Numbers


class Bytes:
    """Bytes that are taken from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        must(count <= self.left(), "the data ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def rest(self):
        return self.take(self.left())

    def fixed(self, size):
        return int.from_bytes(self.take(size), "little")

    def varint(self):
        number = 0
        for i in range(10):
            byte = self.fixed(1)
            number |= (byte & 127) << (7 * i)
            if byte < 128:
                must(number <= MASK, "a number of more than 64 bits")
                return number
        raise Wrong("a number of more than 10 bytes")

    def end(self):
        must(self.left() == 0, "there is more data than there should be")


class Bits:
    """Bits of `Bytes`, the lowest one of a byte first."""

    def __init__(self, source):
        self.source, self.byte, self.left = source, 0, 0

    def take(self, count):
        number = 0
        for i in range(count):
            if self.left == 0:
                self.byte, self.left = self.source.fixed(1), 8
            number |= (self.byte & 1) << i
            self.byte >>= 1
            self.left -= 1
        return number

    def gamma(self):
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
            must(zeros < 64, "a gamma number of more than 64 bits")
        return 1 << zeros | self.take(zeros)

    def end(self):
        must(self.byte == 0, "bits that should be zero")


def unzigzag(number):
    return number >> 1 ^ -(number & 1)


def slot(number, bits):
    return (number * 0x9E3779B97F4A7C15 & MASK) >> 64 - bits


def rotate(number, count):
    return (number << count | number >> 64 - count) & MASK


# Symbols


class PlainSymbols:
    """Encoding 1: bytes."""

    def __init__(self, source):
        self.source = source

    def next(self, _context):
        return self.source.fixed(1)

    def end(self):
        self.source.end()


class CodedSymbols:
    """Encoding 2: range ANS with a frequency table for each context."""

    def __init__(self, source, contexts):
        count = source.varint()
        must(1 <= count <= contexts, "a wrong number of tables")
        bits, self.table = Bits(source), [0] * contexts
        if count > 1:
            for context in range(contexts):
                same = bits.take(1)
                before = self.table[context - 1] if context else 0
                self.table[context] = before if same else bits.take(8)
                must(self.table[context] < count, "a table that is not there")
        self.tables = [self.read_table(bits) for _ in range(count)]
        bits.end()
        self.a, self.b, self.source = source.fixed(4), source.fixed(4), source

    @staticmethod
    def read_table(bits):
        """For each of the 2048 places: symbol, its frequency, place within the symbol."""
        rest, frequencies, following = bits.take(8), {}, 0
        while True:
            symbol, length = following + bits.gamma() - 1, bits.take(4)
            if length == 0:
                must(symbol == following, "a symbol without a frequency")
                break
            must(symbol < 256 and symbol != rest, "a symbol that cannot be")
            known = min(length - 1, 3)
            frequencies[symbol] = (1 << known | bits.take(known)) << (length - 1 - known)
            following = symbol + 1
        frequencies[rest] = 2048 - sum(frequencies.values())
        must(frequencies[rest] >= 1, "frequencies of more than 2048")
        return [(s, frequencies[s], i) for s in sorted(frequencies) for i in range(frequencies[s])]

    def next(self, context):
        symbol, frequency, offset = self.tables[self.table[context]][self.a & 2047]
        a = frequency * (self.a >> 11) + offset
        if a < 1 << 15:
            a = a << 16 | self.source.fixed(2)
        self.a, self.b = self.b, a
        return symbol

    def end(self):
        must(self.a == self.b == 1 << 15, "the coded symbols do not end where they began")
        self.source.end()


def symbols(encoding, source, contexts):
    must(encoding in (1, 2), f"encoding {encoding} of symbols")
    return PlainSymbols(source) if encoding == 1 else CodedSymbols(source, contexts)


# Columns


@dataclass
class Block:
    """Records as columns; `shape`, `like` are what other columns are decoded with."""

    count: int
    columns: dict[int, bytes]
    kind: list = field(default_factory=list)
    width: list = field(default_factory=list)
    shape: list = field(default_factory=list)

    def __post_init__(self):
        self.read_kind()
        self.read_time()
        self.read_accesses()
        self.map_id = self.numbers(6, 32)
        self.pc, self.cpu, self.pid = self.numbers(16, 64), self.numbers(17, 32), self.numbers(18, 32)
        self.caller, self.sequence = self.numbers(19, 64), self.numbers(20, 64)
        self.repeat, self.flags = self.numbers(21, 64), self.numbers(22, 8)
        self.map_id = [number - (number >> 31 << 32) for number in self.map_id]
        self.ranges = self.read_ranges()
        self.texts, self.opcodes, self.verbatim = (self.read_texts(column) for column in (33, 34, 35))

    def open(self, column):
        source = Bytes(self.columns[column])
        return source.fixed(1), source

    def read_kind(self):
        if 1 not in self.columns:
            self.kind, self.width, self.shape = ([0] * self.count for _ in range(3))
            return
        encoding, source = self.open(1)
        known = [tuple(source.take(2)) for _ in range(source.varint())]
        must(len(known) <= 255, "more than 255 shapes")
        others = iter([tuple(source.take(2)) for _ in range(source.varint())])
        coder, history, table = symbols(encoding, source, 256), 0, [0] * 4096
        for _ in range(self.count):
            i = slot(history, 12)
            number = coder.next(table[i] * 16 + (history & 15))
            table[i] = min(number, 15)
            history = (history << 4 | table[i]) & (1 << 48) - 1
            shape = known[number] if number < len(known) else next(others, None)
            must(shape is not None, "a shape too few")
            self.kind.append(shape[0])
            self.width.append(shape[1])
            self.shape.append(number)
        must(next(others, None) is None, "a shape too many")
        coder.end()

    def read_time(self):
        self.time = [0] * self.count
        if 2 not in self.columns:
            return
        encoding, source = self.open(2)
        mode, unit, shift = source.fixed(1), source.varint(), source.fixed(1)
        must(mode <= 1 and shift <= 63, "a wrong mode or shift")
        far, low = Bytes(source.take(source.varint())), Bytes(source.take(source.varint()))
        low_bits, coder = Bits(low), symbols(encoding, source, 256)

        def lowest(symbol):
            """The lowest difference of a symbol, and how many bits below it LOW has."""
            k = symbol - 2
            return (k, 0) if k < 32 else ((k % 16 + 16) << k // 16 - 1, k // 16 - 1)

        def class_of(symbol):
            number = (MASK if symbol == 1 else lowest(symbol)[0]) >> shift
            if mode == 0:
                return number if number < 16 else min(number.bit_length() + 11, 31)
            m = number.bit_length()
            return number if number < 2 else min(2 * m - 2 + (number >> m - 2 & 1), 31)

        classes = [0] + [class_of(symbol) for symbol in range(1, 256)]
        last = last_class = shapes = halves = 0
        table = [0] * 4096
        for row in range(self.count):
            shapes = (shapes << 8 | self.shape[row]) & 0xFFFFFFFF
            if mode == 0:
                symbol = coder.next(last_class * 8 + min(self.shape[row], 7))
            else:
                i = slot(shapes << 32 | halves, 12)
                symbol = coder.next(table[i] * 8 + last_class // 4)
            if symbol == 0:
                continue
            if symbol == 1:
                difference = unzigzag(far.varint())
            else:
                difference, raw = lowest(symbol)
                difference += low_bits.take(raw)
            last = last + difference & MASK
            self.time[row] = last * unit & MASK
            last_class = classes[symbol]
            halves = (halves << 4 | last_class // 2) & 0xFFF
            if mode == 1:
                table[i] = last_class
        far.end(), low_bits.end(), low.end(), coder.end()

    def read_lists(self, column, sizes):
        """The lists of numbers of ADDRESS and VALUE, each one to be taken from the front."""
        if column not in self.columns:
            return [iter(()) for _ in sizes]
        encoding, source = self.open(column)
        must(encoding == 1, f"encoding {encoding} of lists")
        lists, plain, coded = [], [], []
        for i, size in enumerate(sizes):
            count = source.varint()
            lists.append([0] * count)
            mask = source.fixed(1) if count else 0
            must(mask >> size == 0, "a plane that is not there")
            for k in range(size if count else 0):
                (coded if mask >> k & 1 else plain).append((i, k))
        must(sum(map(len, lists)) <= self.count, "more numbers than records")
        for i, k in plain:
            for j in range(len(lists[i])):
                lists[i][j] |= source.fixed(1) << 8 * k
        coder = CodedSymbols(source, 8 * len(sizes)) if coded else source
        for i, k in coded:
            for j in range(len(lists[i])):
                lists[i][j] |= coder.next(8 * i + k) << 8 * k
        coder.end()
        return [iter(numbers) for numbers in lists]

    def read_accesses(self):
        n = self.count
        self.address, self.value, self.like = [0] * n, [0] * n, [0] * n
        if 3 not in self.columns:
            return
        encoding, source = self.open(3)
        coder = symbols(encoding, source, 100)
        address_lists = self.read_lists(4, [2, 4, 8])
        value_lists = self.read_lists(5, [1, 1, 2, 1, 1, 3, 1, 2, 3, 4, 8])
        address, value, like, link = self.address, self.value, self.like, [0] * n
        joint_rows, third_rows, address_rows = [0] * 65536, [0] * 32768, [0] * 16384
        p1 = p2 = p3 = q1 = q2 = q3 = q4 = 0
        known, values, differences = [], [0] * 256, [0] * 256
        token = zeros = 0

        def number(lists, i):
            found = next(lists[i], None)
            must(found is not None, "a list that is too short")
            return found

        for i in range(n):
            follow = self.like[i - 1] + 1 if i > 1 and token == 0 else None
            token = coder.next(96 + min((zeros.bit_length() - 1) // 2, 3) if zeros else token)
            zeros = zeros + 1 if token == 0 else 0
            upper, lower = divmod(token, 16)
            must(upper <= 5, "a token that cannot be")
            salt = self.shape[i] * 0xAF251AF3B0F025B5 & MASK
            j = (q1 ^ rotate(q2, 13) ^ rotate(q3, 26) ^ rotate(q4, 39) ^ salt) >> 48
            t = (p1 ^ rotate(p2, 13) ^ rotate(p3, 26) ^ salt) >> 49
            joint, third = joint_rows[j] if follow is None else follow, third_rows[t]
            joint_rows[j] = third_rows[t] = i
            before = address[i - 1] if i else 0
            if upper < 2:
                a = address[(joint, third)[upper]]
            elif upper == 2:
                a = 2 * before - (address[i - 2] if i > 1 else 0)
            elif upper == 3:
                k = number(address_lists, 0)
                must(k < len(known), "a known address that is not known")
                a = known[k]
            else:
                a = before + unzigzag(number(address_lists, upper - 3))
                known.append(a & MASK)
            address[i] = a = a & MASK
            m = a * 0x9E3779B97F4A7C15 & MASK
            p1, p2, p3 = m, p1, p2
            link[i] = seen = address_rows[m >> 50]
            address_rows[m >> 50] = i
            like[i] = (joint, third)[upper] if upper < 2 else seen
            w, u, b = value[seen], value[link[seen]], value[i - 1] if i else 0
            if lower < 5:
                v = (value[like[i]], w, 2 * w - u, b, 0)[lower]
            else:
                x = number(value_lists, lower - 5)
                if lower == 5:
                    v = w ^ 1 << (x & 63)
                elif lower in (6, 7):
                    v = w + unzigzag(x)
                elif lower == 8:
                    v = values[x]
                elif lower == 9:
                    v = b + differences[x]
                else:
                    v = x << 12 if lower == 10 else x
            value[i] = v = v & MASK
            if lower >= 6:
                d = v - b & MASK
                values[slot(v, 8)], differences[slot(d, 8)] = v, d
            q1, q2, q3, q4 = (m + v * 0xD1342543DE82EF95) & MASK, q1, q2, q3
        coder.end()
        for numbers in address_lists + value_lists:
            must(next(numbers, None) is None, "a list that is too long")

    def numbers(self, column, bits):
        """MAP_ID and the columns from PC to FLAGS."""
        if column not in self.columns:
            return [0] * self.count
        encoding, source = self.open(column)
        must(encoding <= (1 if column == 6 else 3) and encoding, f"encoding {encoding} of column {column}")
        rows, mask, last = [], (1 << bits) - 1, 0
        if encoding == 1:
            while len(rows) < self.count:
                count = source.varint()
                must(1 <= count <= self.count - len(rows), "a run of the wrong length")
                last = last + unzigzag(source.varint()) & mask
                rows += [last] * count
            source.end()
            return rows
        tokens, counts = source.take(self.count), [0] * 256
        for row, token in enumerate(tokens):
            must(token <= 5, "a token that cannot be")
            place = slot(self.map_id[row], 8)
            if encoding == 2:
                first, second = rows[self.like[row]] if row else 0, last
            else:
                first, second = counts[place] + 1, last + 1
            if token < 2:
                last = (first, second)[token]
            else:
                last = first + unzigzag(source.fixed(1 << token - 2))
            last &= mask
            counts[place] = last
            rows.append(last)
        source.end()
        return rows

    def read_ranges(self):
        if 32 not in self.columns:
            return {}
        encoding, source = self.open(32)
        must(encoding == 1, f"encoding {encoding} of ranges")
        ranges, row, virt = {}, -1, 0
        for _ in range(source.varint()):
            row += 1 + source.varint()
            virt = virt + unzigzag(source.varint()) & MASK
            ranges[row] = (virt, source.varint())
        must(row < self.count, "a row that is not there")
        source.end()
        return ranges

    def read_texts(self, column):
        if column not in self.columns:
            return {}
        encoding, source = self.open(column)
        must(encoding == 1, f"encoding {encoding} of texts")
        rows, row, count = [], -1, source.varint()
        for _ in range(count):
            row += 1 + source.varint()
            rows.append(row)
        must(row < self.count, "a row that is not there")
        lengths = [source.varint() for _ in range(count)]
        texts = {row: source.take(length) for row, length in zip(rows, lengths)}
        source.end()
        return texts
