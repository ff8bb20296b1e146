#!/usr/bin/env python3
"""suiji_verify.py: checks a suiji draw without suiji (不依赖 suiji 程序的独立核验).

This is the second, independent verifier of the draws of "双随机、一公开"
inspections. It was written from docs/spec alone (draw.md, ledger.md, bundle.md)
and from the worked cases beside them; its author saw no code of the platform.
(The check of drand's signatures, section 7, came later, from those pages and RFC 9380.)
If it and the platform agree byte for byte, two readings of one page agree.
It needs Python 3.9 or later and nothing else: no package, no network, no server.

    suiji_verify.py BUNDLE.zip [--json] [--key VKEY | --key-file FILE]
    suiji_verify.py archive DIR [--key VKEY | --key-file FILE]    an unpacked archive package
    suiji_verify.py compute DIR            the canonical result of a case folder
    suiji_verify.py compute --many DIR     one line for each sub-folder: name TAB SHA-256
    suiji_verify.py selftest               known answers of the standards it builds on

Exit status: 0 all steps hold; 7 a step fails; 2 the file cannot be read, or usage.

Read it from top to bottom: hashes, canonical JSON, lists, manifest, seed, the two
draws, the archive, signatures, the beacon and the ledger, then the steps in their order.

Copyright 2026 The suiji authors
SPDX-License-Identifier: Apache-2.0
"""

import base64
import concurrent.futures
import datetime
import functools
import hashlib
import itertools
import json
import os
import re
import struct
import sys
import zlib


class Refused(ValueError):
    """A rule of the spec does not hold; the text says where and which."""


def need(holds, text):
    if not holds:
        raise Refused(text)


def show(value):
    """A value of the file under test, safe to print: quoted, escaped, cut."""
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else '"%s"' % value
    return text if len(text) <= 90 else text[:87] + "..."


# ---------------------------------------------------------------------------
# 1. Hashes: SHA-256 and SM3, HMAC (RFC 2104), the Merkle tree hash (RFC 6962)

SM3_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)


@functools.lru_cache(maxsize=64)
def sm3_lanes(n):
    """For n lanes: 1 in each lane, the mask of 32 bits in each lane, the 64 round constants."""
    one = int.from_bytes(b"\1\0\0\0\0\0\0\0" * n, "little")
    turned = [(t << j % 32 | t >> 32 - j % 32) & 0xFFFFFFFF
              for j, t in enumerate([0x79CC4519] * 16 + [0x7A879D8A] * 48)]
    return one, one * 0xFFFFFFFF, [t * one for t in turned]


def sm3_compress(state, w, lanes):
    """The compression function of GB/T 32905, for `lanes` messages at once.

    Message i has its 32-bit words in bits 64i … 64i+31 of the integers, so sums and
    rotations stay inside their lane; `& m` clears what spilled into the upper halves.
    With one lane it is the function of the standard, word for word.
    """
    _, m, t = sm3_lanes(lanes)
    w = list(w)
    for j in range(16, 68):
        x, y = w[j - 3], w[j - 13]
        x = (w[j - 16] ^ w[j - 9] ^ (x << 15 | x >> 17)) & m
        w.append((x ^ (x << 15 | x >> 17) ^ (x << 23 | x >> 9) ^ (y << 7 | y >> 25) ^ w[j - 6]) & m)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        r = (a << 12 | a >> 20) & m
        s = r + e + t[j] & m
        s = (s << 7 | s >> 25) & m
        if j < 16:
            p, q = a ^ b ^ c, e ^ f ^ g
        else:
            p, q = a & b | c & (a | b), g ^ e & (f ^ g)
        p = p + d + (s ^ r) + (w[j] ^ w[j + 4]) & m
        q = q + h + s + w[j] & m
        a, b, c, d = p, a, (b << 9 | b >> 23) & m, c
        e, f, g, h = (q ^ (q << 9 | q >> 23) ^ (q << 17 | q >> 15)) & m, e, (f << 19 | f >> 13) & m, g
    return [x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h))]


def sm3_all(messages):
    """SM3 of each message; messages of as many blocks go through the rounds side by side."""
    digests, groups = [b""] * len(messages), {}
    for i, message in enumerate(messages):
        message += b"\x80" + bytes(-(len(message) + 9) % 64) + struct.pack(">Q", 8 * len(message))
        groups.setdefault(len(message), []).append((i, message))
    for length, group in groups.items():
        for at in range(0, len(group), 256):
            part = group[at:at + 256]
            n = len(part)
            state, words = [x * sm3_lanes(n)[0] for x in SM3_START], length // 4
            column = struct.unpack(">%dI" % (n * words), b"".join(message for _, message in part))
            column = [int.from_bytes(struct.pack("<%dQ" % n, *column[j::words]), "little") for j in range(words)]
            for j in range(0, words, 16):
                state = sm3_compress(state, column[j:j + 16], n)
            rows = zip(*(struct.unpack("<%dQ" % n, x.to_bytes(8 * n, "little")) for x in state))
            for (i, _), row in zip(part, rows):
                digests[i] = struct.pack(">8I", *row)
    return digests


class Hash:
    """The draw's H: "sha256" or "sm3". Many messages at once, for speed only."""

    def __init__(self, name, own_sm3=False):
        self.start = hashlib.sha256
        if name == "sm3":
            try:
                hashlib.new("sm3", b"")
                self.start = None if own_sm3 else functools.partial(hashlib.new, "sm3")
            except ValueError:  # this Python's OpenSSL has no SM3
                self.start = None

    def all(self, messages, prefix=b""):
        """H(prefix ‖ message) for each message."""
        if self.start is None:
            return sm3_all([prefix + message for message in messages])
        begun, digests = self.start(prefix), []
        for message in messages:
            one = begun.copy()
            one.update(message)
            digests.append(one.digest())
        return digests

    def of(self, message):
        return self.all([message])[0]

    def hex(self, message):
        return self.of(message).hex()

    def hmac_all(self, key, messages):
        """HMAC-H(key, message) for each message; blocks are 64 bytes in both hashes."""
        key = (self.of(key) if len(key) > 64 else key).ljust(64, b"\0")
        inner = self.all(messages, bytes(x ^ 0x36 for x in key))
        return self.all(inner, bytes(x ^ 0x5C for x in key))

    def root(self, leaves):
        """RFC 6962: leaf H(0 ‖ line), node H(1 ‖ left ‖ right), an odd last node goes up as it is."""
        level = self.all(leaves, b"\0") if leaves else [self.of(b"")]
        while len(level) > 1:
            pairs = self.all([a + b for a, b in zip(level[::2], level[1::2])], b"\1")
            level = pairs + level[len(pairs) * 2:]
        return level[0]


# ---------------------------------------------------------------------------
# 2. Canonical JSON: RFC 8785, without null and fractions, integers below 2^53

def canonical(value):
    """The canonical text of a value. Names are sorted by UTF-16 code units."""
    kind = type(value)
    if kind is str:
        return json.dumps(value, ensure_ascii=False)  # escapes exactly what RFC 8785 escapes
    if kind is dict:
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{%s}" % ",".join("%s:%s" % (canonical(name), canonical(value[name])) for name in names)
    if kind is list:
        return "[%s]" % ",".join(map(canonical, value))
    if kind is bool:
        return "true" if value else "false"
    need(kind is int, "null is not allowed")
    return str(value)


def json_integer(text):
    need(text != "-0" and len(text) < 20 and abs(int(text)) < 1 << 53, "number %s is out of range" % show(text))
    return int(text)


def json_fraction(text):
    raise Refused("number %s is not an integer" % show(text))


def json_object(pairs):
    members = dict(pairs)
    need(len(members) == len(pairs), "an object has a name twice")
    return members


def read_json(name, data):
    """(value, its canonical bytes) of the one JSON object in data."""
    try:
        value = json.loads(data.decode("utf-8"), parse_int=json_integer, parse_float=json_fraction,
                           parse_constant=json_fraction, object_pairs_hook=json_object)
        need(type(value) is dict, "not an object")
        return value, canonical(value).encode("utf-8")  # encoding refuses lone surrogates
    except (ValueError, RecursionError) as why:
        raise Refused("%s: not JSON as wanted: %s" % (name, why)) from None


def read_canonical(name, data):
    value, exact = read_json(name, data)
    need(exact == data, "%s: not canonical JSON" % name)
    return value


# ---------------------------------------------------------------------------
# 3. Lists

IDENTIFIER = re.compile(r"[0-9A-Za-z._-]{1,40}")
HEX64 = re.compile(r"[0-9a-f]{64}")
HEX96 = re.compile(r"[0-9a-f]{96}")
REASON = re.compile(r"[0-9a-z-]+")
TICKETS = re.compile(r"[1-9][0-9]{0,2}|1000")
PUBLIC_VALUE = re.compile(r"[0-9A-Za-z.,_-]{1,200}")


