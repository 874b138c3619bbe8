"""Bodies that nobody should send, made from good ones: the same ones each time.

Some break the bytes, some the JSON, some only what it means; and some leave a body that is still good.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Content: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str | int, ...]
JSON_TYPE: Final = {"content-type": "application/json"}

TYPES: Final = (
    *("application/JSON; charset=utf-8", "application/json;charset=utf-16", "text/plain", "text/json", "", "json"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/vnd.bentoml+pickle"),
    *("application/xml", "application/json, text/plain", "*/*", "application/json ;", "application/octet-stream"),
)
VALUES: Final = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1),
    *(10**40, "", " ", "0", "null", "NaN", "\x00", "\u200b", "\u202e", "\ud800", "é", "é", "字" * 129, "💥"),
    *("a" * 129, "a" * 2_001, "../../etc/passwd", "' OR 1=1 --", "${jndi:ldap://x}", "%s%n", "<script>", "\r\nx: y"),
    *([], {}, [[]], [None], {"": None}, {"__class__": "x"}, [0] * 1_000, ["0" * 16] * 2, 1_735_689_600),
    *(-1e-320, 4_102_444_800_000, 1_735_689_600_000.0),
)
RAW: Final = (
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "01", "+1", "0x10", "1_000", ".5", "5.", "1e5", "9" * 5_000),
    *(
        "nul",
        "True",
        "undefined",
        "'single'",
        '"\\u12"',
        '"\\x41"',
        '"\\ud800"',
        '"tab\t"',
        '"\x7f"',
        "// no",
        "/* */1",
    ),
    *("[1,]", "{,}", '{"a":1,"a":2}', "[" * 5_000, "[" * 200 + "]" * 200, '{"a":' * 200 + "1" + "}" * 200, "", "-"),
)
WHOLE: Final = (
    *(
        b"",
        b" ",
        b"\n",
        b"null",
        b"true",
        b"0",
        b'""',
        b"[]",
        b"{}",
        b"[{}]",
        b'{"a"}',
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
    ),
    *(b"<xml/>", b"claim_id=C1", b"[" * 60_000, b'{"a":' * 12_000, b'"' + b"a" * 60_000 + b'"', b"9" * 60_000),
)


@dataclass(frozen=True)
class Body:
    """What to send, and a word for how it was made."""

    made_by: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: JSON_TYPE)


def mutants(good: Callable[[int], Content], number: int, seed: str, largest_bytes: int) -> Iterator[Body]:
    """So many bodies, each from a good one, and one that is too large; `good` makes the good one of a number."""
    chance = random.Random(seed)
    yield Body("too large", b" " * largest_bytes + _encoded(good(0)))
    for index in range(1, number):
        mutation = chance.choices(tuple(MUTATIONS), weights=tuple(MUTATIONS.values()))[0]
        yield mutation(deepcopy(good(index)), chance)


def _encoded(content: object) -> bytes:
    return json.dumps(content).encode()


# --- bytes


def flipped(content: Content, chance: random.Random) -> Body:
    """A few bits are another way round."""
    data = bytearray(_encoded(content))
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return Body("flipped", bytes(data))


def cut(content: Content, chance: random.Random) -> Body:
    """The end, the beginning or a piece of the middle is missing."""
    data = _encoded(content)
    begin, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return Body("cut", chance.choice((data[:end], data[begin:], data[:begin] + data[end:])))


def spliced(content: Content, chance: random.Random) -> Body:
    """Something was put in between, or a piece stands there twice."""
    data = _encoded(content)
    at = chance.randrange(len(data) + 1)
    begin, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    junk = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 6)))
    return Body("spliced", data[:at] + chance.choice((junk, data[begin:end], data, b"\x00", b"}", b'"')) + data[at:])


def recoded(content: Content, chance: random.Random) -> Body:
    """The same text in an encoding that JSON doesn't have."""
    text = json.dumps(content, ensure_ascii=False)
    encoding = chance.choice(("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "gzip", "gzip, and said"))
    if encoding.startswith("gzip"):
        said = {"content-encoding": "gzip"} if encoding.endswith("said") else {}
        return Body(encoding, gzip.compress(text.encode(), mtime=0), {**JSON_TYPE, **said})
    return Body(encoding, text.encode(encoding, "replace"))


def retyped(content: Content, chance: random.Random) -> Body:
    """Another content type, or a good one written oddly."""
    return Body("retyped", _encoded(content), {"content-type": chance.choice(TYPES)})


def whole(_content: Content, chance: random.Random) -> Body:
    """Something else altogether."""
    return Body("whole", chance.choice(WHOLE))


def padded(content: Content, chance: random.Random) -> Body:
    """White space, or what only looks like it, before or after."""
    space = chance.choice((b" ", b"\n", b"\t", b"\x0b", b"\xc2\xa0")) * chance.choice((1, 10, 10_000))
    data = _encoded(content)
    return Body("padded", chance.choice((space + data, data + space)))


# --- values


def replaced(content: Content, chance: random.Random) -> Body:
    """A value is another one, of another type or size."""
    return Body("replaced", _encoded(_put(content, chance.choice(list(_places(content))), chance.choice(VALUES))))


def rewritten(content: Content, chance: random.Random) -> Body:
    """A value is written as no JSON writer would."""
    mark = "<here>"
    text = json.dumps(_put(content, chance.choice(list(_places(content))), mark))
    return Body("rewritten", text.replace(json.dumps(mark), chance.choice(RAW)).encode("utf-8", "surrogatepass"))


def nudged(content: Content, chance: random.Random) -> Body:
    """A value is a bit off: a number by one or by its sign, a word by a letter."""
    place = chance.choice(list(_places(content)))
    match _at(content, place):
        case bool(value):
            return Body("nudged", _encoded(_put(content, place, not value)))
        case int(value) | float(value):
            near = (value + 1, value - 1, -value, value * 1_000, value / 2, float(value), str(value))
            return Body("nudged", _encoded(_put(content, place, chance.choice(near))))
        case str(value):
            near = (value.upper(), f"{value} ", value[:-1], value * 2, [value], value + "\n")
            return Body("nudged", _encoded(_put(content, place, chance.choice(near))))
        case list(value):
            return Body("nudged", _encoded(_put(content, place, chance.choice((value * 2, value * 6_000, value[:-1])))))
        case value:
            return Body("nudged", _encoded(_put(content, place, [value])))


# --- keys


def without(content: Content, chance: random.Random) -> Body:
    """A field is missing."""
    inside, key = _some_key(content, chance)
    del inside[key]
    return Body("without", _encoded(content))


def renamed(content: Content, chance: random.Random) -> Body:
    """A field goes by another name."""
    inside, key = _some_key(content, chance)
    inside[chance.choice((key.upper(), f"{key} ", key[:-1], f"{key}s", key.replace("_", "-"), "", "\x00"))] = (
        inside.pop(key)
    )
    return Body("renamed", _encoded(content))


def added(content: Content, chance: random.Random) -> Body:
    """A field that nobody asked for."""
    inside, _ = _some_key(content, chance)
    inside[chance.choice(("surprise", "__proto__", "", "is_admin", "replayed", "a" * 500))] = chance.choice(VALUES)
    return Body("added", _encoded(content))


def doubled(content: Content, chance: random.Random) -> Body:
    """A field stands there twice, with the same value or another."""
    key = chance.choice(list(content))
    other = chance.choice((content[key], *VALUES[:20]))
    text = json.dumps(content)
    pair = f"{json.dumps(key)}: {json.dumps(other)}"
    return Body("doubled", (f"{{{pair}, {text[1:]}" if chance.random() < 0.5 else f"{text[:-1]}, {pair}}}").encode())


MUTATIONS: Final[Mapping[Callable[[Content, random.Random], Body], int]] = {
    **dict.fromkeys((flipped, cut, spliced, replaced, nudged, rewritten), 4),
    **dict.fromkeys((without, renamed, added, doubled, recoded, retyped), 2),
    **dict.fromkeys((whole, padded), 1),
}


# --- where things are


def _places(content: object, here: Place = ()) -> Iterator[Place]:
    """All places in a body but its root."""
    if here:
        yield here
    pairs = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in pairs:
        yield from _places(value, (*here, key))


def _at(content: Any, place: Place) -> Any:
    for key in place:
        content = content[key]
    return content


def _put(content: Content, place: Place, value: object) -> Content:
    _at(content, place[:-1])[place[-1]] = value
    return content


def _some_key(content: Content, chance: random.Random) -> tuple[Content, str]:
    """An object in a body that has keys, and one of them."""
    inside = [content, *(_at(content, place) for place in _places(content))]
    chosen = chance.choice([each for each in inside if isinstance(each, dict) and each])
    return chosen, chance.choice(list(chosen))
