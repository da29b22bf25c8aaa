"""Patient: a code instead of a name, and what a session's figures depend on - diagnosis, medication, other measures."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from analysis.particulars import LONGEST_NOTE, Detail, Particular, choice_of, number_of, text_of
from sensors.failure import EntryError
from sensors.wording import clean

LONGEST_CODE = 24
NONE = "none"
"""What is written where it was asked and there is nothing; an empty list says that nobody wrote it down."""
DIAGNOSES = (
    "spinal cord injury",
    "stroke",
    "multiple sclerosis",
    "cerebral palsy",
    "traumatic brain injury",
    "hereditary spastic paraparesis",
    "amyotrophic lateral sclerosis",
    "serotonin toxicity",
    "no neurological diagnosis",
    "other",
)
"""Groups in which clonus is looked for."""
MEDICATIONS = (
    "baclofen",
    "baclofen, intrathecal",
    "tizanidine",
    "dantrolene",
    "benzodiazepine",
    "botulinum toxin",
    "gabapentin",
    "cannabinoid",
    "other",
    NONE,
)
"""What is given against spasticity; the time since the dose changes what a trial shows."""
MEASURES = (
    "physiotherapy",
    "stretching",
    "yoga",
    "splint",
    "warm bath",
    "heating pad",
    "ice pack",
    "magnesium",
    "surgery",
    NONE,
)
"""What else was done that may change what a trial shows."""
MOST_MEDICATIONS = 12
LONGEST_SINCE_H = 24.0 * 366

_TOKEN = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Z][a-z]{2,}([_-]?[A-Z][a-z]+)*")
_SEPARATED = re.compile(r"(?<!\d)(\d{1,4})[-_./ ](\d{1,2})[-_./ ](\d{1,4})(?!\d)")
_DIGITS = re.compile(r"(?<!\d)\d{8}(?!\d)")


def code_of(text: str, whose: str = "the patient") -> str:
    """Return a code as it is kept: up to 24 letters, digits, "-" and "_".

    Raises EntryError, in one kind sentence, for what reads like a name (a capitalised word, or words of letters with
    spaces between them), like a date of birth, or holds anything else. Whether a code is one's nickname no program
    can tell.
    """
    code = unicodedata.normalize("NFC", text).strip()
    said = clean(code, LONGEST_CODE)
    if _reads_like_a_date(code):
        raise EntryError(f"{said} reads like a date of birth; to keep {whose} unknown, use a code such as P-0417")
    if _reads_like_a_name(code):
        raise EntryError(f"{said} reads like a name; to keep {whose} unknown, use a code such as P-0417")
    if not code:
        raise EntryError(f"a code for {whose} is missing; use one such as P-0417")
    if not _TOKEN.fullmatch(code) or len(code) > LONGEST_CODE:
        raise EntryError(f"{said} is no code: use up to {LONGEST_CODE} letters, digits, - and _, such as P-0417")
    return code


def _reads_like_a_name(code: str) -> bool:
    words = code.replace(",", " ").replace(".", " ").replace("'", "").split()
    if len(words) > 1 and all(word.replace("-", "").isalpha() for word in words):
        return True
    plain = unicodedata.normalize("NFD", "".join(words))
    return bool(_NAME.fullmatch("".join(c for c in plain if not unicodedata.combining(c))))


def _reads_like_a_date(code: str) -> bool:
    """Tell whether there is a day, month and year in any usual order: apart, in eight digits, or as nothing but six."""
    parts = [match.groups() for match in _SEPARATED.finditer(code)]
    for digits in _DIGITS.findall(code):
        parts += [(digits[:4], digits[4:6], digits[6:]), (digits[:2], digits[2:4], digits[4:])]
    if re.fullmatch(r"\d{6}", code):
        parts.append((code[:2], code[2:4], code[4:]))
    return any(_is_date(*part) for part in parts)


def _is_date(first: str, second: str, third: str) -> bool:
    orders = ((first, second, third), (third, second, first), (third, first, second))
    return any(_is_day(*order) for order in orders)


def _is_day(year: str, month: str, day: str) -> bool:
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return False
    try:
        date(int(year) if len(year) == 4 else 2000, int(month), int(day))
    except ValueError:
        return False
    return len(year) == 2 or 1900 <= int(year) <= 2099


@dataclass(frozen=True, slots=True)
class Medication:
    """Something that is taken: `name` is one of MEDICATIONS or another; `dose` as it is said ("10 mg").

    `hours` since the last dose; for botulinum toxin `muscles` and the `given_on` day (ISO 8601). Empty: not known.
    """

    name: str
    dose: str = ""
    hours: float | None = None
    muscles: str = ""
    given_on: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """Whom a session belongs to, by a code, and what else its figures depend on.

    `diagnosis` is one of DIAGNOSES or empty, `diagnosis_text` says it in the examiner's words; `measures` are those of
    MEASURES and others that were taken before. No `medications`, or no `measures`, is not recorded; NONE is that there
    were none.
    """

    code: str
    diagnosis: str = ""
    diagnosis_text: str = ""
    medications: tuple[Medication, ...] = ()
    measures: tuple[str, ...] = ()
    notes: str = ""

    @classmethod
    def parse(cls, detail: Detail) -> Visit:
        """Read the flat detail of a "visit" entry; raise EntryError, naming what cannot be used."""
        return cls(
            code=code_of(text_of(detail, "code", 4 * LONGEST_CODE)),
            diagnosis=choice_of(detail, "diagnosis", DIAGNOSES),
            diagnosis_text=text_of(detail, "diagnosis_text", LONGEST_NOTE),
            medications=tuple(_medications(detail)),
            measures=tuple(m.strip() for m in text_of(detail, "measures", LONGEST_NOTE).split(";") if m.strip()),
            notes=text_of(detail, "notes", LONGEST_NOTE),
        )

    def as_detail(self) -> dict[str, Particular]:
        """Return the flat detail of a "visit" entry, without what is not known."""
        detail: dict[str, Particular] = {"code": self.code, "diagnosis": self.diagnosis}
        detail |= {"diagnosis_text": self.diagnosis_text, "measures": "; ".join(self.measures), "notes": self.notes}
        for number, medication in enumerate(self.medications, start=1):
            head = f"medication_{number}"
            detail |= {head: medication.name, f"{head}_dose": medication.dose, f"{head}_hours": medication.hours}
            detail |= {f"{head}_muscles": medication.muscles, f"{head}_given_on": medication.given_on}
        return {key: value for key, value in detail.items() if value not in (None, "")}


def _medications(detail: Detail) -> Iterator[Medication]:
    for number in range(1, MOST_MEDICATIONS + 1):
        head = f"medication_{number}"
        if name := text_of(detail, head):
            yield Medication(
                name,
                text_of(detail, f"{head}_dose"),
                number_of(detail, f"{head}_hours", 0.0, LONGEST_SINCE_H),
                text_of(detail, f"{head}_muscles"),
                _day(text_of(detail, f"{head}_given_on")),
            )


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise EntryError(f"{text} is no day: write it as 2026-11-22") from error