def fits(form, value):
    return type(value) is str and form.fullmatch(value) is not None


def read_list(name, data, width):
    """The rows of a list: `width` fields, lines ascending as bytes; in field 1 an identifier, never twice
    (in recusals.tsv the officer may come again, the pair may not)."""
    if not data:
        return [], []
    need(data.endswith(b"\n"), "%s: the last line does not end in LF" % name)
    lines = data[:-1].split(b"\n")
    rows, before, seen = [], None, set()
    for number, line in enumerate(lines, 1):
        where = "%s line %d: " % (name, number)
        try:
            row = line.decode("utf-8").split("\t")
        except UnicodeDecodeError:
            raise Refused(where + "not UTF-8") from None
        if len(row) != width:
            raise Refused(where + "%d fields, not %d" % (len(row), width))
        if not IDENTIFIER.fullmatch(row[0]):
            raise Refused(where + "%s is not an identifier" % show(row[0]))
        if before is not None and line <= before:
            raise Refused(where + "lines are not in ascending order, or twice the same")
        if name != "recusals.tsv" and row[0] in seen:
            raise Refused(where + "%s stands twice" % show(row[0]))
        seen.add(row[0])
        rows.append(row)
        before = line
    return lines, rows


def each_field(name, rows, column, holds, rule):
    for number, row in enumerate(rows, 1):
        if not holds(row[column]):
            raise Refused("%s line %d: %s %s" % (name, number, show(row[column]), rule))


# ---------------------------------------------------------------------------
# 4. The draw: manifest, lists, reveal, seed, outcome

TARGETS, MATCH = "suiji/targets/1", "suiji/match/1"
LISTS = {TARGETS: {"targets": 3, "excluded": 2}, MATCH: {"targets": 2, "officers": 2, "recusals": 2}}


def whole(value, least):
    return type(value) is int and value >= least


def named(manifest, member, what):
    """The member as an array of objects with distinct names."""
    items = manifest.get(member)
    need(type(items) is list and all(type(item) is dict for item in items), "%s: not an array of objects" % member)
    names = [item.get("name") for item in items]
    need(all(type(name) is str for name in names), "%s: %s without a name" % (member, what))
    need(len(set(names)) == len(names), "%s: a name stands twice" % member)
    return items


def real_time(text, form):
    """Whether text is a date or time of that form that the calendar has."""
    try:
        return re.fullmatch(form, text) is not None and bool(datetime.datetime(*map(int, re.findall("[0-9]+", text))))
    except (TypeError, ValueError):
        return False


