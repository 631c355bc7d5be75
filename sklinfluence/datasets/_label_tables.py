"""Multi-label data: in which files they may be kept, and what is in them."""

from typing import NamedTuple


class Archive(NamedTuple):
    """A file of arrays in which a multi-label data set may be kept.

    Attributes
    ----------
    name : str
        Name of the file.
    sha256 : str or None
        Checksum of the file; None where none is known.
    n_rows : int
        Number of rows, of training and test together.
    note : str
        What a user must know of this file.
    """

    name: str
    sha256: str | None
    n_rows: int
    note: str


class LabelTable(NamedTuple):
    """A multi-label data set.

    Attributes
    ----------
    fetcher : str
        Name of the function whose documentation has the layout of the files.
    archives : tuple of Archive
        Files, of which the first that exists is read.
    n_features, n_labels : int
        Number of columns of the data and of the target.
    published : str
        Where the original data are published.
    description : str
        Title, an empty line, and the details.
    """

    fetcher: str
    archives: tuple
    n_features: int
    n_labels: int
    published: str
    description: str


DELICIOUS = LabelTable(
    fetcher="fetch_delicious",
    archives=(
        Archive(
            name="delicious.npz",
            sha256="8778f69b4e9e64a2d91265ba071e45e6ae8956af5e1512e15457d4f7d481b064",
            n_rows=16105,
            note="The complete data set, with the published division.",
        ),
    ),
    n_features=500,
    n_labels=983,
    published=(
        "https://github.com/tsoumakas/mulan, folder data/multi-label/delicious, "
        "listed at https://mulan.sourceforge.net/datasets.html"
    ),
    description="""
Delicious, tags of web pages

Web pages that users of a bookmarking site have tagged. A feature says whether a word
is on the page, a label whether the page has a tag; the mean is 19 tags a page. In the
training rows 10 pages have no tag, in the test rows 4, and one tag has no page in the
test rows. 63 test rows repeat a training row exactly, and 120 training rows repeat an
earlier one.

G. Tsoumakas, I. Katakis, I. Vlahavas. Effective and Efficient Multilabel
Classification in Domains with Large Number of Labels. ECML/PKDD 2008 Workshop on
Mining Multidimensional Data, 2008.
""",
)

MEDIAMILL = LabelTable(
    fetcher="fetch_mediamill",
    archives=(
        Archive(
            name="mediamill.npz",
            sha256=None,
            n_rows=43907,
            note=(
                "The complete data set. No checksum of this file is known: only its\n"
                "shapes are checked, and the division is that of the file."
            ),
        ),
        Archive(
            name="mediamill_subset.npz",
            sha256="7cbe3a0756d1ad08083002aa4b9dd1fe197d84fc4d542bd490019944a8324e8b",
            n_rows=4386,
            note=(
                "A subset: 4386 of the 43907 shots, put together from two published\n"
                "samples. It does not follow the usual division into 30993 training\n"
                "and 12914 test rows, so results are not comparable with published\n"
                "ones. 22 labels have no shot in the test rows; 123 training and 22\n"
                "test rows have no label."
            ),
        ),
    ),
    n_features=120,
    n_labels=101,
    published=(
        "https://mulan.sourceforge.net/datasets.html and at "
        "https://manikvarma.github.io/downloads/XC/XMLRepository.html, and the two "
        "samples of the subset at "
        "https://github.com/YoungHJung/OnlineMLRBoostingWithVFDT and at "
        "https://github.com/lehneres/edu.uni-tuebingen"
    ),
    description="""
Mediamill, concepts of video shots

Shots of broadcast news. The features are visual, a label says whether a concept is in
the shot; the mean is 4.4 concepts a shot, and the most frequent one is in 77% of them.

C. Snoek et al. The challenge problem for automated detection of 101 semantic concepts
in multimedia. ACM Multimedia, 2006. The subset also: Y. H. Jung, A. Tewari. Online
Boosting Algorithms for Multi-label Ranking. AISTATS, 2018.
""",
)
