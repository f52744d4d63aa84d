"""An export of another product in, a flow file of ours out."""

from flows.finding import Finding, FlowInvalid, Severity
from flows.foreign.base import Imported
from flows.foreign.rapidpro import is_rapidpro, read_rapidpro
from flows.foreign.typebot import is_typebot, read_typebot
from flows.source.json_nodes import read_json
from flows.source.nodes import Place, Table, Trouble, Unreadable
from flows.source.read import MAX_BYTES


def import_flow(text: str, file: str) -> Imported:
    """Return the flow file for an export of RapidPro or Typebot, and what is not in it. It passes the checks.

    Raises FlowInvalid for what is neither, is too large or nests too deep.
    """
    if len(text) > MAX_BYTES:
        trouble = Trouble("too-big", Place(1, 1), "the file is too large", "Export fewer flows at once")
        raise _refused(trouble, file)
    try:
        root, troubles = read_json(text.removeprefix("\ufeff"))
    except Unreadable as error:
        raise _refused(error.trouble, file) from None
    if isinstance(root, Table) and is_rapidpro(root):
        taken = read_rapidpro(root)
    elif isinstance(root, Table) and is_typebot(root):
        taken = read_typebot(root)
    else:
        problem = "the file is no export of RapidPro (flows with nodes) or of Typebot (groups with blocks)"
        raise _refused(Trouble("unknown-export", Place(1, 1), problem, "Export the flow as JSON there"), file)
    for trouble in troubles:
        taken.leave(Table(trouble.place), "a value", trouble.problem)
    return taken.finish(f"{taken.bot}.yaml")


def _refused(trouble: Trouble, file: str) -> FlowInvalid:
    code, place, problem, remedy = trouble
    return FlowInvalid([Finding(code, Severity.ERROR, file, place.line, place.column, problem, remedy)])
