"""Rule books being edited: drafts, their shape and their YAML. Pure: no Textual, and no database."""