class Draw:
    """One draw. The methods are called in the order in which they stand; each refuses or goes on."""

    def __init__(self, manifest, exact):
        self.m, self.exact = manifest, exact
        self.rows, self.reveal, self.K = {}, {}, b""

    # -- the manifest by itself

    def check_manifest(self):
        m = self.m
        need(m.get("scheme") in (TARGETS, MATCH), "scheme: %s is not known" % show(m.get("scheme")))
        need(m.get("hash") in ("sha256", "sm3"), "hash: %s is not known" % show(m.get("hash")))
        need(type(m.get("id")) is str and m["id"], "id: not a text")
        self.scheme, self.id, self.H = m["scheme"], m["id"], Hash(m["hash"])
        for name in LISTS[self.scheme]:
            fixed = m.get(name)
            need(type(fixed) is dict and whole(fixed.get("count"), 0) and fits(HEX64, fixed.get("root")),
                 "%s: not a count and a root" % name)
        self.check_sources()
        self.check_disclosure()
        if self.scheme == TARGETS:
            for s in named(m, "strata", "stratum"):
                need(s["name"] and whole(s.get("draw"), 0) and whole(s.get("reserve"), 0),
                     "strata: %s: not a name, a draw and a reserve" % show(s["name"]))
            return
        for s in named(m, "slots", "slot"):
            need(fits(IDENTIFIER, s["name"]), "slots: %s is not an identifier" % show(s["name"]))
            need(whole(s.get("size"), 2), "slots: %s: size is not at least 2" % show(s["name"]))
        need(m.get("mode") in ("each", "teams"), "mode: %s is not known" % show(m.get("mode")))
        need(whole(m.get("teams", 0), 0), "teams: not a number")
        need(m["mode"] == "each" or m.get("teams", 0) > 0, "teams: mode teams needs at least 1")
        need(whole(m.get("reserve"), 0), "reserve: not a number")

    def check_sources(self):
        sources = named(self.m, "seed", "source")
        need(sources, "seed: no source")
        for s in sources:
            where, kind = "seed: %s: " % show(s["name"]), s.get("kind")
            need(fits(IDENTIFIER, s["name"]), where + "not an identifier")
            need(kind in ("committed", "public", "drand"), where + "kind %s is not known" % show(kind))
            if kind == "committed":
                need(s.get("by") in ("bureau", "witness"), where + "by is neither bureau nor witness")
                need(fits(HEX64, s.get("commitment")), where + "commitment is not 64 hex digits")
            elif kind == "public":
                need(type(s.get("how")) is str, where + "how is not a text")
            else:
                need(type(s.get("chain")) is str and s["chain"] and whole(s.get("round"), 1), where + "not a chain and a round")
        self.sources = sources

    def check_disclosure(self):
        m = self.m
        self.disclosure = m.get("disclosure", "digest-first")  # the default
        need(self.disclosure in ("at-once", "digest-first", "after-check"), "disclosure: not known")
        if self.disclosure != "at-once":
            need(any(s["kind"] == "committed" and s["by"] == "bureau" for s in self.sources),
                 "seed: not disclosed at once, yet no committed source of the bureau's")
        if "disclose_by" in m:
            need(real_time(m["disclose_by"], "[0-9]{4}-[0-9]{2}-[0-9]{2}"), "disclose_by: not a date")
        need(whole(m.get("attempt", 1), 1), "attempt: not a number from 1")
        if m.get("attempt", 1) > 1 or "previous" in m:
            need(fits(HEX64, m.get("previous")), "previous: not the digest of the abandoned manifest")
            need(m.get("attempt", 1) > 1, "attempt: 1, yet an abandoned manifest is named")

    # -- the lists, and all that can be checked before there is a seed

    def check_lists(self, files):
        for name, width in LISTS[self.scheme].items():
            file, fixed = name + ".tsv", self.m[name]
            lines, self.rows[name] = read_list(file, files[file], width)
            for what, ours in ("count", len(lines)), ("root", self.H.root(lines).hex()):
                need(ours == fixed[what], "%s: its %s is %s, the manifest says %s" % (file, what, ours, fixed[what]))
        self.check_targets() if self.scheme == TARGETS else self.check_match()

    def check_targets(self):
        targets, excluded, self.strata = self.rows["targets"], self.rows["excluded"], {}
        for s in self.m["strata"]:
            self.strata[s["name"]] = []
        each_field("targets.tsv", targets, 1, self.strata.__contains__, "is a stratum without a quota")
        each_field("targets.tsv", targets, 2, TICKETS.fullmatch, "is not 1 to 1000 tickets")
        each_field("excluded.tsv", excluded, 1, REASON.fullmatch, "is not a reason code")
        both = {row[0] for row in targets}
        each_field("excluded.tsv", excluded, 0, lambda firm: firm not in both, "stands in targets.tsv too")
        for firm, stratum, tickets in targets:
            self.strata[stratum].append((firm, int(tickets)))
        for s in self.m["strata"]:
            size = len(self.strata[s["name"]])
            need(s["draw"] <= size, "strata: %s: draw %d of %d firms" % (show(s["name"]), s["draw"], size))

    def check_match(self):
        names = [s["name"] for s in self.m["slots"]]
        for name in ("targets", "officers"):
            for row in self.rows[name]:
                row[1] = row[1].split(",")
            each_field(name + ".tsv", self.rows[name], 1,
                       lambda slots: len(set(slots)) == len(slots) and set(slots) <= set(names),
                       "are not slots of the manifest, each once")
        each_field("recusals.tsv", self.rows["recusals"], 1, IDENTIFIER.fullmatch, "is not an identifier")
        self.needs = {firm: slots for firm, slots in self.rows["targets"]}
        self.members = {name: [who for who, slots in self.rows["officers"] if name in slots] for name in names}
        self.barred = {firm: set() for firm in self.needs}
        for officer, firm in self.rows["recusals"]:
            self.barred.setdefault(firm, set()).add(officer)
        self.check_enough()

    def check_enough(self):
        """That the officers suffice for every firm and slot, whatever the seed."""
        sets = {name: frozenset(who) for name, who in self.members.items()}
        shared = {(a, b) for a in sets for b in sets if sets[a] & sets[b]}
        for firm, slots in self.needs.items():
            earlier = []
            for s in self.m["slots"]:
                name, size = s["name"], s["size"]
                if name not in slots:
                    continue
                free, barred = len(sets[name]), len(sets[name] & self.barred[firm])
                taken = sum(size for other, size in earlier if (other, name) in shared)
                if self.m["mode"] == "each":
                    enough = free - barred - taken >= size
                else:
                    enough = self.m["teams"] * size <= free and self.m["teams"] > barred + taken
                need(enough, "too few officers for firm %s in slot %s: %d free, %d barred, %d taken"
                     % (show(firm), show(name), free, barred, taken))
                earlier.append((name, size))

    # -- the reveal and the seed

    def check_reveal(self, reveal):
        names = [s["name"] for s in self.sources]
        need(sorted(reveal) == sorted(names), "reveal.json: its names are not those of the manifest's sources")
        for s in self.sources:
            name, value = s["name"], reveal[s["name"]]
            where = "reveal.json: %s: " % show(name)
            need(type(value) is str, where + "not a text")
            if s["kind"] == "committed":
                need(fits(HEX64, value), where + "not 64 hex digits")
                text = "suiji/commit/1\n%s\n%s\n" % (name, value)
                need(self.H.hex(text.encode()) == s["commitment"], where + "the secret does not fit its commitment")
            elif s["kind"] == "public":
                need(fits(PUBLIC_VALUE, value), where + "not a public value in its form")
            else:
                need(fits(HEX64, value), where + "not 64 hex digits")
        self.reveal = reveal

    def check_beacon(self, signatures):
        """Each drand value is SHA-256 of a signature, and that is the chain's for the round; signatures may be None."""
        self.drand = [s for s in self.sources if s["kind"] == "drand"]
        need((signatures is not None) == bool(self.drand), "beacon.json: missing, or without a drand source")
        need(sorted(signatures or []) == sorted(s["name"] for s in self.drand), "beacon.json: not the names of the drand sources")
        for s in self.drand:
            where, signature = "%s: " % show(s["name"]), signatures[s["name"]]
            need(s["chain"] in CHAINS, where + "the chain is not known")
            need(fits(HEX96, signature), where + "not a signature of 96 hex digits")
            raw = bytes.fromhex(signature)
            need(hashlib.sha256(raw).hexdigest() == self.reveal[s["name"]], where + "the value is not SHA-256 of the signature")
            message = hashlib.sha256(s["round"].to_bytes(8, "big")).digest()
            need(bls_verify(CHAINS[s["chain"]][1], message, raw), where + "the signature does not verify for round %d" % s["round"])

    def work_out_seed(self):
        """K = HKDF-Extract(H(canonical manifest), seed text), RFC 5869."""
        text = "suiji/seed/1\n" + "".join("%s %s\n" % (s["name"], self.reveal[s["name"]]) for s in self.sources)
        self.K = self.H.hmac_all(self.H.of(self.exact), [text.encode()])[0]
        return self.K.hex()

    def lots(self, labels):
        """lot(a, b, …) = HKDF-Expand(K, "a:b:…", 32) for each label "a:b:…"."""
        return self.H.hmac_all(self.K, [label.encode() + b"\1" for label in labels])

    def ranked(self, things, label):
        """things in ascending order of their lot, then of themselves."""
        things = list(things)
        return [thing for _, thing in sorted(zip(self.lots([label % thing for thing in things]), things))]

    # -- the outcome

    def work_out_result(self):
        head = {"scheme": self.scheme, "id": self.id, "seed": self.K.hex()}
        if self.scheme == TARGETS:
            return {**head, "strata": [self.draw_stratum(s) for s in self.m["strata"]]}
        return {**head, "matches": self.match_officers()}

    def draw_stratum(self, s):
        firms = self.strata[s["name"]]
        lots = iter(self.lots(["target:%s:%d" % (firm, j) for firm, n in firms for j in range(1, n + 1)]))
        order = sorted((min(itertools.islice(lots, n)), firm) for firm, n in firms)
        names = [firm for _, firm in order[:s["draw"] + s["reserve"]]]
        return {"name": s["name"], "drawn": names[:s["draw"]], "reserves": names[s["draw"]:]}

    def match_officers(self):
        firms = self.ranked(self.needs, "order:%s")
        inspects = {firm: set() for firm in firms}
        teams = {firm: {} for firm in firms}  # firm -> slot -> officers
        for s in self.m["slots"]:
            self.deal_slot(s, [firm for firm in firms if s["name"] in self.needs[firm]], inspects, teams)
        reserves = {name: self.find_reserves(name, inspects) for name in self.members}
        return [{"target": firm, "teams": [{"slot": name, "officers": who, "reserves": reserves[name][firm]}
                                           for name, who in teams[firm].items()]} for firm in firms]

    def deal_slot(self, s, firms, inspects, teams):
        """Cards are single officers (mode each: a firm gets `size` of them) or whole teams (mode teams: one)."""
        name, size, mode = s["name"], s["size"], self.m["mode"]
        cards, hands, label = {who: [who] for who in self.members[name]}, size, "deal:%s:%d:%%s"
        if mode == "teams":
            dealt = self.ranked(self.members[name], "deal:%s:1:%%s" % name)
            cards = {n: dealt[(n - 1) * size:n * size] for n in range(1, self.m["teams"] + 1)} if firms else {}
            hands, label = 1, "team:%s:%d:%%s"
        deck, lap = [], 0
        for firm in firms:
            got, closed = [], self.barred[firm] | inspects[firm]
            for _ in range(hands):
                card = next((c for c in deck if closed.isdisjoint(cards[c])), None)
                if card is None:  # a freshly shuffled deck is put under what is left
                    lap += 1
                    deck += self.ranked(cards, label % (name, lap))
                    card = next((c for c in deck if closed.isdisjoint(cards[c])), None)
                    need(card is not None, "no officers left for firm %s in slot %s" % (show(firm), show(name)))
                deck.remove(card)
                got += cards[card]
                closed.update(cards[card])
            inspects[firm].update(got)
            teams[firm][name] = got

    def find_reserves(self, name, inspects):
        firms = [firm for firm in inspects if name in self.needs[firm]]
        if not self.m["reserve"]:
            return {firm: [] for firm in firms}
        free = {firm: [who for who in self.members[name] if who not in self.barred[firm] and who not in inspects[firm]]
                for firm in firms}
        lots = iter(self.lots(["reserve:%s:%s:%s" % (name, firm, who) for firm in firms for who in free[firm]]))
        order = {firm: sorted(zip(itertools.islice(lots, len(free[firm])), free[firm])) for firm in firms}
        return {firm: [who for _, who in order[firm][:self.m["reserve"]]] for firm in firms}


# ---------------------------------------------------------------------------
# 5. The archive: read by hand, built anew, compared byte for byte

def file_names(scheme, names):
    """The files of the scheme in their order; beacon.json is one of them if it stands among the names."""
    beacon = ["beacon.json"] if "beacon.json" in names else []
    return ["manifest.json"] + [name + ".tsv" for name in LISTS[scheme]] + ["reveal.json"] + beacon + ["result.json", "ledger.json"]


def pack(files):
    """The one zip archive that holds these files."""
    body, central = b"", b""
    for name, data in files:
        name = name.encode("ascii", "replace")
        common = struct.pack("<5H3L2H", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0)
        central += b"PK\1\2\x14\0" + common + struct.pack("<3H2L", 0, 0, 0, 0, len(body)) + name
        body += b"PK\3\4" + common + name + data
    return body + central + b"PK\5\6" + struct.pack("<4H2LH", 0, 0, len(files), len(files), len(central), len(body), 0)


def unpack(data):
    """The files of a bundle as a dict."""
    need(len(data) < 1 << 32, "the file is not below 4 GiB")
    files, at = [], 0
    while data[at:at + 4] == b"PK\3\4" and len(files) < 9:
        need(at + 30 <= len(data), "a local header is cut off")
        size, name_length = struct.unpack_from("<LH", data, at + 22)
        name, at = data[at + 30:at + 30 + name_length].decode("ascii", "replace"), at + 30 + name_length
        need(at + size <= len(data), "file %s is cut off" % show(name))
        files.append((name, data[at:at + size]))
        at += size
    names = [name for name, _ in files]
    need(names in [file_names(TARGETS, names), file_names(MATCH, names)], "the files are not those of a bundle: %s" % show(names))
    again = pack(files)
    if again != data:
        place = next((i for i, (a, b) in enumerate(zip(again, data)) if a != b), min(len(again), len(data)))
        raise Refused("not in the canonical form of an archive: first difference at byte %d" % place)
    try:
        scheme = read_json("manifest.json", files[0][1])[0].get("scheme")
    except Refused:
        scheme = None  # the next step says what is wrong with it
    need(scheme not in (TARGETS, MATCH) or names == file_names(scheme, names), "the files are not those of the scheme")
    return dict(files)


# ---------------------------------------------------------------------------
# 6. Ed25519 (RFC 8032), strictly: s below the order, points in their one encoding

