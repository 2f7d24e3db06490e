"""What a request of `POST /import` asks for besides its body.

In: the parameters of its URL, and its header `Idempotency-Key`. Out: an `ImportRequest`, or
`RequestError` with what is wrong with them.
"""

from dataclasses import asdict, dataclass

from starlette.requests import Request

from kb.errors import RequestError, alternatives
from kb.files.file_sets import Terms
from kb.files.on_conflict import OnConflict
from kb.files.set_names import SET_REMEDY, is_set_name
from kb.normalisation import normalise
from kb.records.documents import RequestDocument
from kb.records.entries import NOWHERE, check_form
from kb.records.form_errors import GRAPHQL
from kb.server.requests import is_true, parameters_of_url

_PARAMETERS = ("dryRun", "onConflict", "onlyNew", "reason", "set")


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """How the records are to be taken; `key` tells a request that is sent again."""

    terms: Terms
    dry_run: bool = False
    reason: str | None = None
    key: str | None = None

    def given(self, digest: str) -> dict[str, object]:
        """What two requests have alike that are one: a key is remembered with it."""
        terms = {name: str(value) for name, value in asdict(self.terms).items()}
        return {"sha256": digest, "reason": self.reason, **terms, "idempotencyKey": self.key}


def read_import_request(request: Request) -> ImportRequest:
    given = parameters_of_url(request.scope["query_string"])
    if unknown := given.keys() - {*_PARAMETERS}:
        what = f"there is no parameter `{min(unknown)[:100]}`"
        raise RequestError(what, f"send {alternatives(_PARAMETERS)}")
    key = request.headers.get("idempotency-key")
    said = {"reason": given.get("reason"), "idempotencyKey": key}
    checked = check_form(RequestDocument, "", said, NOWHERE, GRAPHQL)
    if checked.faults or checked.document is None:
        fault = checked.faults[0]
        raise RequestError(f"`{'.'.join(map(str, fault.place))}`: {fault.what}", fault.remedy)
    named = given.get("set") or ""
    if named and not is_set_name(named):
        raise RequestError("`set` is no name", SET_REMEDY)
    set_name = normalise(named)
    on_conflict = _on_conflict(given.get("onConflict"))
    terms = Terms(set_name, is_true("onlyNew", given.get("onlyNew")), on_conflict)
    dry_run = is_true("dryRun", given.get("dryRun"))
    return ImportRequest(terms, dry_run, checked.document.reason, key)


def _on_conflict(given: str | None) -> OnConflict:
    try:
        return OnConflict(given or OnConflict.REFUSE)
    except ValueError:
        raise RequestError(
            "`onConflict` is none of its values", f"send {alternatives(map(str, OnConflict))}"
        ) from None
