"""What a person says: text, a file, a contact, a place."""

from __future__ import annotations

from sandbox.control.body import Body, Upload
from sandbox.control.pictures import picture_size
from sandbox.control.problems import WrongBody
from sandbox.control.said import read_entities
from sandbox.world import Account, Contact, Content, Location, Media, World

BIGGEST_FILE = 50 * 2**20


def read_content(body: Body, account: Account, world: World) -> Content:
    """Raises WrongBody: nothing to say, or a part that is not what it should be."""
    entities = read_entities(body)
    upload = body.upload()
    if upload is not None:
        return Content(
            text=body.text_or_none("text") or "",
            entities=entities,
            media=keep(upload, world),
            caption_above=body.flag("caption_above"),
        )
    contact = body.object_or_none("contact")
    if contact is not None:
        return Content(contact=_contact(contact, account))
    place = body.object_or_none("location")
    if place is not None:
        return Content(location=_location(place))
    return Content(text=body.text("text", longest=100_000), entities=entities)


def keep(upload: Upload, world: World) -> Media:
    """Put an attached file into the world."""
    if not upload.data:
        raise WrongBody("file", "The file is empty.")
    if len(upload.data) > BIGGEST_FILE:
        raise WrongBody("file", "The file is larger than 50 MB.")
    width, height = picture_size(upload.data)
    return Media(
        kind=upload.kind,
        file=world.files.put(upload.data, upload.name, upload.mime),
        **{"width": width, "height": height, **upload.details},
    )


def _contact(given: Body, account: Account) -> Contact:
    phone = given.text_or_none("phone_number") or account.phone
    own = phone == account.phone
    return Contact(
        phone_number=phone,
        first_name=given.text_or_none("first_name") or account.first_name,
        last_name=account.last_name if own else "",
        user_id=account.id if own else None,
    )


def _location(given: Body) -> Location:
    values = given.everything()
    numbers = []
    for name, limit in (("latitude", 90), ("longitude", 180)):
        value = values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > limit:
            raise WrongBody("location", f"'location.{name}' must be from -{limit} to {limit}.")
        numbers.append(float(value))
    return Location(latitude=numbers[0], longitude=numbers[1])
