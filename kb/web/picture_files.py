"""Pictures as files: as SVG that stands alone, and what is drawn as CSV and JSON.

In: a picture, its title, and the request for its file. Out: the file. Pure: no I/O.
"""

from starlette.requests import Request
from starlette.responses import Response

from kb.web.picture import Picture
from kb.web.presentation import day_words, with_ids
from kb.web.rendering import location_of, svg_picture
from kb.web.table_files import TABLE_FORMS

PICTURE_FORMS = {"svg", *TABLE_FORMS}


def picture_file(
    request: Request, picture: Picture, title: str, about: object, form: str
) -> Response:
    if form in TABLE_FORMS:
        return TABLE_FORMS[form](with_ids(picture.table))
    location = location_of(request)
    scale, whole = picture.scale, picture.whole
    of_what = []
    if scale != whole:
        of_what.append(f"{day_words(str(scale.first))} to {day_words(str(scale.last))}")
    if location.known_at:
        of_what.append(f"as known on {day_words(location.known_at)}")
    values = {"picture": picture, "title": title, "about": about or {}, "location": location}
    return svg_picture({**values, "of_what": ", ".join(of_what)})
