"""Colours of the model: by CSS name or as #rrggbb."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, StrictStr, Tag

from ..text.problems import shown, suggestion
from .part import bad
from .values import expects, tagger

_HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def _check_color(value: str) -> str:
    if not _HEX_COLOR.fullmatch(value) and value not in CSS_COLORS:
        hint = suggestion(value, CSS_COLORS)
        raise bad(f"expected a CSS colour name or #rrggbb, got {shown(value)}{hint}")
    return value


Color = Annotated[StrictStr, AfterValidator(_check_color)]


def _check_colors(value: Any) -> Any:
    if value == []:
        raise bad("expected a colour or a list of colours, got []")
    return value


Colors = Annotated[
    Annotated[Color, Tag("<one>")] | Annotated[tuple[Color, ...], Tag("<many>")],
    Discriminator(tagger(lambda value: "many" if isinstance(value, list) else "one")),
    expects("a colour or a list of colours", str, list),
    BeforeValidator(_check_colors),
]
"""One colour, or several that the instances take in turn."""
CSS_COLORS = frozenset(
    """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet
    brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan
    darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta
    darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue
    darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey
    dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray
    green greenyellow grey honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
    lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen
    lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey
    lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue
    mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive
    olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred
    papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue
    saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray
    slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white
    whitesmoke yellow yellowgreen
    """.split()
)
