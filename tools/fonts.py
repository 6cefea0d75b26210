"""Makes the dashboard's fonts: Geist as published, cut down to what the dashboard's styles use.

    uv run --with fonttools --with brotli tools/fonts.py

Weights from 400 to 650 (the styles use no other), no hinting, and of the features only those that
the styles or the languages written with these letters need. That takes a third off each file. The
result is committed in ``dashboard/src/fonts``: nothing else needs a font compiler.
"""

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).parents[1]
PUBLISHED = ROOT / "node_modules/@fontsource-variable/geist/files"
FONTS = ROOT / "dashboard/src/fonts"
WEIGHTS = (400, 400, 650)
FEATURES = ["kern", "tnum", "liga", "ccmp", "mark", "mkmk", "locl"]
NAMES = [0, 1, 2, 13, 14]  # copyright, family, style, licence and where to read it


def cut(script: str) -> None:
    """Write the font of one script."""
    font = TTFont(PUBLISHED / f"geist-{script}-wght-normal.woff2", recalcTimestamp=False)
    characters = set(font.getBestCmap())
    instancer.instantiateVariableFont(font, {"wght": WEIGHTS}, inplace=True)
    for glyph in font.getGlyphOrder():  # the subsetter expects one that does not vary, too
        font["gvar"].variations.setdefault(glyph, [])
    options = Options(layout_features=FEATURES, hinting=False, name_IDs=NAMES, glyph_names=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font.flavor = "woff2"
    path = FONTS / f"geist-{script}.woff2"
    font.save(path)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    for script in ("latin", "latin-ext"):
        cut(script)
