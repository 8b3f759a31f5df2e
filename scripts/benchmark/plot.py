"""A bar chart as SVG, without any library."""
from xml.sax.saxutils import escape

# Told apart also without colours: the second is darker.
COLOURS = ("#9aa5b1", "#1f5f99")
LABEL_WIDTH, CHART_WIDTH, VALUE_WIDTH = 300, 420, 60
BAR, GAP, TOP = 12, 10, 64


def bars(title, names, rows):
    """`rows` are (label, [value per name]); longer is more."""
    height = TOP + len(rows) * (len(names) * BAR + GAP) + 10
    width = LABEL_WIDTH + CHART_WIDTH + VALUE_WIDTH
    top_value = max((value for _, values in rows for value in values), default=1) or 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text(12, 22, title, 'font-size="15" font-weight="bold"'),
    ]
    for index, name in enumerate(names):
        x = 12 + 110 * index
        parts.append(f'<rect x="{x}" y="36" width="12" height="12" fill="{COLOURS[index]}"/>')
        parts.append(text(x + 18, 46, name))
    y = TOP
    for label, values in rows:
        middle = y + len(names) * BAR / 2 + 4
        parts.append(text(LABEL_WIDTH - 8, middle, label, 'text-anchor="end"'))
        for index, value in enumerate(values):
            length = CHART_WIDTH * value / top_value
            parts.append(
                f'<rect x="{LABEL_WIDTH}" y="{y}" width="{length:.1f}" height="{BAR - 1}" '
                f'fill="{COLOURS[index]}"/>')
            parts.append(text(LABEL_WIDTH + length + 5, y + BAR - 2, f"{value:.0f}",
                              'font-size="10"'))
            y += BAR
        y += GAP
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def text(x, y, content, attributes=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="#222222" {attributes}>{escape(content)}</text>'
