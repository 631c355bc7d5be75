"""HTML that is escaped unless it was made here."""

import html

# Cells of so few characters are kept on one line.
_SHORT = 24


class Markup(str):
    """Text that is HTML already."""


def element(name, *children, **attributes):
    """Write an element, with every text in it escaped.

    Parameters
    ----------
    name : str
        Name of the element.
    *children : str
        Contents: Markup as it is, everything else as text.
    **attributes : str
        Attributes; a trailing underscore is dropped, others become hyphens.

    Returns
    -------
    Markup
        The element.

    Examples
    --------
    >>> from sklinfluence.report._html import element
    >>> element("p", "1 < 2, ", element("b", "always"), class_="note")
    '<p class="note">1 &lt; 2, <b>always</b></p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def join(children):
    """Join contents.

    Parameters
    ----------
    children : iterable of str
        Markup and texts.

    Returns
    -------
    Markup
        All of them, texts escaped.
    """
    return Markup(
        "".join(
            child if isinstance(child, Markup) else html.escape(str(child))
            for child in children
        )
    )


def picture(image, alt, caption):
    """Write a figure with its picture inside.

    Parameters
    ----------
    image : Picture
        What to show.
    alt : str
        What it shows, for those who do not see it.
    caption : str
        What to read from it.

    Returns
    -------
    Markup
        The figure.
    """
    written = Markup(
        f'<img src="data:image/png;base64,{image.data}" alt="{html.escape(alt)}" '
        f'width="{image.width}">'
    )
    return element("figure", written, element("figcaption", caption))


def table(caption, heads, rows, *, numeric, sortable=True):
    """Write a table.

    Parameters
    ----------
    caption : str
        What it holds.
    heads : list of str
        Heads of the columns.
    rows : list of list
        Cells: texts, or pairs of a number and how to write it.
    numeric : list of bool
        Whether a column holds numbers, aligned to the right.
    sortable : bool, default=True
        Whether heads sort the rows.

    Returns
    -------
    Markup
        The table, in a box that scrolls where it is too wide.
    """
    side = ["number" if is_number else "text" for is_number in numeric]
    names = [
        element(
            "th",
            element("button", head, type="button") if sortable else head,
            scope="col",
            class_=one,
        )
        for head, one in zip(heads, side, strict=True)
    ]
    body = [
        element("tr", *(_cell(*pair) for pair in zip(row, side, strict=True)))
        for row in rows
    ]
    return element(
        "div",
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *names)),
            element("tbody", *body),
        ),
        class_="scroll",
    )


def _cell(value, side):
    text = value[1] if isinstance(value, tuple) else value
    written = {"class_": side + " short" * (len(str(text)) <= _SHORT)}
    if isinstance(value, tuple):
        written["data_value"] = repr(float(value[0]))
    return element("td", text, **written)
