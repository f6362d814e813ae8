"""`python -m sandlot.scenarios.describe`, in a checkout: write the schema and the reference in docs/language.md anew, after a change of the model."""

from pathlib import Path

from .reference import update_reference
from .schema import SCHEMA_FILE, write_schema

write_schema(SCHEMA_FILE.parent)
document = Path(__file__).parents[2] / "docs" / "language.md"
if document.exists():
    document.write_text(update_reference(document.read_text("utf-8")), "utf-8")
