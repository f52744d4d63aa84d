"""The table of a person's details: everything that knows details knows the same ones, under the same words."""

import msgspec
import pytest

from adapters.port import Profile
from audiences.contact_values import ContactView, contact_view
from audiences.exports import check_columns
from consent.merging import merged_contact
from console.views import Details as Body
from filters.model import Detail as Asked
from filters.person import KnownPerson
from flows.own_lines import MASKED
from messages.contact import (
    BY_WORD,
    DETAILS,
    EDITABLE,
    IN_FLOWS,
    Contact,
    Detail,
    Details,
    Identity,
    ids_of,
    known_of,
    names_of,
)
from privacy.masking import Mask

FULL = Contact(
    "c_ana",
    (Identity("teams", "29:ana"),),
    name="Ana Maria Lima",
    given_name="Ana",
    family_name="Lima",
    email="ana@example.org",
    phone="+351211234567",
    external_id="E-17",
    aad_object_id="A-17",
    gender="female",
    language="pt-PT",
    country="PT",
    time_zone="Europe/Lisbon",
    avatar="https://example.org/ana.png",
    source="teams",
)


def test_each_attribute_of_a_contact_has_one_entry() -> None:
    attributes = [detail.attribute for detail in DETAILS]
    assert sorted(attributes) == sorted((*Details.__struct_fields__, "source"))
    assert len(BY_WORD) == len(DETAILS)
    assert set(Profile.__struct_fields__) == {*attributes, "identity"} - {"source"}


@pytest.mark.parametrize("detail", DETAILS, ids=lambda detail: detail.word)
def test_a_detail_is_read_by_its_word(detail: Detail) -> None:
    assert detail.effective(FULL) == detail.stored(FULL) != ""
    assert detail.effective(Contact("c", ())) == ""


def test_the_api_files_filters_and_flows_use_the_same_words() -> None:
    views = set(ContactView.__struct_fields__)
    assert set(BY_WORD) <= views
    assert not views & ({detail.attribute for detail in DETAILS} - set(BY_WORD))
    assert set(EDITABLE) == set(Body.__struct_fields__) - {"tags", "fields", "subscribe", "unsubscribe"}
    assert {asked.value for asked in Asked} <= {detail.word for detail in DETAILS if detail.is_filterable}
    check_columns(list(BY_WORD))
    assert {name: known_of(FULL, name, "pt-PT") for name in IN_FLOWS} == {
        name: BY_WORD[name].stored(FULL) for name in IN_FLOWS
    }


def test_what_is_personal_is_masked_alike_in_the_api_and_in_recordings() -> None:
    masked = Mask(FULL).masked(FULL)
    shown = msgspec.structs.asdict(contact_view(KnownPerson(1, FULL), masked=True))
    by_recording = {detail.word for detail in DETAILS if detail.stored(masked) == MASKED}
    assert by_recording == {word for word in BY_WORD if shown[word] == MASKED}
    assert set(BY_WORD) - by_recording == {"language", "country", "source"}


def test_a_merge_fills_every_detail() -> None:
    blank = Contact("c_other", ())
    filled = merged_contact(blank, FULL)
    assert [detail.stored(filled) for detail in DETAILS] == [detail.stored(FULL) for detail in DETAILS]


def test_what_tells_a_person_wherever_it_is_written() -> None:
    assert names_of(FULL) == {"Ana Maria Lima", "Ana", "Lima"}
    assert ids_of(FULL) == {
        "ana@example.org", "+351211234567", "E-17", "A-17", "https://example.org/ana.png", "29:ana"
    }  # fmt: skip


def test_a_field_of_the_flow_comes_before_the_detail_of_that_name() -> None:
    stored = msgspec.structs.replace(FULL, fields={"first_name": "Anita", "country": "", "avatar": ""})
    assert known_of(stored, "first_name", "pt") == "Anita"
    assert known_of(stored, "country", "pt") == "PT"
    assert known_of(stored, "language", "en") == "en"
    assert known_of(stored, "avatar", "pt") == ""
    assert known_of(stored, "source", "pt") is None
