#!/usr/bin/env python3
"""Makes the damaged copies of sections.md: what an editor with the wrong encoding saves."""
import pathlib

HERE = pathlib.Path(__file__).parent
GOOD = (HERE / "sections.md").read_bytes()


def whatwg_1252(raw):
    """Windows-1252 as browsers and most tools read it: its five holes are the C1 controls."""
    return "".join(bytes([b]).decode("cp1252") if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b) for b in raw)


def save(name, text):
    (HERE / name).write_bytes(text if isinstance(text, bytes) else text.encode())


once = GOOD.decode("mac_roman")
save("damaged-macroman.md", once)
save("damaged-macroman-twice.md", once.encode().decode("mac_roman"))
save("damaged-windows-1252.md", whatwg_1252(GOOD))
save("damaged-latin-1.md", GOOD.decode("latin-1"))
save("damaged-and-edited.md", once + "\n<!-- später ergänzt -->\n")
save("byte-order-mark.md", b"\xef\xbb\xbf" + GOOD)
save("carriage-returns.md", GOOD.replace(b"\n", b"\r\n"))
