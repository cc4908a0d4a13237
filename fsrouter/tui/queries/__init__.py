"""What the screens show, as frozen values: read through `store`, asked of `engine` and `rules`.

Everything here is synchronous and is called in threads. It knows no Textual; and text of strangers leaves it as it
came, since only who shows it knows how.
"""
