"""`nst presets [NAME]`: what other programs compute, and what stays different when we do."""

from difflib import get_close_matches

from minicnn.errors import UnknownNameError

from ..finer import Finer
from ..options import flag, shown
from ..presets import OF_ALL, PRESETS

HINT = "nst presets NAME tells all of one; nst paint PHOTO PAINTING -o OUT --preset NAME paints by it"


def configure(parser):
    parser.add_argument("name", metavar="NAME", nargs="?", help="all of one; without it, a table of them")


def run(arguments):
    print("\n".join(table() if arguments.name is None else details(arguments.name)))
    return 0


def table():
    """The lines of a table with a row for each preset."""
    rows = [("preset", "year", "network", "loss", "content : style : tv", "size", "start", "optimiser")]
    for name, preset in PRESETS.items():
        s = preset.settings
        pooling = {"avg3": "avg 3×3"}.get(s["pooling"], s["pooling"])
        weights = ":".join(f"{s.get(key, 0):g}" for key in ("content_weight", "style_weight", "tv_weight"))
        network = f"{s['network']}{' norm.' if s.get('normalise') else ''} {pooling}"
        variation = f"{weights} {s['tv']}" if "tv" in s else weights
        rows.append((name, str(preset.year), network, s["loss"], variation, _size(s), s["start"], _effort(s)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return [lines[0], "─" * max(map(len, lines)), *lines[1:], "", HINT]


def details(name):
    """The lines that tell all of one preset."""
    preset = named(name)
    finer = {one for one in Finer.__dataclass_fields__ if one in preset.settings}
    options = {key: value for key, value in preset.settings.items() if key not in finer}
    weights = f"{preset.weights}: python -m minicnn.weights fetch {preset.weights}"
    return [
        f"{name}: {preset.title}, {preset.year}",
        preset.source,
        "",
        *_aligned(
            [
                ("content", preset.content),
                ("style", preset.style),
                ("variation", preset.variation),
                ("weights", weights),
            ]
        ),
        "",
        "as options of ours",
        *_aligned([(flag(key), _told(value)) for key, value in options.items()]),
        *(["", "and, for presets alone"] if finer else []),
        *_aligned([(flag(key), _told(preset.settings[key])) for key in preset.settings if key in finer]),
        *[
            line
            for (option, value), more in (preset.variants or {}).items()
            for line in (
                "",
                f"with {flag(option)} {value}",
                *_aligned([(flag(k), _told(v)) for k, v in more.items()]),
            )
        ],
        "",
        "what differs from the program",
        *(f"  {line}" for line in (*preset.departures, *OF_ALL)),
    ]


def named(name):
    """The preset of that name."""
    if name not in PRESETS:
        near = get_close_matches(name, PRESETS, 1)
        raise UnknownNameError(
            f"presets: expected one of {', '.join(PRESETS)}, got {name!r}"
            + (f"; did you mean {near[0]}?" if near else "")
        )
    return PRESETS[name]


def _size(s):
    size = s.get("size")
    if size in (None, "native"):
        return size or "ours"
    measure = {"rows": " rows", "shorter": " shorter"}.get(s.get("size_is"), " longest")
    return f"{size}²" if "crop" in s else f"{size}{measure}"


def _effort(s):
    if "rounds" in s:
        return f"scipy {s['rounds']}×{s['iterations'] // s['rounds']}"
    if "optimizer" not in s:
        return "ours"
    rate = f" {s['learning_rate']:g}" if "learning_rate" in s else ""
    return f"{s['optimizer']}{rate} {s['iterations']}"


def _aligned(pairs):
    width = max((len(key) for key, _ in pairs), default=0)
    return [f"  {key.ljust(width)}  {value}" for key, value in pairs]


def _told(value):
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else shown(value)