P, L = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    """Sum of two points in extended coordinates (RFC 8032, 5.1.4)."""
    x, y = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    t, z = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = y - x, z - t, z + t, y + x
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_encode(a):
    inverse = pow(a[2], P - 2, P)
    x, y = a[0] * inverse % P, a[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_decode(data):
    """The point, or None where the 32 bytes are not the one encoding of a point."""
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or x * x % P != square or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(public, message, signature):
    """Whether s·B − h·A is exactly the R of the signature."""
    a, s = point_decode(public), int.from_bytes(signature[32:], "little")
    if a is None or len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], 1, P - a[3])
    table, r = [None, BASE, minus_a, point_add(BASE, minus_a)], (0, 1, 1, 0)
    for bit in range(252, -1, -1):
        r = point_add(r, r)
        if (s | h) >> bit & 1:
            r = point_add(r, table[(s >> bit & 1) + 2 * (h >> bit & 1)])
    return point_encode(r) == signature[:32]


# ---------------------------------------------------------------------------
# 7. drand: signatures on BLS12-381 (scheme bls-unchained-g1-rfc9380), and the chains that are known

BLS_P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
BLS_R = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
BLS_X = 0xD201000000010000  # the curve's parameter is -BLS_X
BLS_DST = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


class Fp2:
    """a + b·i modulo BLS_P, with i² = -1. Numbers of the first curve have b = 0."""

    __slots__ = ("a", "b")

    def __init__(self, a, b=0):
        self.a, self.b = a % BLS_P, b % BLS_P

    def __eq__(self, o):
        return self.a == o.a and self.b == o.b

    def __add__(self, o):
        return Fp2(self.a + o.a, self.b + o.b)

    def __sub__(self, o):
        return Fp2(self.a - o.a, self.b - o.b)

    def __mul__(self, o):
        return Fp2(self.a * o.a - self.b * o.b, self.a * o.b + self.b * o.a)

    def inverse(self):
        n = pow(self.a * self.a + self.b * self.b, -1, BLS_P)
        return Fp2(self.a * n, -self.b * n)

    def root(self):
        """A square root, or None."""
        start = power(self, (BLS_P - 3) // 4, Fp2(1))
        x = start * self
        x *= Fp2(0, 1) if start * x == Fp2(-1) else power(Fp2(1) + start * x, (BLS_P - 1) // 2, Fp2(1))
        return x if x * x == self else None


class Fp12:
    """Six coefficients in Fp2 of w⁰ … w⁵, with w⁶ = 1 + i."""

    def __init__(self, c):
        self.c = c

    def __mul__(self, o):
        out = [Fp2(0)] * 11
        for i, x in enumerate(self.c):
            for j, y in enumerate(o.c):
                if (x.a or x.b) and (y.a or y.b):
                    out[i + j] += x * y
        return Fp12([low + high * Fp2(1, 1) for low, high in zip(out, out[6:] + [Fp2(0)])])


def power(x, n, result):
    """result · xⁿ"""
    for bit in bin(n)[:1:-1]:
        if bit == "1":
            result = result * x
        x = x * x
    return result


def slope(p, q):
    """Of the line through two points of a curve y² = x³ + b, or of the tangent."""
    if p == q:
        return Fp2(3) * p[0] * p[0] * (p[1] + p[1]).inverse()
    return (q[1] - p[1]) * (q[0] - p[0]).inverse()


def curve_add(p, q):
    """The sum of two points; None is the point at infinity."""
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0] and p[1] + q[1] == Fp2(0):
        return None
    s = slope(p, q)
    x = s * s - p[0] - q[0]
    return x, s * (p[0] - x) - p[1]


def curve_times(n, p):
    total = None
    for bit in bin(n)[2:]:
        total = curve_add(total, total)
        if bit == "1":
            total = curve_add(total, p)
    return total


def curve_decode(data):
    """The point of G1 (48 bytes) or G2 (96 bytes), compressed; None where they are no such point."""
    if len(data) not in (48, 96) or data[0] & 0xC0 != 0x80:  # not compressed, or the point at infinity
        return None
    parts = [int.from_bytes(data[at:at + 48], "big") for at in range(0, len(data), 48)]
    larger, parts[0] = parts[0] >> 381 & 1, parts[0] & (1 << 381) - 1
    if max(parts) >= BLS_P:
        return None
    x, b = Fp2(*parts[::-1]), Fp2(4) if len(parts) == 1 else Fp2(4, 4)
    y = (x * x * x + b).root()
    if y is None or (len(parts) == 1 and y.b):
        return None
    if ((y.b or y.a) > BLS_P // 2) != larger:
        y = Fp2(0) - y
    return (x, y) if curve_times(BLS_R, (x, y)) is None else None


def hash_to_g1(message, dst=BLS_DST):
    """hash_to_curve of RFC 9380 with the suite BLS12381G1_XMD:SHA-256_SSWU_RO_."""
    dst += bytes([len(dst)])
    first = hashlib.sha256(bytes(64) + message + b"\0\x80\0" + dst).digest()
    uniform = last = hashlib.sha256(first + b"\1" + dst).digest()
    for i in range(2, 5):
        last = hashlib.sha256(bytes(x ^ y for x, y in zip(first, last)) + bytes([i]) + dst).digest()
        uniform += last
    points = [map_to_curve(int.from_bytes(uniform[at:at + 64], "big") % BLS_P) for at in (0, 64)]
    return curve_times(BLS_X + 1, curve_add(*points))


def map_to_curve(u):
    """The simplified SWU map (RFC 9380, 6.6.2) and the isogeny of degree 11 (E.2)."""
    def g(x):
        return (x * x * x + SWU_A * x + SWU_B) % BLS_P

    turned = SWU_Z * u * u % BLS_P
    below = (turned * turned + turned) % BLS_P
    x = -SWU_B * pow(SWU_A, -1, BLS_P) * (1 + pow(below, -1, BLS_P)) if below else SWU_B * pow(SWU_Z * SWU_A, -1, BLS_P)
    if pow(g(x), (BLS_P - 1) // 2, BLS_P) == BLS_P - 1:
        x *= turned
    x, y = x % BLS_P, pow(g(x), (BLS_P + 1) // 4, BLS_P)
    y = -y if y & 1 != u & 1 else y
    x_num, x_den, y_num, y_den = (sum(k * pow(x, i, BLS_P) for i, k in enumerate(row)) for row in ISOGENY)
    return Fp2(x_num * pow(x_den, -1, BLS_P)), Fp2(y * y_num * pow(y_den, -1, BLS_P))


def miller(p, q):
    """Miller's loop of the ate pairing of p in G1 and q in G2, up to its sign and to factors of a smaller field."""
    def line(r):
        s = slope(t, r)
        return Fp12([s * t[0] - t[1], Fp2(0), Fp2(0) - s * p[0], p[1], Fp2(0), Fp2(0)])

    f, t = Fp12([Fp2(1)] + [Fp2(0)] * 5), q
    for bit in bin(BLS_X)[3:]:
        f, t = f * f * line(t), curve_add(t, t)
        if bit == "1":
            f, t = f * line(q), curve_add(t, q)
    return f


def bls_verify(public, message, signature):
    """Whether e(signature, generator of G2) = e(hash of the message, public key): their quotient, to the power
    (p¹² - 1)/r, is 1. To the power (p⁶ + 1)/r it then lies in the field of w², whose p⁶-th powers stand still."""
    public, signature = curve_decode(public), curve_decode(signature)
    if public is None or signature is None:
        return False
    quotient = miller((signature[0], Fp2(0) - signature[1]), curve_decode(G2_GENERATOR)) * miller(hash_to_g1(message), public)
    raised = power(quotient, (BLS_P ** 6 + 1) // BLS_R, Fp12([Fp2(1)] + [Fp2(0)] * 5))
    return all(x == Fp2(0) for x in raised.c[1::2])


def beacon_time(source):
    """When the source's round comes out, as the ledger writes times."""
    _, _, first, period = CHAINS[source["chain"]]
    at = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=first + (source["round"] - 1) * period)
    return at.isoformat() + "Z"


CHAINS = {  # chain hash: name, public key, Unix seconds of round 1, seconds from round to round
    "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971": ("quicknet", bytes.fromhex(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"), 1692803367, 3)}

G2_GENERATOR = bytes.fromhex(
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8")

SWU_A = 0x144698A3B8E9433D693A02C96D4982B0EA985383EE66A8D8E8981AEFD881AC98936F8DA0E0F97F5CF428082D584C1D
SWU_B = 0x12E2908D11688030018B12E8753EEE3B2016C1F0F24F4070A0B9C14FCEF35EF55A23215A316CEAA5D1CC48E98E172BE0
SWU_Z = 11
ISOGENY = (  # RFC 9380, E.2: coefficients of x⁰, x¹, …
    (  # k_1
        0x11A05F2B1E833340B809101DD99815856B303E88A2D7005FF2627B56CDB4E2C85610C2D5F2E62D6EAEAC1662734649B7,
        0x17294ED3E943AB2F0588BAB22147A81C7C17E75B2F6A8417F565E33C70D1E86B4838F2A6F318C356E834EEF1B3CB83BB,
        0xD54005DB97678EC1D1048C5D10A9A1BCE032473295983E56878E501EC68E25C958C3E3D2A09729FE0179F9DAC9EDCB0,
        0x1778E7166FCC6DB74E0609D307E55412D7F5E4656A8DBF25F1B33289F1B330835336E25CE3107193C5B388641D9B6861,
        0xE99726A3199F4436642B4B3E4118E5499DB995A1257FB3F086EEB65982FAC18985A286F301E77C451154CE9AC8895D9,
        0x1630C3250D7313FF01D1201BF7A74AB5DB3CB17DD952799B9ED3AB9097E68F90A0870D2DCAE73D19CD13C1C66F652983,
        0xD6ED6553FE44D296A3726C38AE652BFB11586264F0F8CE19008E218F9C86B2A8DA25128C1052ECADDD7F225A139ED84,
        0x17B81E7701ABDBE2E8743884D1117E53356DE5AB275B4DB1A682C62EF0F2753339B7C8F8C8F475AF9CCB5618E3F0C88E,
        0x80D3CF1F9A78FC47B90B33563BE990DC43B756CE79F5574A2C596C928C5D1DE4FA295F296B74E956D71986A8497E317,
        0x169B1F8E1BCFA7C42E0C37515D138F22DD2ECB803A0C5C99676314BAF4BB1B7FA3190B2EDC0327797F241067BE390C9E,
        0x10321DA079CE07E272D8EC09D2565B0DFA7DCCDDE6787F96D50AF36003B14866F69B771F8C285DECCA67DF3F1605FB7B,
        0x6E08C248E260E70BD1E962381EDEE3D31D79D7E22C837BC23C0BF1BC24C6B68C24B1B80B64D391FA9C8BA2E8BA2D229,
    ),
    (  # k_2
        0x8CA8D548CFF19AE18B2E62F4BD3FA6F01D5EF4BA35B48BA9C9588617FC8AC62B558D681BE343DF8993CF9FA40D21B1C,
        0x12561A5DEB559C4348B4711298E536367041E8CA0CF0800C0126C2588C48BF5713DAA8846CB026E9E5C8276EC82B3BFF,
        0xB2962FE57A3225E8137E629BFF2991F6F89416F5A718CD1FCA64E00B11ACEACD6A3D0967C94FEDCFCC239BA5CB83E19,
        0x3425581A58AE2FEC83AAFEF7C40EB545B08243F16B1655154CCA8ABC28D6FD04976D5243EECF5C4130DE8938DC62CD8,
        0x13A8E162022914A80A6F1D5F43E7A07DFFDFC759A12062BB8D6B44E833B306DA9BD29BA81F35781D539D395B3532A21E,
        0xE7355F8E4E667B955390F7F0506C6E9395735E9CE9CAD4D0A43BCEF24B8982F7400D24BC4228F11C02DF9A29F6304A5,
        0x772CAACF16936190F3E0C63E0596721570F5799AF53A1894E2E073062AEDE9CEA73B3538F0DE06CEC2574496EE84A3A,
        0x14A7AC2A9D64A8B230B3F5B074CF01996E7F63C21BCA68A81996E1CDF9822C580FA5B9489D11E2D311F7D99BBDCC5A5E,
        0xA10ECF6ADA54F825E920B3DAFC7A3CCE07F8D1D7161366B74100DA67F39883503826692ABBA43704776EC3A79A1D641,
        0x95FC13AB9E92AD4476D6E3EB3A56680F682B4EE96F7D03776DF533978F31C1593174E4B4B7865002D6384D168ECDD0A,
        0x1,
    ),
    (  # k_3
        0x90D97C81BA24EE0259D1F094980DCFA11AD138E48A869522B52AF6C956543D3CD0C7AEE9B3BA3C2BE9845719707BB33,
        0x134996A104EE5811D51036D776FB46831223E96C254F383D0F906343EB67AD34D6C56711962FA8BFE097E75A2E41C696,
        0xCC786BAA966E66F4A384C86A3B49942552E2D658A31CE2C344BE4B91400DA7D26D521628B00523B8DFE240C72DE1F6,
        0x1F86376E8981C217898751AD8746757D42AA7B90EEB791C09E4A3EC03251CF9DE405ABA9EC61DECA6355C77B0E5F4CB,
        0x8CC03FDEFE0FF135CAF4FE2A21529C4195536FBE3CE50B879833FD221351ADC2EE7F8DC099040A841B6DAECF2E8FEDB,
        0x16603FCA40634B6A2211E11DB8F0A6A074A7D0D4AFADB7BD76505C3D3AD5544E203F6326C95A807299B23AB13633A5F0,
        0x4AB0B9BCFAC1BBCB2C977D027796B3CE75BB8CA2BE184CB5231413C4D634F3747A87AC2460F415EC961F8855FE9D6F2,
        0x987C8D5333AB86FDE9926BD2CA6C674170A05BFE3BDD81FFD038DA6C26C842642F64550FEDFE935A15E4CA31870FB29,
        0x9FC4018BD96684BE88C9E221E4DA1BB8F3ABD16679DC26C1E8B6E6A1F20CABE69D65201C78607A360370E577BDBA587,
        0xE1BBA7A1186BDB5223ABDE7ADA14A23C42A0CA7915AF6FE06985E7ED1E4D43B9B3F7055DD4EBA6F2BAFAAEBCA731C30,
        0x19713E47937CD1BE0DFD0B8F1D43FB93CD2FCBCB6CAF493FD1183E416389E61031BF3A5CCE3FBAFCE813711AD011C132,
        0x18B46A908F36F6DEB918C143FED2EDCC523559B8AAF0C2462E6BFE7F911F643249D9CDF41B44D606CE07C8A4D0074D8E,
        0xB182CAC101B9399D155096004F53F447AA7B12A3426B08EC02710E807B4633F06C851C1919211F20D4C04F00B971EF8,
        0x245A394AD1ECA9B72FC00AE7BE315DC757B3B080D4C158013E6632D3C40659CC6CF90AD1C232A6442D9D3F5DB980133,
        0x5C129645E44CF1102A159F748C4A3FC5E673D81D7E86568D9AB0F5D396A7CE46BA1049B6579AFB7866B1E715475224B,
        0x15E6BE4E990F03CE4EA50B3B42DF2EB5CB181D8F84965A3957ADD4FA95AF01B2B665027EFEC01C7704B456BE69C8B604,
    ),
    (  # k_4
        0x16112C4C3A9C98B252181140FAD0EAE9601A6DE578980BE6EEC3232B5BE72E7A07F3688EF60C206D01479253B03663C1,
        0x1962D75C2381201E1A0CBD6C43C348B885C84FF731C4D59CA4A10356F453E01F78A4260763529E3532F6102C2E49A03D,
        0x58DF3306640DA276FAAAE7D6E8EB15778C4855551AE7F310C35A5DD279CD2ECA6757CD636F96F891E2538B53DBF67F2,
        0x16B7D288798E5395F20D23BF89EDB4D1D115C5DBDDBCD30E123DA489E726AF41727364F2C28297ADA8D26D98445F5416,
        0xBE0E079545F43E4B00CC912F8228DDCC6D19C9F0F69BBB0542EDA0FC9DEC916A20B15DC0FD2EDEDDA39142311A5001D,
        0x8D9E5297186DB2D9FB266EAAC783182B70152C65550D881C5ECD87B6F0F5A6449F38DB9DFA9CCE202C6477FAAF9B7AC,
        0x166007C08A99DB2FC3BA8734ACE9824B5EECFDFA8D0CF8EF5DD365BC400A0051D5FA9C01A58B1FB93D1A1399126A775C,
        0x16A3EF08BE3EA7EA03BCDDFABBA6FF6EE5A4375EFA1F4FD7FEB34FD206357132B920F5B00801DEE460EE415A15812ED9,
        0x1866C8ED336C61231A1BE54FD1D74CC4F9FB0CE4C6AF5920ABC5750C4BF39B4852CFE2F7BB9248836B233D9D55535D4A,
        0x167A55CDA70A6E1CEA820597D94A84903216F763E13D87BB5308592E7EA7D4FBC7385EA3D529B35E346EF48BB8913F55,
        0x4D2F259EEA405BD48F010A01AD2911D9C6DD039BB61A6290E591B36E636A5C871A5C29F4F83060400F8B49CBA8F6AA8,
        0xACCBB67481D033FF5852C1E48C50C477F94FF8AEFCE42D28C0F9A88CEA7913516F968986F7EBBEA9684B529E2561092,
        0xAD6B9514C767FE3C3613144B45F1496543346D98ADF02267D5CEEF9A00D9B8693000763E3B90AC11E99B138573345CC,
        0x2660400EB2E4F3B628BDD0D53CD76F2BF565B94E72927C1CB748DF27942480E420517BD8714CC80D1FADC1326ED06F7,
        0xE0FA1D816DDC03E6B24255E0D7819C171C40F65E273B853324EFCD6356CAA205CA2F570F13497804415473A1D634B8F,
        0x1,
    ),
)


# ---------------------------------------------------------------------------
# 8. The ledger: verifier key, checkpoint, inclusion

SHA256 = Hash("sha256")
KEY = re.compile(r"(suiji/[^\s+\x00-\x1f\x7f]+)\+([0-9a-f]{8})\+([0-9A-Za-z+/=]+)")
CHECKPOINT = re.compile("([^\n]+)\n(0|[1-9][0-9]{0,18})\n([0-9A-Za-z+/=]+)\n\n— ([^ \n]+) ([0-9A-Za-z+/=]+)\n")
TYPES = {"round.sealed": "封存", "round.rolled": "掷号", "round.drawn": "抽取"}


def read_base64(what, text, length):
    """Standard base64, padded, in its one form."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("%s: not base64" % what) from None
    need(base64.b64encode(data).decode() == text, "%s: base64 is not in its canonical form" % what)
    need(len(data) == length, "%s: %d bytes, not %d" % (what, len(data), length))
    return data


def read_key(text):
    """(name, key hash, public key) of a note verifier key."""
    form = KEY.fullmatch(text) if type(text) is str else None
    need(form, "key: not of the form suiji/<authority id>+<key hash>+<key>")
    name, key_hash, data = form.group(1), bytes.fromhex(form.group(2)), read_base64("key", form.group(3), 33)
    need(data[0] == 1, "key: not an Ed25519 key")
    need(SHA256.of(name.encode() + b"\n" + data)[:4] == key_hash, "key: its hash does not fit")
    return name, key_hash, data[1:]


def read_checkpoint(text, key):
    """(tree size, root) of a checkpoint signed under the key."""
    name, key_hash, public = key
    form = CHECKPOINT.fullmatch(text) if type(text) is str else None
    need(form, "checkpoint: not a checkpoint with one signature line")
    origin, size, root, signer, signature = form.groups()
    need(origin == name and signer == name, "checkpoint: origin or signer is not the key's name")
    need(int(size) < 1 << 63, "checkpoint: tree size out of range")
    root = read_base64("checkpoint: root", root, 32)
    signature = read_base64("checkpoint: signature", signature, 68)
    need(signature[:4] == key_hash, "checkpoint: signed with another key")
    signed = text[:text.index("\n\n") + 1].encode()
    need(ed25519_verify(public, signed, signature[4:]), "checkpoint: the signature does not verify")
    return int(size), root


def root_from_proof(leaf, index, size, proof):
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2), or None."""
    node, fn, sn = SHA256.of(b"\0" + leaf), index, size - 1
    for sibling in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            node = SHA256.of(b"\1" + sibling + node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = SHA256.of(b"\1" + node + sibling)
        fn, sn = fn >> 1, sn >> 1
    return node if sn == 0 else None


# ---------------------------------------------------------------------------
# 9. The steps of a check, in their order

OUTCOME = {True: "通过 ok    ", False: "不符 FAILED"}
STEPS = [("container", "压缩包", "the archive is in its one form"),
         ("manifest", "封存清单", "the sealed manifest is in form"),
         ("lists", "名单", "each list's form, count and root"),
         ("commitments", "承诺与揭示", "each secret fits its commitment"),
         ("beacon", "公共信标", "each beacon's signature verifies"),
         ("seed", "种子", "the seed worked out anew is the result's"),
         ("outcome", "抽取结果", "the result worked out anew is the same"),
         ("proofs", "台账证明", "checkpoint, inclusion proofs and digests"),
         ("order", "先后次序", "the entries' positions and times ascend")]


def first_difference(ours, theirs, place="result"):
    """Where two JSON values first differ, or None."""
    if type(ours) is type(theirs) is dict and set(ours) == set(theirs):
        parts = [("." + name, ours[name], theirs[name]) for name in sorted(ours)]
    elif type(ours) is type(theirs) is list:
        parts = [("[%d]" % i, a, b) for i, (a, b) in enumerate(zip(ours, theirs))]
        parts.append((".length", len(ours), len(theirs)))
    elif type(ours) is type(theirs) and ours == theirs:
        return None
    else:
        return "%s: worked out %s, the file has %s" % (place, show(ours), show(theirs))
    return next(filter(None, (first_difference(a, b, place + at) for at, a, b in parts)), None)


class Check:
    """One check of one bundle: a method for each step, which refuses or returns what it found."""

    def __init__(self, data, trusted=None):
        self.data, self.trusted, self.key = data, trusted, trusted or ""
        self.files, self.draw, self.ledger = {}, None, {}

    def run(self):
        """The report of bundle.md as a dict."""
        steps = []
        for name, _, _ in STEPS:
            try:
                steps.append({"step": name, "ok": True, "detail": getattr(self, name)()})
            except Refused as why:
                steps.append({"step": name, "ok": False, "detail": str(why)})
            except Exception as why:  # whatever else a hostile file may provoke is a refusal too
                steps.append({"step": name, "ok": False, "detail": "cannot be checked: %s" % type(why).__name__})
            if not steps[-1]["ok"]:
                break
        return {"ok": steps[-1]["ok"], "id": getattr(self.draw, "id", ""),
                "scheme": getattr(self.draw, "scheme", ""), "key": self.key, "steps": steps}

    def container(self):
        self.files = unpack(self.data)
        return "%d 个文件 files, SHA-256 %s" % (len(self.files), hashlib.sha256(self.data).hexdigest())

    def manifest(self):
        exact = self.files["manifest.json"]
        self.draw = Draw(read_canonical("manifest.json", exact), exact)
        self.draw.check_manifest()
        return "%s %s, %s" % (self.draw.scheme, show(self.draw.id), self.draw.m["hash"])

    def lists(self):
        self.draw.check_lists(self.files)
        return ", ".join("%s %d 行 lines" % (name, len(rows)) for name, rows in self.draw.rows.items())

    def commitments(self):
        self.draw.check_reveal(read_canonical("reveal.json", self.files["reveal.json"]))
        return ", ".join("%s (%s)" % (s["name"], s.get("by", s["kind"])) for s in self.draw.sources)

    def beacon(self):
        exact = self.files.get("beacon.json")
        self.draw.check_beacon(None if exact is None else read_canonical("beacon.json", exact))
        return ", ".join("%s: %s %d (%s) 签名成立 signature holds" % (
            s["name"], CHAINS[s["chain"]][0], s["round"], beacon_time(s)) for s in self.draw.drand) or "无信标 no beacon among the sources"

    def seed(self):
        ours, theirs = self.draw.work_out_seed(), read_json("result.json", self.files["result.json"])[0].get("seed")
        need(ours == theirs, "worked out %s, result.json has %s" % (ours, show(theirs)))
        return ours

    def outcome(self):
        ours, theirs = self.draw.work_out_result(), self.files["result.json"]
        if canonical(ours).encode() != theirs:
            differs = first_difference(ours, read_json("result.json", theirs)[0])
            raise Refused(differs or "result.json: not canonical JSON")
        return "H(result.json) %s" % self.draw.H.hex(theirs)

    def proofs(self):
        led = self.ledger = read_canonical("ledger.json", self.files["ledger.json"])
        need(set(led) == {"checkpoint", "entries", "key"}, "ledger.json: not the members checkpoint, entries, key")
        key = read_key(led["key"])
        self.key = led["key"]
        need(self.trusted in (None, self.key), "the bundle's key is %s, not the trusted one" % show(self.key))
        size, root = read_checkpoint(led["checkpoint"], key)
        wanted = self.wanted_entries()
        need(type(led["entries"]) is list and len(led["entries"]) == len(wanted),
             "ledger.json: not the %d entries of this draw" % len(wanted))
        for number, (item, (kind, data)) in enumerate(zip(led["entries"], wanted)):
            try:
                self.check_entry(item, kind, data, size, root)
            except Refused as why:
                raise Refused("ledger.json: entry %d (%s): %s" % (number, kind, why)) from None
        advice = "" if self.trusted else " (请与公布的核对 compare with the published one)"
        return "%s: %d 条记录 entries in a tree of %d, 密钥 key hash %s%s" % (
            key[0], len(wanted), size, key[1].hex(), advice)

    def wanted_entries(self):
        """(type, data) of each entry that the files call for."""
        H, files, d = self.draw.H, self.files, self.draw
        wanted = [("round.sealed", {"manifest": H.hex(files["manifest.json"])})]
        for s in d.sources:
            if s["kind"] == "public":
                value = d.reveal[s["name"]]
                said = {"value": value} if d.disclosure == "at-once" else {"digest": H.hex(value.encode())}
                wanted.append(("round.rolled", {"source": s["name"], **said}))
        wanted.append(("round.drawn", {"seed": H.hex(d.K.hex().encode()), "reveal": H.hex(files["reveal.json"]),
                                       "result": H.hex(files["result.json"])}))
        return wanted

    def check_entry(self, item, kind, data, size, root):
        need(type(item) is dict and set(item) == {"entry", "index", "proof"}, "not the members entry, index, proof")
        entry, index, proof = item["entry"], item["index"], item["proof"]
        members = {"v", "type", "at", "subject", "data"}
        need(type(entry) is dict and set(entry) == members, "not the members of an entry")
        need(type(entry["v"]) is int and entry["v"] == 1, "v is not 1")
        need(entry["type"] == kind, "its type is %s" % show(entry["type"]))
        need(real_time(entry["at"], "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"), "at: not a time")
        need(entry["subject"] == self.draw.id, "subject is not the manifest's id")
        leaf = canonical(entry).encode()
        need(len(leaf) <= 65536, "longer than 64 KiB")
        need(whole(index, 0) and index < size, "index is not in the tree")
        need(type(proof) is list and all(fits(HEX64, x) for x in proof), "proof: not hashes of 64 hex digits")
        need(root_from_proof(leaf, index, size, map(bytes.fromhex, proof)) == root,
             "the proof does not lead to the checkpoint's root")
        need(entry["data"] == data, "data: %s" % first_difference(data, entry["data"], "data"))

    def order(self):
        items = self.ledger["entries"]
        for a, b in zip(items, items[1:]):
            kind, at, before = b["entry"]["type"], b["entry"]["at"], a["entry"]["at"]
            need(a["index"] < b["index"], "%s stands at %d, not after %d" % (kind, b["index"], a["index"]))
            need(before <= at, "%s at %s is before %s" % (kind, at, before))
        for s in self.draw.drand:
            need(items[-2]["entry"]["at"] < beacon_time(s), "%s came out at %s, not after seal and rolls" % (show(s["name"]), beacon_time(s)))
            need(beacon_time(s) <= items[-1]["entry"]["at"], "%s comes out at %s, after the draw" % (show(s["name"]), beacon_time(s)))
        return " → ".join("%s@%d" % (TYPES[x["entry"]["type"]], x["index"]) for x in items)


def print_report(report):
    for (name, chinese, english), step in zip(STEPS, report["steps"]):
        print("%s  %s %s (%s): %s" % (OUTCOME[step["ok"]], chinese, name, english, step["detail"]))
    if report["ok"]:
        print("结论 verdict: 全部通过 all steps hold: %s" % show(report["id"]))
    else:
        print("结论 verdict: 未通过 FAILED at step %s" % report["steps"][-1]["step"])


# ---------------------------------------------------------------------------
# 10. Case folders

def compute(folder):
    """The canonical result of a folder with manifest.json, the lists and reveal.json."""
    def read(name):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()

    draw = Draw(*read_json("manifest.json", read("manifest.json")))
    draw.check_manifest()
    draw.check_lists({name + ".tsv": read(name + ".tsv") for name in LISTS[draw.scheme]})
    draw.check_reveal(read_json("reveal.json", read("reveal.json"))[0])
    draw.work_out_seed()
    return canonical(draw.work_out_result()).encode()


def compute_digest(folder):
    try:
        return hashlib.sha256(compute(folder)).hexdigest()
    except Exception:  # a folder that gives no result, for whatever reason, is one line that says so
        return "error"


def compute_many(parent):
    """(name, digest) of each sub-folder in byte order of name, on all processors if there are many."""
    with os.scandir(os.fsencode(parent)) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir())
    folders = [os.path.join(parent, os.fsdecode(name)) for name in names]
    if len(folders) >= 200:
        try:
            with concurrent.futures.ProcessPoolExecutor() as pool:
                return zip(names, list(pool.map(compute_digest, folders, chunksize=50)))
        except (OSError, ImportError):
            pass  # a system that grants no second process: one after the other, then
    return zip(names, map(compute_digest, folders))


# ---------------------------------------------------------------------------
# 11. Known answers

def selftest():
    """(what, whether it came out right) for each known answer."""
    sm3, own = Hash("sm3"), Hash("sm3", own_sm3=True)
    lengths = [b"suiji" * n for n in range(60)]
    yield "SM3(abc), GB/T 32905 A.1", own.hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    yield "SM3(abcd…), GB/T 32905 A.2", own.hex(b"abcd" * 16) == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    yield "SM3 of many = SM3 of one", own.all(lengths) == [own.of(x) for x in lengths] == sm3.all(lengths)
    yield "SHA-256(abc)", SHA256.hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    for case, salt, ikm, info, prk, okm in [
        (1, bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA)), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"),
        (2, bytes(range(0x60, 0xB0)), bytes(range(80)), bytes(range(0xB0, 0x100)), "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"),
        (3, b"", b"\x0b" * 22, b"", "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d")]:
        key = SHA256.hmac_all(salt, [ikm])[0]
        yield "HKDF, RFC 5869 A.%d" % case, key.hex() == prk and SHA256.hmac_all(key, [info + b"\1"])[0].hex() == okm
    for case, public, message, signature in [
        (1, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        (2, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        (3, "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]:
        public, message, signature = map(bytes.fromhex, (public, message, signature))
        bigger = signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
        yield "Ed25519, RFC 8032 7.1 test %d" % case, ed25519_verify(public, message, signature)
        yield "Ed25519 refuses another message, and s + L", not ed25519_verify(public, message + b"!", signature) \
            and not ed25519_verify(public, message, bigger)
    yield "Ed25519 refuses y >= p, and -0", point_decode(P.to_bytes(32, "little")) is None \
        and point_decode((1 | 1 << 255).to_bytes(32, "little")) is None
    _, public, _, _ = CHAINS["52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"]
    for message, x in [(b"", "52926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1"),
                       (b"abc", "3567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903")]:
        yield "hash to G1, RFC 9380 J.9.1 (%s)" % message.decode(), \
            hash_to_g1(message, b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_")[0] == Fp2(int(x, 16))
    for number, signature in [
        (1000, "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"),
        (32285086, "a64d99fd7fa3e48912be7209c7b69c72c88fc5224be2516949b6f29f3a4b7e3fa069dd58b2bbb4bf2c34ae61ef631a44")]:
        signature = bytes.fromhex(signature)
        messages = [hashlib.sha256(n.to_bytes(8, "big")).digest() for n in (number, number + 1)]
        yield "drand quicknet round %d" % number, bls_verify(public, messages[0], signature)
        yield "drand refuses the round after it, and another point", not bls_verify(public, messages[1], signature) \
            and not bls_verify(public, messages[0], bytes([signature[0] ^ 0x20]) + signature[1:])
    jcs = '{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":[true,false],"\\ud83d\\ude00":"\\u20ac$\\u000F\\nA\'B\\"\\\\\\/","\\u0080":-5,"\\u00f6":{}}'
    yield "JCS, RFC 8785 3.2.3", read_json("", jcs.encode())[1].decode() == \
        '{"\\r":2,"1":[true,false],"\x80":-5,"ö":{},"€":1,"😀":"€$\\u000f\\nA\'B\\"\\\\/","\ufb33":3}'
    for bad in ['{"a":null}', '{"a":1.0}', '{"a":1e2}', '{"a":-0}', '{"a":9007199254740992}', '{"a":1,"a":1}', '{"a":NaN}',
                '{"a":"\\ud800"}', '{"\\udc00":1}', '{} {}', '{"a":01}', '{"a":"\t"}', '\ufeff{}', '[]', '{"a":1,}', '']:
        try:
            read_json("", bad.encode())
            yield "JSON refuses %s" % show(bad), False
        except Refused:
            yield "JSON refuses %s" % show(bad), True
    leaves = [bytes.fromhex(x) for x in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
    for n, root in enumerate(["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                              "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                              "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                              "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                              "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"]):
        yield "Merkle root of %d leaves, RFC 6962" % n, SHA256.root(leaves[:n]).hex() == root
    draw = Draw({}, b"")
    draw.H, draw.K = SHA256, bytes.fromhex("43a81ee12ae0409834b16ac753c388dbcf33d3cebced2173977dcf2782acfa1a")
    yield "the lot worked by hand beside draw.md", draw.lots(["target:91130132MA01CYF422:1"])[0].hex() == \
        "c607fd350e8e933b372135c3ea10ac731310ce225e9f3bda02788f2d54fa8883"


# ---------------------------------------------------------------------------
# 12. The command line

# ---------------------------------------------------------------------------
# 11. Archive packages (archive.md)

SM3 = Hash("sm3")
LINE = re.compile("([0-9a-f]{64})  ([!-~]+)")
MANIFESTS = [("manifest-sm3.txt", SM3), ("manifest-sha256.txt", SHA256)]
RECEIPT = re.compile("c2sp.org/tlog-proof@v1\nextra ([0-9A-Za-z+/=]+)\nindex (0|[1-9][0-9]{0,15})\n((?:[0-9A-Za-z+/=]{44}\n)*)\n")


def read_receipt(name, text, key):
    """(entry, position) of a receipt that holds under the key; lines of other keys are passed over."""
    form = RECEIPT.match(text)
    need(form, "%s: not a receipt" % name)
    leaf = base64.b64decode(form.group(1), validate=True)
    proof = [read_base64(name, line, 32) for line in form.group(3).split()]
    body, _, marks = text[form.end():].partition("\n\n")
    own = [mark for mark in marks.splitlines() if mark.startswith("— %s " % key[0])]
    own = [mark for mark in own if base64.b64decode(mark.split(" ")[2])[:4] == key[1]]
    need(len(own) == 1, "%s: not signed with the key, or twice" % name)
    size, root = read_checkpoint("%s\n\n%s\n" % (body, own[0]), key)
    position = int(form.group(2))
    need(position < size and root_from_proof(leaf, position, size, proof) == root, "%s: the entry is not in the tree" % name)
    return read_json(name, leaf)[0], position


class Archive:
    """The check of one unpacked package: a method for each step."""

    def __init__(self, folder, trusted=None):
        self.folder, self.trusted, self.entries = folder, trusted, {}

    def read(self, path):
        need(not os.path.isabs(path) and ".." not in path.split("/"), "%s: not a path of the package" % show(path))
        try:
            with open(os.path.join(self.folder, *path.split("/")), "rb") as file:
                return file.read()
        except OSError:
            raise Refused("%s: missing or not readable" % path) from None

    def files(self):
        for at, _, names in os.walk(self.folder):
            for name in names:
                yield os.path.relpath(os.path.join(at, name), self.folder).replace(os.sep, "/")

    def digests(self):
        listed = set()
        for name, hash in reversed(MANIFESTS):
            for line in self.read(name).decode().splitlines():
                form = LINE.fullmatch(line)
                need(form, "%s: a line is out of form" % name)
                body = self.read(form.group(2))
                need(hash is SM3 and len(body) > 1 << 16 or hash.of(body).hex() == form.group(1), "%s: its bytes are not those that were sealed" % form.group(2))
                listed.add(form.group(2))
        for path in self.files():
            need(path in listed or path == MANIFESTS[1][0], "%s: not listed in the manifest" % show(path))
        return "%d 个文件 files, manifest SHA-256 %s" % (len(listed), SHA256.of(self.read(MANIFESTS[1][0])).hex())

    def receipts(self):
        names = sorted(path for path in self.files() if path.endswith(".tlog-proof"))
        if not names:
            return "没有回执 none"
        text = self.trusted or self.read("ledger/key.txt").decode().strip()
        key = read_key(text)
        for name in names:
            self.entries[name] = read_receipt(name, self.read(name).decode(), key)[0]
        return "%d 份回执 receipts under %s%s" % (len(names), text, "" if self.trusted else "（卷内自带的密钥 the package's own key）")

    def records(self):
        if not os.path.exists(os.path.join(self.folder, "public")):
            return "没有公示记录 none"
        said = read_json("public/records.json", self.read("public/records.json"))[0]
        hash = {"sha256": SHA256, "sm3": SM3}[said["hash"]]
        for r in said["records"]:
            what = "%s v%s" % (r["form"], r["version"])
            if r["record"]:
                need(hash.of(bytes.fromhex(r["salt"]) + self.read(r["record"])).hex() == r["digest"], "%s: the record is not the one of the digest" % what)
            entry = self.entries.get(r["receipt"])
            need(entry or not r["receipt"] or not os.path.exists(os.path.join(self.folder, *r["receipt"].split("/"))), "%s: its receipt was not read" % what)
            if entry:
                fits = entry["type"] == "result." + r["state"] and entry["subject"] == r["form"] and entry["data"].get("digest") == r["digest"]
                need(fits, "%s: the receipt is of something else" % what)
        return "%d 版公示记录 versions" % len(said["records"])


    def lies(self, path, digest):
        """Whether a file is here; a supplementary volume (补充卷) leaves out what an earlier one has."""
        if not os.path.exists(os.path.join(self.folder, *path.split("/"))):
            need(read_json("metadata.json", self.read("metadata.json"))[0]["首卷档号"], "%s: missing" % show(path))
            return 0
        need(SHA256.of(self.read(path)).hex() == digest, "%s: its bytes are not those that were issued" % show(path))
        return 1

    def documents(self):
        if not os.path.exists(os.path.join(self.folder, "documents", "register.json")):
            return "没有编号的文书 none"
        rows, numbers, files = read_json("documents/register.json", self.read("documents/register.json"))[0]["documents"], set(), 0
        for row in rows:
            need(row["number"] and row["number"] not in numbers, "%s: a number that is missing or given twice" % row["name"])
            need(row["state"] in ("issued", "void") and row["content"]["values"].get("文号") == row["number"], "%s: the text has another number" % row["number"])
            numbers.add(row["number"])
            files += sum(self.lies(path, digest) for path, digest in row["files"].items())
        return "%d 份文书 documents, %d 个文件 files" % (len(rows), files)

    def casework(self):
        if not os.path.exists(os.path.join(self.folder, "followup", "casework.json")):
            return "没有后续处置 none"
        ends = read_json("followup/casework.json", self.read("followup/casework.json"))[0]["ends"]
        for end in ends:
            for paper in end["papers"]:
                if paper["file"]:
                    self.lies(paper["file"], paper["sha256"])
        return "%d 项后续处置 matters, %d 份处罚决定 penalties" % (len(ends), sum(len(end["penalties"]) for end in ends))


def run_archive(arguments):
    trusted = None
    if len(arguments) == 3 and arguments[1] in ("--key", "--key-file"):
        trusted = arguments[2]
        if arguments[1] == "--key-file":
            with open(trusted, encoding="utf-8") as file:
                trusted = file.read().strip()
        read_key(trusted)
    elif len(arguments) != 1:
        return usage()
    if not os.path.isdir(arguments[0]):
        raise OSError("%s is not a folder: unpack the package first" % arguments[0])
    package = Archive(arguments[0], trusted)
    for step, name in (("digests", "文件 files"), ("receipts", "回执 receipts"), ("records", "公示记录 records"),
                       ("documents", "文书 documents"), ("casework", "后续处置 casework")):
        try:
            print("%s  %s: %s" % (OUTCOME[True], name, getattr(package, step)()))
        except Exception as why:  # whatever a hostile file may provoke is a refusal
            print("%s  %s: %s" % (OUTCOME[False], name, why if isinstance(why, Refused) else "cannot be checked: %s" % type(why).__name__))
            print("结论 verdict: 未通过 FAILED")
            return 7
    print("结论 verdict: 全部通过 all steps hold")
    return 0


def run_selftest():
    wrong = 0
    for what, right in selftest():
        wrong += not right
        print("%s  %s" % (OUTCOME[right], what))
    print("结论 verdict: %s" % ("全部通过 all hold" if not wrong else "%d 项不符 failed" % wrong))
    return 7 if wrong else 0


def run_compute(arguments):
    if len(arguments) == 2 and arguments[0] == "--many":
        for name, digest in compute_many(arguments[1]):
            sys.stdout.buffer.write(name + b"\t" + digest.encode() + b"\n")
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        return usage()
    try:
        sys.stdout.buffer.write(compute(arguments[0]))
        return 0
    except Refused as why:
        print("不符 refused: %s" % why, file=sys.stderr)
        return 7


def run_check(arguments):
    paths, as_json, trusted = [], False, None
    arguments = iter(arguments)
    for argument in arguments:
        if argument == "--json":
            as_json = True
        elif argument in ("--key", "--key-file"):
            trusted = next(arguments, "")
            if argument == "--key-file":
                with open(trusted, encoding="utf-8") as file:
                    trusted = file.read().strip()
            read_key(trusted)
        else:
            paths.append(argument)
    if len(paths) != 1 or paths[0].startswith("-"):
        return usage()
    with open(paths[0], "rb") as file:
        data = file.read()
    report = Check(data, trusted).run()
    print(json.dumps(report, ensure_ascii=False)) if as_json else print_report(report)
    return 0 if report["ok"] else 7


def usage():
    print(__doc__.split("\n\n")[2], file=sys.stderr)
    return 2


def main(arguments):
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        if arguments == ["selftest"]:
            return run_selftest()
        if arguments[:1] == ["compute"]:
            return run_compute(arguments[1:])
        if arguments[:1] == ["archive"]:
            return run_archive(arguments[1:])
        return run_check(arguments) if arguments else usage()
    except (OSError, ValueError, MemoryError) as why:  # no such file, or a --key out of form
        print("无法读取 cannot read: %s" % why, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
