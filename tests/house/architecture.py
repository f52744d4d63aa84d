"""The picture of the house, drawn from the imports: `python -m tests.house.architecture >docs/architecture.svg`.

Rows are the layers that `make check` holds (import-linter's contract in pyproject.toml), boxes the folders with the
first sentence of their docstrings, arrows the imports between them. An import that follows
from others (a over b to c) is left out, as in a Hasse diagram. Folders outside the layers are drawn at the side.
"""

import ast
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parent.parent.parent
WIDTH, ROW, HEIGHT, GAP, MARGIN, SIDE = 960, 90, 62, 18, 16, 190

Imports = Mapping[str, frozenset[str]]


class Box(NamedTuple):
    """A folder in the picture; its left upper corner and its width, in pixels."""

    name: str
    x: float
    y: float
    width: float

    def port(self, towards: float, bottom: bool) -> tuple[float, float]:
        """Return the point of an edge that lies nearest below or above `towards`."""
        x = min(max(towards, self.x + 18), self.x + self.width - 18)
        return x, self.y + (HEIGHT if bottom else 0)


def layers(project: Mapping[str, object]) -> list[list[str]]:
    """Return the folders of each layer, the topmost first, as the contract of import-linter lists them."""
    tool = project["tool"]
    assert isinstance(tool, dict)
    contract = next(each for each in tool["importlinter"]["contracts"] if each["type"] == "layers")
    return [[name.strip() for name in re.split(r"[|:]", row)] for row in contract["layers"]]


def folders(project: Mapping[str, object]) -> list[str]:
    """Return the top-level folders of the product."""
    tool = project["tool"]
    assert isinstance(tool, dict)
    return list(tool["importlinter"]["root_packages"])


def imports(names: Iterable[str]) -> Imports:
    """Return which folders each folder imports, itself left out."""
    names = tuple(names)
    return {
        name: frozenset(
            node.module.split(".")[0]
            for path in (ROOT / name).rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in names
        )
        - {name}
        for name in names
    }


def reduced(graph: Imports) -> Imports:
    """Return the graph without the imports that follow from others."""

    def reach(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        return graph[name].union(*(reach(each, seen | {name}) for each in graph[name] - seen))

    return {
        name: frozenset(each for each in below if not any(each in reach(other) for other in below - {each}))
        for name, below in graph.items()
    }


def says(name: str) -> str:
    """Return the first sentence of a folder's docstring, without the full stop."""
    doc = ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text(encoding="utf-8"))) or ""
    return re.split(r"(?<=\w)\.(?:\s|$)", " ".join(doc.split()))[0]


def place(rows: list[list[str]], beside: list[str]) -> dict[str, Box]:
    """Return where each folder is drawn."""
    boxes: dict[str, Box] = {}
    inner = WIDTH - 2 * MARGIN - SIDE - GAP
    for number, row in enumerate(rows):
        width = (inner - GAP * (len(row) - 1)) / len(row)
        for index, name in enumerate(row):
            boxes[name] = Box(name, MARGIN + index * (width + GAP), MARGIN + number * ROW, width)
    for index, name in enumerate(beside):
        boxes[name] = Box(name, WIDTH - MARGIN - SIDE, MARGIN + index * ROW, SIDE)
    return boxes


def draw() -> str:
    """Return the picture as SVG."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rows, names = layers(project), folders(project)
    beside = sorted(set(names) - {name for row in rows for name in row})
    boxes = place(rows, beside)
    graph = imports(names)
    height = 2 * MARGIN + ROW * len(rows) - (ROW - HEIGHT)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif" font-size="14" role="img" '
        'aria-label="The folders of Assent in layers: each imports only folders below it">'
    )
    tip = (
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 10 5 0 10z" fill="#64748b"/></marker></defs>'
    )
    out = [svg, tip, f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>']
    out += [
        _arrow(boxes[name], boxes[other], aside=name in beside or other in beside)
        for name, below in sorted(reduced(graph).items())
        for other in sorted(below)
    ]
    out += [_box(boxes[name], pure=name in PURE) for name in sorted(boxes)]
    return "\n".join([*out, "</svg>", ""])


PURE: Final = frozenset({"messages", "consent", "filters", "segment_buttons", "keywords", "flows"})


def _arrow(upper: Box, lower: Box, *, aside: bool) -> str:
    start = upper.port(lower.x + lower.width / 2, bottom=True)
    end = lower.port(start[0], bottom=False)
    middle = (start[1] + end[1]) / 2
    dash = ' stroke-dasharray="4 4"' if aside else ""
    return (
        f'<path d="M{start[0]:.0f} {start[1]:.0f} C{start[0]:.0f} {middle:.0f} {end[0]:.0f} {middle:.0f} '
        f'{end[0]:.0f} {end[1]:.0f}" fill="none" stroke="#64748b"{dash} marker-end="url(#tip)"/>'
    )


def _box(box: Box, *, pure: bool) -> str:
    fill, edge = ("#fef9c3", "#facc15") if pure else ("#f1f5f9", "#94a3b8")
    words = textwrap.wrap(says(box.name), int((box.width - 20) / 5.9), max_lines=3, placeholder=" …")
    text = "".join(
        f'<text x="{box.x + 10:.0f}" y="{box.y + 33 + 12 * number:.0f}" font-size="11">{escape(line)}</text>'
        for number, line in enumerate(words)
    )
    return (
        f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{HEIGHT}" rx="8" fill="{fill}" '
        f'stroke="{edge}"/><text x="{box.x + 10:.0f}" y="{box.y + 18:.0f}" font-weight="bold" fill="#0f172a">{box.name}'
        f"</text>{text}"
    )


if __name__ == "__main__":
    sys.stdout.write(draw())
