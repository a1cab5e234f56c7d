"""Ways to spoil bytes and text at random."""

from random import Random

INSERTED = (
    b"",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xc3",
    b'"',
    b'""',
    b"'",
    b"\\",
    b"\r",
    b"\n",
    b"\r\n",
    b"\t",
    b",",
    b",,",
    b";",
    b"\x1a",
    b"\xe2\x80\xa8",
    b"\xc2\xa0",
    b"#",
    b"-1e999",
    b"nan",
    b"99999999999999999999999999",
    b"=cmd()",
)


def mutated(content: bytes, draw: Random, most: int = 4) -> bytes:
    """Spoil bytes in one place or a few.

    Parameters
    ----------
    content : bytes
    draw : Random
    most : int
        At how many places at most.

    Returns
    -------
    bytes
    """
    for _ in range(draw.randint(1, most)):
        content = draw.choice(MUTATIONS)(content, draw)
    return content


def cut(content: bytes, draw: Random) -> bytes:
    """End somewhere."""
    return content[: _place(content, draw)]


def insert(content: bytes, draw: Random) -> bytes:
    """Put something odd somewhere."""
    at = _place(content, draw)
    return content[:at] + draw.choice(INSERTED) + content[at:]


def swap_bytes(content: bytes, draw: Random) -> bytes:
    """Write other bytes over some."""
    at, number = _place(content, draw), draw.randint(1, 8)
    return content[:at] + draw.randbytes(number) + content[at + number :]


def flip_bit(content: bytes, draw: Random) -> bytes:
    """Change one bit."""
    if not content:
        return content
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << draw.randrange(8)]) + content[at + 1 :]


def leave_out(content: bytes, draw: Random) -> bytes:
    """Leave some bytes out."""
    start, end = sorted((_place(content, draw), _place(content, draw)))
    return content[:start] + content[min(end, start + 200) :]


def repeat(content: bytes, draw: Random) -> bytes:
    """Write a part twice."""
    start, end = sorted((_place(content, draw), _place(content, draw)))
    return content[:end] + content[start:end] + content[end:]


def shuffle_lines(content: bytes, draw: Random) -> bytes:
    """Exchange two lines."""
    lines = content.split(b"\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def drop_line(content: bytes, draw: Random) -> bytes:
    """Leave a line out."""
    lines = content.split(b"\n")
    del lines[draw.randrange(len(lines))]
    return b"\n".join(lines)


MUTATIONS = (
    cut,
    insert,
    insert,
    swap_bytes,
    flip_bit,
    leave_out,
    repeat,
    shuffle_lines,
    drop_line,
)


def _place(content: bytes, draw: Random) -> int:
    return draw.randint(0, len(content))
