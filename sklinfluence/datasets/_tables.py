"""Where the tables come from, and what their columns mean."""

from typing import NamedTuple


class Table(NamedTuple):
    """A table of ``lifelines.datasets``.

    Attributes
    ----------
    name : str
        The table is what ``lifelines.datasets.load_<name>`` returns.
    event, time : str
        Columns of the target.
    description : str
        Title, an empty line, and the details.
    categorical : tuple of str
        Columns of text, to be encoded.
    """

    name: str
    event: str
    time: str
    description: str
    categorical: tuple = ()


class RemoteTable(NamedTuple):
    """A table that is published as an HDF5 file and may also be kept as a CSV file.

    Attributes
    ----------
    csv_name, csv_sha256 : str
        Name and checksum of the CSV file.
    h5_name, h5_sha256 : str
        Name and checksum of the HDF5 file.
    source : str
        Folder on the web where the HDF5 file is published.
    description : str
        Title, an empty line, and the details.
    """

    csv_name: str
    csv_sha256: str
    h5_name: str
    h5_sha256: str
    source: str
    description: str


ROSSI = Table(
    name="rossi",
    event="arrest",
    time="week",
    description="""
Recidivism of released convicts

Convicts released from Maryland state prisons in the 1970s and followed for one
year; half of them, drawn at random, received financial aid. The event is an
arrest, the time is in weeks.

- fin: 1 if financial aid was given
- age: years, at release
- race: 1 if black
- wexp: 1 if there was full-time work experience before imprisonment
- mar: 1 if married at release
- paro: 1 if released on parole
- prio: number of earlier convictions

P. H. Rossi, R. A. Berk, K. J. Lenihan. Money, Work, and Crime: Some Experimental
Results. Academic Press, 1980.
""",
)

GBSG2 = Table(
    name="gbsg2",
    event="cens",
    time="time",
    categorical=("horTh", "menostat", "tgrade"),
    description="""
German Breast Cancer Study Group 2

Women with node-positive breast cancer in a trial of hormonal treatment and of the
duration of chemotherapy. The event is recurrence or death, the time is in days.
The columns of text are encoded as 0/1 columns without one for the first level.

- horTh_yes: hormonal therapy (else none)
- age: years
- menostat_Pre: premenopausal (else postmenopausal)
- tsize: tumour size in mm
- tgrade_II, tgrade_III: tumour grade (else grade I)
- pnodes: number of positive lymph nodes
- progrec, estrec: progesterone and estrogen receptor in fmol

M. Schumacher et al. Randomized 2 x 2 trial evaluating hormonal treatment and the
duration of chemotherapy in node-positive breast cancer patients. Journal of
Clinical Oncology 12(10):2086-2093, 1994.
""",
)

LUNG = Table(
    name="lung",
    event="status",
    time="time",
    description="""
Advanced lung cancer, North Central Cancer Treatment Group

Survival of patients with advanced lung cancer. The event is death, the time is in
days. Only complete cases are kept: 167 of the 228 patients, since 61 have a missing
value. The rows that are left are numbered anew from 0.

- inst: code of the institution; a name, not a quantity
- age: years
- sex: 1 male, 2 female
- ph.ecog: ECOG performance score by the physician, 0 good to 5 dead
- ph.karno, pat.karno: Karnofsky score by physician and patient, 0 bad to 100 good
- meal.cal: calories consumed at meals
- wt.loss: pounds of weight lost in the last six months

C. L. Loprinzi et al. Prospective evaluation of prognostic variables from
patient-completed questionnaires. Journal of Clinical Oncology 12(3):601-607, 1994.
""",
)

LARYNX = Table(
    name="larynx",
    event="death",
    time="time",
    description="""
Cancer of the larynx

Men with cancer of the larynx. The event is death, the time since the first
treatment is in years.

- age: years, at diagnosis
- Stage_II, Stage_III, Stage_IV: stage of the disease (else stage I)

O. Kardaun. Statistical survival analysis of male larynx-cancer patients: a case
study. Statistica Neerlandica 37(3):103-125, 1983.
""",
)

KIDNEY_TRANSPLANT = Table(
    name="kidney_transplant",
    event="death",
    time="time",
    description="""
Kidney transplants

Patients who received a kidney transplant. The event is death, the time since the
transplant is in days.

- age: years, at transplant
- black_male, white_male, black_female: the group (else white and female)

J. P. Klein, M. L. Moeschberger. Survival Analysis: Techniques for Censored and
Truncated Data. Springer, 1997. Appendix D.3.
""",
)

_SOURCE = (
    "https://raw.githubusercontent.com/jaredleekatzman/DeepSurv/"
    "f0803f57bff9395f2bfbb99da2f1031adcf01331/experiments/data"
)

METABRIC = RemoteTable(
    csv_name="metabric.csv.gz",
    csv_sha256="97b4aa2e57c20ed04ef7784d1a3d69dfa39e581630633efaf462721a3cc806f1",
    h5_name="metabric_IHC4_clinical_train_test.h5",
    h5_sha256="e959131973c906c7e8b1e662c81160914768156a6da145a9bfed9b9ee8bf3e72",
    source=f"{_SOURCE}/metabric",
    description="""
Molecular Taxonomy of Breast Cancer International Consortium (METABRIC)

Breast cancer patients. The event is death, the time is in months; one test row
has time 0. The source gives no column names; from the ranges of the values and the
variables listed in the DeepSurv paper, the columns seem to be:

- x0 to x3: expression of four genes
- x4 to x7: four clinical indicators, 0 or 1
- x8: age at diagnosis, in years

C. Curtis et al. The genomic and transcriptomic architecture of 2,000 breast tumours
reveals novel subgroups. Nature 486:346-352, 2012.
""",
)

SUPPORT = RemoteTable(
    csv_name="support.csv.gz",
    csv_sha256="57c5aa752dc89990df097ea58875005a8c25307b340aa27cf1a99bb76390df44",
    h5_name="support_train_test.h5",
    h5_sha256="e398f49930e4efc4ecd675a72ac547f0d1ae25ccf13f6a1024cded12ea88a83e",
    source=f"{_SOURCE}/support",
    description="""
SUPPORT, a study of prognoses and preferences of seriously ill patients

Seriously ill adults in hospital. The event is death, the time is in whole days and
heavily tied: most events share their day with another, up to 233 on one day, so
results depend on how ties are treated. The source gives no column names; from the
ranges of the values and the variables listed in the DeepSurv paper, the columns
seem to be:

- x0: age, x1: sex, x2: number of comorbidities, x3: code of race
- x4: diabetes, x5: dementia, x6: code of cancer
- x7: mean arterial pressure, x8: heart rate, x9: respiration rate
- x10: temperature, x11: serum sodium, x12: white cell count, x13: serum creatinine

x3 and x6 are codes, not quantities.

W. A. Knaus et al. The SUPPORT prognostic model: objective estimates of survival for
seriously ill hospitalized adults. Annals of Internal Medicine 122(3):191-203, 1995.
""",
)
